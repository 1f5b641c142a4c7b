"""Orders to a training in another process, as lines of a file that only ever grows.

{"order": "pause"}
{"order": "change", "setting": "learning_rate", "value": 0.01}
"""

import logging
import time
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

log = logging.getLogger("striate.training")

Adjustable: TypeAlias = Literal["learning_rate", "momentum", "weight_decay", "batch"]

_SECONDS_BETWEEN_LOOKS = 0.05
_MOST_AT_ONCE = 1 << 20
_LONGEST_SHOWN = 80


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Hold(_Order):
    """Pause, resume or stop."""

    order: Literal["pause", "resume", "stop"]


class Change(_Order):
    """Change a setting."""

    order: Literal["change"] = "change"
    setting: Adjustable
    value: float


Order: TypeAlias = Hold | Change
_ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="order")])


def give(path: Path, order: Order) -> None:
    """Add an order to the file, whole or not at all, whoever else does so at that moment.

    Raises OSError when the disk refuses.
    """
    # The line begins with a line end, or the half of one that was cut off would spoil it.
    line = f"\n{order.model_dump_json()}\n"
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())


class Mailbox:
    """The orders that arrive in a file from now on; those that are in it already are history."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._size()
        self._looked = 0.0

    def take(self) -> list[Order]:
        """Return the orders since the last call; lines that are none are left out with a warning.

        The file is looked at no more than every 50 ms, because training asks before every step.
        """
        now = time.monotonic()
        if now - self._looked < _SECONDS_BETWEEN_LOOKS:
            return []
        self._looked = now
        size = self._size()
        if size == self._read:
            return []
        if size < self._read:  # somebody began the file anew
            self._read = 0
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                news = file.read(_MOST_AT_ONCE)
        except OSError as error:
            log.warning("cannot read the orders in %s: %s", self._path, error.strerror)
            return []
        whole = news.rfind(b"\n") + 1
        if not whole and len(news) == _MOST_AT_ONCE:
            whole = len(news)  # no order is so long
        self._read += whole
        orders = (_order(line) for line in news[:whole].split(b"\n") if line.strip())
        return [order for order in orders if order is not None]

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


def _order(line: bytes) -> Order | None:
    try:
        return _ORDER.validate_json(line)
    except ValidationError as error:
        shown = line[:_LONGEST_SHOWN].decode(errors="replace")
        log.warning("%r is no order to a training: %s", shown, error.errors()[0]["msg"])
        return None
