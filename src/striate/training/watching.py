"""That somebody watches a training, and which example they look at: a small file in its folder."""

import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from striate.errors import RunError
from striate.files import read_text, replacing

_SECONDS_BETWEEN_LOOKS = 0.25


class Watch(BaseModel):
    """Somebody watches until a time (Unix seconds), and looks at a test example.

    Without a number they look at the first example of the newest batch.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    until: float
    example: int | None = Field(default=None, ge=0)


def watch(path: Path, example: int | None, seconds: float) -> None:
    """Say in the file that somebody watches for so many seconds from now.

    Raises OSError when the disk refuses.
    """
    text = Watch(until=time.time() + seconds, example=example).model_dump_json()
    with replacing(path, lasting=False) as temporary:
        temporary.write_text(text, encoding="utf-8")


class Watchers:
    """Whether somebody watches, asked before every step and looked up four times a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = -_SECONDS_BETWEEN_LOOKS
        self._watch: Watch | None = None

    def watch(self) -> Watch | None:
        """Return what they look at; None where nobody does, or it cannot be read."""
        now = time.monotonic()
        if now - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._looked = now
            self._watch = _read(self._path)
        if self._watch is None or self._watch.until < time.time():
            return None
        return self._watch


def _read(path: Path) -> Watch | None:
    try:
        return Watch.model_validate_json(read_text(path, "note of who watches", RunError))
    except (RunError, ValidationError):
        return None
