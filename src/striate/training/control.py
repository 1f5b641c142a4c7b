"""The one way to steer a training that runs: pause, resume, stop, change a setting."""

import threading
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from striate.errors import TrainingError

Adjustable: TypeAlias = Literal["learning_rate", "momentum", "weight_decay", "batch"]


@dataclass(frozen=True)
class Orders:
    """What a training is to do before its next step."""

    stop: bool = False
    changes: dict[Adjustable, float] = field(default_factory=dict)


class Control:
    """Orders to a running training, given from any thread and obeyed between two steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._running.set()
        self._stop = False
        self._changes: dict[Adjustable, float] = {}

    def pause(self) -> None:
        """Hold training before its next step, until `resume` or `stop`."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused training go on."""
        self._running.set()

    def stop(self) -> None:
        """End training before its next step, with a checkpoint to resume from."""
        self._stop = True
        self._running.set()

    def change(self, setting: Adjustable, value: float) -> None:
        """Change a setting from the next step on: the peak learning rate, momentum, and so on.

        Raises TrainingError when there is no such setting or it cannot have that value.
        """
        if setting not in get_args(Adjustable):
            known = ", ".join(get_args(Adjustable))
            raise TrainingError(f"{setting!r} cannot be changed while training runs; {known} can")
        if setting == "batch" and (value < 1 or value != int(value)):
            raise TrainingError(f"batch (={value:g}) must be a whole number of at least 1")
        if not 0 <= value < float("inf"):
            raise TrainingError(f"{setting} (={value:g}) must be a finite number of at least 0")
        with self._lock:
            self._changes[setting] = value

    @property
    def paused(self) -> bool:
        """Whether training is being held."""
        return not self._running.is_set()

    def take(self) -> Orders:
        """Return the orders since the last call, after waiting for the end of a pause."""
        self._running.wait()
        with self._lock:
            orders = Orders(self._stop, self._changes)
            self._changes = {}
        return orders
