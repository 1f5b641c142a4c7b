"""The events of a run as curves that a page can draw, however long the run is.

Steps are gathered into stretches of equal length; when there are too many stretches, neighbours
are put together. So the memory, and what is sent, stay the same for a run of any length.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from striate.training import Mark, Metrics, Recorded

MOST_POINTS = 512
MOST_MARKS = 200
_RECENT_SECONDS = 2.0
_RECENT_STEPS = 400
_SMOOTH = 0.05

Entry = TypeVar("Entry")


class Thinned(Generic[Entry]):
    """At most so many of the entries that come, evenly spread, and always the newest."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._every = 1
        self._count = 0
        self._kept: list[Entry] = []
        self._newest: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        if self._count % self._every == 0:
            self._kept.append(entry)
        self._newest = [entry]
        self._count += 1
        if len(self._kept) >= self._most:
            self._kept = self._kept[::2]
            self._every *= 2

    def __iter__(self) -> Iterator[Entry]:
        kept_too = (self._count - 1) % self._every == 0
        return iter(self._kept if kept_too else self._kept + self._newest)


@dataclass(frozen=True)
class Stretch:
    """Steps that follow one another, as one point of every curve."""

    step: int
    steps: int
    loss: float
    low: float
    high: float
    right: float
    learning_rate: float
    examples: int
    spent: float
    seconds: float
    forward: float
    backward: float

    def and_then(self, other: "Stretch") -> "Stretch":
        """This stretch and the one that follows as one."""
        return replace(
            other,
            steps=self.steps + other.steps,
            loss=self.loss + other.loss,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            right=self.right + other.right,
            examples=self.examples + other.examples,
            spent=self.spent + other.spent,
            forward=self.forward + other.forward,
            backward=self.backward + other.backward,
        )


