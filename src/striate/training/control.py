"""The one way to steer a training that runs: pause, resume, stop, change a setting."""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import torch
from torch.optim import Optimizer

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
        if setting == "batch" and not (1 <= value < math.inf and value == int(value)):
            raise TrainingError(f"batch (={value:g}) must be a whole number of at least 1")
        if setting == "learning_rate" and not 0 < value < math.inf:
            raise TrainingError(f"learning_rate (={value:g}) must be a finite number above 0")
        if setting == "momentum" and not 0 <= value < 1:
            raise TrainingError(f"momentum (={value:g}) must be at least 0 and less than 1")
        if not 0 <= value < math.inf:
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


def change(optimisers: Iterable[Optimizer], setting: Adjustable, value: float) -> float | None:
    """Change a setting of the optimisers; return its value, or None if they have no such setting.

    The learning rate is the first group's peak; the others keep their ratio to it.
    """
    groups = [group for optimiser in optimisers for group in optimiser.param_groups]
    peak = next((group["base_lr"] for group in groups if group["base_lr"]), value)
    changed = False
    for group in groups:
        match setting:
            case "learning_rate":
                group["base_lr"] *= value / peak
            case "weight_decay" if group["role"] != "biases":
                group["weight_decay"] = value
            case "momentum" if "momentum" in group:
                group["momentum"] = value
            case "momentum" if "betas" in group:
                group["betas"] = (value, group["betas"][1])
            case _:
                continue
        changed = True
    if setting == "momentum":
        _give_momentum(optimisers)
    return value if changed else None


def _give_momentum(optimisers: Iterable[Optimizer]) -> None:
    # RMSprop alone looks for a buffer that it makes only where momentum is there from the start.
    for optimiser in optimisers:
        if isinstance(optimiser, torch.optim.RMSprop):
            for parameter, state in optimiser.state.items():
                state.setdefault("momentum_buffer", torch.zeros_like(parameter))
