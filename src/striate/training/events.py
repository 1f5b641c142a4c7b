"""What training says as it goes: a stream of small, frozen values.

The command line prints them, the run folder records them and the studio forwards them; none of
them can change the training (that is `Control`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class Started:
    """Training begins, or goes on from a checkpoint when `step` is not 0.

    `chosen` names those of the arithmetic's settings that were left to this machine to choose.
    """

    step: int
    steps: int
    epochs: float
    batch: int
    examples: int
    parameters: int
    device: str
    compute: str
    layout: str
    pieces: int
    processes: int
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One update of the weights has been made; `loss` and `accuracy` are of its batch.

    `seconds` are those of all steps so far, `forward_seconds` and `backward_seconds` those that
    this step spent in the network and in its gradients. An accelerator works on by itself: there
    these two are only the time in which the work was handed to it.
    """

    step: int
    epoch: float
    loss: float
    accuracy: float
    learning_rate: float
    examples: int
    seconds: float
    forward_seconds: float = 0.0
    backward_seconds: float = 0.0


@dataclass(frozen=True)
class Epoch:
    """The training data has been gone through once more.

    The test figures are None where the recipe has the test data looked at less often.
    """

    step: int
    epoch: float
    train_loss: float
    train_accuracy: float
    test_loss: float | None
    test_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class Changed:
    """A setting was changed while training ran."""

    step: int
    setting: str
    value: float


@dataclass(frozen=True)
class Paused:
    """Training is held before its next step."""

    step: int


@dataclass(frozen=True)
class Resumed:
    """A training that was held goes on."""

    step: int


@dataclass(frozen=True)
class Validated:
    """The newest weights were tried, while somebody watched, on a few test examples more.

    The figures are the means over the last so many `examples`, each tried with the weights of its
    time: they follow the training, and lag a little.
    """

    step: int
    loss: float
    accuracy: float
    examples: int


@dataclass(frozen=True)
class Saved:
    """A checkpoint lies whole on the disk; training can go on from it after any accident."""

    step: int
    path: Path


@dataclass(frozen=True)
class Damaged:
    """A checkpoint could not be read: training goes on from the one before, after `step`."""

    step: int
    path: Path
    reason: str


@dataclass(frozen=True)
class Stopped:
    """Training was asked to stop before its end; it can be resumed from the last checkpoint."""

    step: int
    steps: int


@dataclass(frozen=True)
class Failed:
    """Training could not go on, for the reason given; written down, then raised as an error."""

    step: int
    reason: str


@dataclass(frozen=True)
class Finished:
    """Training is over and the final weights have been tested.

    `seconds` are those of training, `evaluation_seconds` those of looking at the test data.
    """

    step: int
    epochs: float
    test_loss: float
    test_accuracy: float
    macro_f1: float
    seconds: float
    evaluation_seconds: float


Event: TypeAlias = (
    Started
    | Step
    | Epoch
    | Changed
    | Paused
    | Resumed
    | Validated
    | Saved
    | Damaged
    | Stopped
    | Failed
    | Finished
)
