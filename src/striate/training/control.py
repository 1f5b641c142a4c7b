"""The one way to steer a training that runs: pause, resume, stop, change a setting."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import get_args

import torch
from torch.optim import Optimizer

from striate.errors import TrainingError
from striate.training.orders import Adjustable, Change, Mailbox, Order

log = logging.getLogger("striate.training")

_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Orders:
    """What a training is to do before its next step."""

    stop: bool = False
    pause: bool = False
    changes: dict[Adjustable, float] = field(default_factory=dict)


class Control:
    """Orders to a running training, given from any thread and obeyed between two steps.

    Orders that arrive in its `mailbox`, if it is given one, are obeyed as well. `while_paused` is
    called again and again as long as training is held.
    """

    def __init__(self) -> None:
        self.mailbox: Mailbox | None = None
        self.while_paused: Callable[[], None] | None = None
        self._lock = threading.Lock()
        # Plain values, because a signal handler sets them: it must never wait for a lock.
        self._paused = False
        self._stop = False
        self._changes: dict[Adjustable, float] = {}

    def pause(self) -> None:
        """Hold training before its next step, until `resume` or `stop`."""
        self._paused = True

    def resume(self) -> None:
        """Let a paused training go on."""
        self._paused = False

    def stop(self) -> None:
        """End training before its next step, with a checkpoint to resume from."""
        self._stop = True
        self._paused = False

    def change(self, setting: Adjustable, value: float) -> None:
        """Change a setting from the next step on: the peak learning rate, momentum, and so on.

        Raises TrainingError when there is no such setting or it cannot have that value.
        """
        check_change(setting, value)
        with self._lock:
            self._changes[setting] = value

    def obey(self, order: Order) -> None:
        """Do as an order says.

        Raises TrainingError when it is a change to a value that the setting cannot have.
        """
        if isinstance(order, Change):
            self.change(order.setting, order.value)
            return
        {"pause": self.pause, "resume": self.resume, "stop": self.stop}[order.order]()

    @property
    def paused(self) -> bool:
        """Whether training is being held."""
        return self._paused

    def take(self) -> Orders:
        """Return the orders since the last call; a pause is told again as long as it lasts."""
        for order in self.mailbox.take() if self.mailbox is not None else ():
            try:
                self.obey(order)
            except TrainingError as error:
                log.warning("an order to this training is not obeyed: %s", error)
        with self._lock:
            orders = Orders(self._stop, self._paused, self._changes)
            self._changes = {}
        return orders

    def wait(self) -> None:
        """Wait a little, as a paused training does between two looks at its orders."""
        if self.while_paused is not None:
            self.while_paused()
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def check_change(setting: Adjustable, value: float) -> None:
    """Return when a setting can be changed to a value while training runs.

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