@dataclass
class Curves:
    """What the events of a run have told so far; `refresh` reads on."""

    started: Recorded = field(default_factory=dict)
    last: Recorded = field(default_factory=dict)
    loss: float | None = None
    accuracy: float | None = None
    examples: int = 0
    changes: dict[str, float] = field(default_factory=dict)
    epochs: Thinned[Recorded] = field(default_factory=Thinned)
    validated: Thinned[Recorded] = field(default_factory=Thinned)
    marks: deque[Recorded] = field(default_factory=lambda: deque(maxlen=MOST_MARKS))
    recent: deque[Recorded] = field(default_factory=lambda: deque(maxlen=_RECENT_STEPS))
    _stretches: list[Stretch] = field(default_factory=list)
    _length: int = 1

    def tell(self, event: Recorded) -> None:
        """Take an event in. One that lacks what its kind has is left out."""
        take = _TAKERS.get(event["event"])
        if take is None:
            return
        try:
            take(self, event)
        except (KeyError, TypeError, ValueError):  # of a metrics file that came from elsewhere
            return

    def rate(self) -> float | None:
        """The examples per second of training over the last seconds."""
        steps = self._lately()
        if len(steps) < 2:
            return None
        spent = steps[-1]["seconds"] - steps[0]["seconds"]
        return sum(step["examples"] for step in steps[1:]) / spent if spent > 0 else None

    def lately(self, name: str) -> float | None:
        """The mean of something that every step tells, over the last seconds."""
        values = [step[name] for step in self._lately() if step.get(name) is not None]
        return sum(values) / len(values) if values else None

    def _lately(self) -> list[Recorded]:
        if not self.recent:
            return []
        since = self.recent[-1]["seconds"] - _RECENT_SECONDS
        return [step for step in self.recent if step["seconds"] >= since]

    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """The curves, all float32: one value a stretch, or one a time that was validated."""
        columns: dict[str, Callable[[Stretch], float]] = {
            "step": lambda one: one.step,
            "loss": lambda one: one.loss / one.steps,
            "loss_low": lambda one: one.low,
            "loss_high": lambda one: one.high,
            "accuracy": lambda one: one.right / max(one.examples, 1),
            "learning_rate": lambda one: one.learning_rate,
            "rate": lambda one: one.examples / one.spent if one.spent > 0 else float("nan"),
            "forward_ms": lambda one: 1000 * one.forward / one.steps,
            "backward_ms": lambda one: 1000 * one.backward / one.steps,
            "seconds": lambda one: one.seconds,
        }
        found = {
            name: np.array([value(one) for one in self._stretches], np.float32)
            for name, value in columns.items()
        }
        examples = [one.examples for one in self._stretches]
        found["examples"] = np.cumsum(np.array(examples, np.float64)).astype(np.float32)
        validated = list(self.validated)
        for name in ("step", "loss", "accuracy"):
            values = [event[name] for event in validated]
            found[f"validation_{name}"] = np.array(values, np.float32)
        return found

    def _started(self, event: Recorded) -> None:
        self.started = event
        self._mark(event)

    def _step(self, event: Recorded) -> None:
        before = self.last.get("seconds", 0.0)
        stretch = Stretch(
            step=event["step"],
            steps=1,
            loss=float(event["loss"]),
            low=float(event["loss"]),
            high=float(event["loss"]),
            right=event["accuracy"] * event["examples"],
            learning_rate=float(event["learning_rate"]),
            examples=int(event["examples"]),
            spent=max(0.0, event["seconds"] - before),
            seconds=float(event["seconds"]),
            forward=float(event.get("forward_seconds", 0.0)),
            backward=float(event.get("backward_seconds", 0.0)),
        )
        self.last = event
        self.recent.append(event)
        self.examples += stretch.examples
        self.loss = _towards(self.loss, stretch.loss)
        self.accuracy = _towards(self.accuracy, event["accuracy"])
        place = (stretch.step - 1) // self._length
        if self._stretches and (self._stretches[-1].step - 1) // self._length == place:
            self._stretches[-1] = self._stretches[-1].and_then(stretch)
            return
        self._stretches.append(stretch)
        while len(self._stretches) > MOST_POINTS:
            self._put_together()

    def _put_together(self) -> None:
        self._length *= 2
        together: list[Stretch] = []
        for one in self._stretches:
            if (
                together
                and (together[-1].step - 1) // self._length == (one.step - 1) // self._length
            ):
                together[-1] = together[-1].and_then(one)
            else:
                together.append(one)
        self._stretches = together

    def _epoch(self, event: Recorded) -> None:
        fields = ("step", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")
        self.epochs.add({name: event[name] for name in fields} | {"examples": self.examples})

    def _validated(self, event: Recorded) -> None:
        self.validated.add({name: float(event[name]) for name in ("step", "loss", "accuracy")})

    def _changed(self, event: Recorded) -> None:
        self.changes[str(event["setting"])] = float(event["value"])
        self._mark(event, event["setting"], event["value"])

    def _mark(
        self, event: Recorded, setting: str | None = None, value: float | None = None
    ) -> None:
        text = _TEXTS[event["event"]].format(**event)
        self.marks.append(
            {
                "step": event["step"],
                "examples": self.examples,
                "event": event["event"],
                "setting": setting,
                "value": value,
                "text": text,
            }
        )


_TAKERS: dict[str, Callable[[Curves, Recorded], None]] = {
    "started": Curves._started,
    "step": Curves._step,
    "epoch": Curves._epoch,
    "validated": Curves._validated,
    "changed": Curves._changed,
    **dict.fromkeys(("paused", "resumed", "stopped", "failed", "finished"), Curves._mark),
}
_TEXTS = {
    "started": "training began or went on after step {step}",
    "changed": "{setting} is now {value:g}",
    "paused": "paused",
    "resumed": "went on",
    "stopped": "stopped",
    "failed": "failed: {reason}",
    "finished": "finished",
}


def _towards(smooth: float | None, value: float) -> float:
    return value if smooth is None else smooth + _SMOOTH * (value - smooth)


class Reader:
    """Reads the events of a run into curves, as far as there are any new ones."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._mark = Mark()
        self.curves = Curves()

    def refresh(self) -> bool:
        """Read on; return whether there was anything new.

        Raises RunError when the events cannot be read.
        """
        changed = False
        while True:
            news = self._metrics.after(self._mark)
            if news.anew and self._mark != Mark():
                self.curves = Curves()
                changed = True
            self._mark = news.mark
            for event in news.events:
                self.curves.tell(event)
            if not news.events:
                return changed
            changed = True
