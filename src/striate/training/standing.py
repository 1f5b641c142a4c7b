"""How a run stands, read from its folder, whoever trains in it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from striate.training.metrics import Recorded
from striate.training.run_folder import RunFolder

State: TypeAlias = Literal["training", "paused", "stopped", "finished", "failed", "killed"]

_END = 1 << 15  # bytes; about a hundred events
_TURNS = ("started", "paused", "resumed", "stopped", "failed", "finished")


@dataclass(frozen=True)
class Standing:
    """The state of a run, what there is to say of it, and the newest event of each kind.

    Of kinds that come once in a while, such as epochs, there may be none among the last events.
    """

    state: State
    message: str
    newest: dict[str, Recorded]

    @property
    def step(self) -> int:
        """The step that the run has reached."""
        return max((event["step"] for event in self.newest.values()), default=0)


def standing_of(run: RunFolder) -> Standing:
    """Return how a run stands.

    Raises RunError when its files cannot be read.
    """
    # Before the events are read: a process that ends meanwhile has written its last word by then.
    in_training = run.in_training()
    last = run.events.last(_END)
    newest = {event["event"]: event for event in last}
    turn = next((event for event in reversed(last) if event["event"] in _TURNS), None)
    summary = run.summary()
    step = max((event["step"] for event in newest.values()), default=0)
    if summary is not None:
        return Standing("finished", f"test accuracy {summary.test_accuracy:.2%}", newest)
    if in_training:
        paused = turn is not None and turn["event"] == "paused"
        return Standing("paused" if paused else "training", "", newest)
    match turn:
        case {"event": "failed", "reason": str(reason)}:
            return Standing("failed", reason, newest)
        case {"event": "stopped"}:
            return Standing("stopped", f"stopped after step {step}", newest)
    return Standing(
        "killed", f"its process ended without a word after step {step}; it can go on", newest
    )
