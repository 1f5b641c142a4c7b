import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from striate.data import Dataset
from striate.errors import RunError
from striate.training import (
    Changed,
    Control,
    Damaged,
    Epoch,
    Event,
    Finished,
    Recipe,
    Record,
    RunFolder,
    Saved,
    Started,
    Step,
    Stopped,
    Training,
)
from striate.training.checkpoint import read_checkpoint, step_of, steps_in

Keep = Callable[..., Iterator[Event]]


@pytest.fixture
def keep(tmp_path: Path, digits: Dataset) -> Keep:
    """Train a recipe in a run folder, which is made when it is not there, yielding events."""

    def events(recipe: Recipe, name: str = "run", control: Control | None = None) -> Any:
        run = RunFolder(tmp_path / name)
        if run.path.exists():
            recipe = run.recipe()
        else:
            RunFolder.create(run.path, recipe, digits.description)
        training = Training(recipe, digits, control=control, device=torch.device("cpu"))
        yield from Record(run).keep(training)

    return events


def weights(run: RunFolder) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(run.weights_path)


def assert_same(one: RunFolder, other: RunFolder) -> None:
    """The runs end alike, and their metrics tell of the same steps and epochs, each once."""
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert history(one) == history(other)
    result, again = one.summary(), other.summary()
    assert result is not None
    assert again is not None
    assert (result.test_accuracy, result.test_loss) == (again.test_accuracy, again.test_loss)


def history(run: RunFolder) -> list[dict[str, Any]]:
    """What the metrics tell of the training, without the seconds and the stops on the way."""
    kept = [event for event in run.metrics() if event["event"] in ("step", "epoch", "finished")]
    return [{k: v for k, v in event.items() if not k.endswith("seconds")} for event in kept]


def stop_at(events: Iterator[Event], control: Control, step: int) -> list[Event]:
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, Step) and event.step == step:
            control.stop()
    return seen


def abandon_at(events: Any, step: int) -> None:
    """Stop looking at events: to the folder, this is the same as being killed."""
    for event in events:
        if isinstance(event, Step) and event.step == step:
            break
    events.close()


class TestEvents:
    def test_all_are_recorded_in_order(self, keep: Keep, tmp_path: Path, plain: Any) -> None:
        events = list(keep(plain(**{"checkpoint.seconds": 0})))
        run = RunFolder(tmp_path / "run")
        recorded = [(event["event"], event["step"]) for event in run.metrics()]
        assert recorded == [(type(event).__name__.lower(), event.step) for event in events]
        kinds = [type(event) for event in events]
        assert kinds[0] is Started
        assert kinds[-1] is Finished
        assert [event.step for event in events if isinstance(event, Step)] == [*range(1, 47)]
        for event, following in pairwise(events):
            if isinstance(event, Saved):
                assert not isinstance(following, Epoch)  # an epoch's end is saved with its event

    def test_each_is_on_disk_when_it_is_seen(self, keep: Keep, tmp_path: Path, plain: Any) -> None:
        run = RunFolder(tmp_path / "run")
        for number, event in enumerate(keep(plain(epochs=0.2, **{"checkpoint.seconds": 0})), 1):
            assert len(run.metrics()) == number
            if isinstance(event, Saved):
                assert read_checkpoint(event.path).place.step == event.step
            if isinstance(event, Finished):
                assert run.summary() is not None
                assert weights(run)

    def test_the_summary(self, keep: Keep, tmp_path: Path, plain: Any) -> None:
        *_, last = keep(plain())
        summary = RunFolder(tmp_path / "run").summary()
        assert isinstance(last, Finished)
        assert summary is not None
        assert summary.test_accuracy == last.test_accuracy > 0.8
        assert summary.seconds == last.seconds > 0
        assert (summary.seed, summary.recipe, summary.steps) == (7, "plain", 46)
        assert summary.versions["torch"] == torch.__version__

    def test_checkpoints_are_kept_as_long_as_asked(
        self, keep: Keep, tmp_path: Path, plain: Any
    ) -> None:
        list(keep(plain(epochs=0.3, **{"checkpoint.seconds": 0, "checkpoint.keep": 3})))
        kept = steps_in(RunFolder(tmp_path / "run").checkpoints_path)
        assert [step_of(path) for path in kept] == [5, 6, 7]

    def test_none_is_saved_before_its_time(self, keep: Keep, plain: Any) -> None:
        events = list(keep(plain(**{"checkpoint.seconds": 3600})))
        assert not [event for event in events if isinstance(event, Saved)]


class TestResuming:
    @pytest.fixture
    def whole(self, keep: Keep, tmp_path: Path, everything: Any) -> RunFolder:
        list(keep(everything(), "whole"))
        return RunFolder(tmp_path / "whole")

    def test_after_stops_at_any_step(
        self, whole: RunFolder, keep: Keep, tmp_path: Path, everything: Any
    ) -> None:
        for step in (1, 2, 22, 23, 24, 45, 46):
            control = Control()
            events = stop_at(keep(everything(), "run", control), control, step)
            if step < 46:
                assert isinstance(events[-1], Stopped)
                assert isinstance(events[-2], Saved)
                assert events[-1].step == events[-2].step == step
        run = RunFolder(tmp_path / "run")
        assert_same(whole, run)
        started = [event["step"] for event in run.metrics() if event["event"] == "started"]
        assert started == [0, 1, 2, 22, 23, 24, 45]

    @pytest.mark.parametrize("seconds", [0, 0.1, 3600])
    def test_after_being_abandoned_at_any_step(
        self, whole: RunFolder, keep: Keep, tmp_path: Path, everything: Any, seconds: float
    ) -> None:
        for step in (1, 2, 17, 23, 30, 45, 46):
            abandon_at(keep(everything(**{"checkpoint.seconds": seconds})), step)
        list(keep(everything()))
        assert_same(whole, RunFolder(tmp_path / "run"))

    @pytest.mark.parametrize("kind", ["sgd", "adam", "rmsprop"])
    def test_in_bfloat16(self, keep: Keep, tmp_path: Path, everything: Any, kind: str) -> None:
        changes = {"precision.compute": "bfloat16", "optimiser": {"kind": kind, "lr": 0.01}}
        recipe = everything(epochs=0.7, **changes, **{"checkpoint.seconds": 0})
        list(keep(recipe, "whole"))
        for step in (1, 9, 16):
            abandon_at(keep(recipe), step)
        list(keep(recipe))
        assert_same(RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "run"))

    @pytest.mark.parametrize("measured", ["bfloat16", "float32"])
    def test_in_the_arithmetic_that_was_measured_at_its_start(
        self,
        keep: Keep,
        tmp_path: Path,
        everything: Any,
        monkeypatch: pytest.MonkeyPatch,
        measured: Any,
    ) -> None:
        def winner(compute: str) -> None:  # what another machine may measure
            monkeypatch.setattr("striate.training.tuning._lacks_bfloat16", lambda: False)
            monkeypatch.setattr("striate.training.tuning._winner", lambda *_: compute)

        winner(measured)
        recipe = everything(epochs=0.3, **{"precision.compute": "auto", "checkpoint.seconds": 0})
        abandon_at(keep(recipe), 3)
        run = RunFolder(tmp_path / "run")
        assert run.recipe().precision.compute == measured
        winner("float32" if measured == "bfloat16" else "bfloat16")
        list(keep(recipe))
        started = [event for event in run.metrics() if event["event"] == "started"]
        assert [event["step"] > 0 for event in started] == [False, True]
        assert [event["compute"] for event in started] == [measured, measured]
        assert [event["chosen"] for event in started] == [["compute"], []]
        summary = run.summary()
        assert summary is not None
        assert summary.compute == measured

    def test_between_the_last_step_and_the_summary(
        self, whole: RunFolder, keep: Keep, tmp_path: Path, everything: Any
    ) -> None:
        list(keep(everything(**{"checkpoint.seconds": 0})))
        run = RunFolder(tmp_path / "run")
        (run.path / "summary.json").unlink()
        list(keep(everything()))
        assert_same(whole, run)

    def test_a_finished_run_is_refused(self, whole: RunFolder, keep: Keep, everything: Any) -> None:
        before = whole.metrics()
        with pytest.raises(RunError, match="has finished; there is nothing to resume"):
            list(keep(everything(), "whole"))
        assert whole.metrics() == before

    def test_two_at_once(self, keep: Keep, plain: Any) -> None:
        first = keep(plain())
        next(first)
        with pytest.raises(RunError, match="another process is training in"):
            list(keep(plain()))
        assert isinstance(list(first)[-1], Finished)


class TestDamage:
    def test_of_the_newest_checkpoint_falls_back_to_the_one_before(
        self, keep: Keep, tmp_path: Path, everything: Any
    ) -> None:
        recipe = everything(**{"checkpoint.seconds": 0})
        list(keep(recipe, "whole"))
        abandon_at(keep(recipe), 10)
        run = RunFolder(tmp_path / "run")
        *_, before, newest = steps_in(run.checkpoints_path)
        newest.write_bytes(newest.read_bytes()[:-3])
        (run.checkpoints_path / f".{newest.name}.abc.part").touch()
        events = list(keep(recipe))
        assert isinstance(events[0], Damaged)
        assert isinstance(events[1], Started)
        assert events[0].path == newest
        assert events[0].step == events[1].step == step_of(before)
        assert "is not a checkpoint that can be read" in events[0].reason
        assert newest.with_suffix(".damaged").exists()
        assert not list(run.checkpoints_path.glob(".*"))
        assert_same(RunFolder(tmp_path / "whole"), run)

    def test_of_all_checkpoints_starts_nothing(
        self, keep: Keep, tmp_path: Path, plain: Any
    ) -> None:
        recipe = plain(**{"checkpoint.seconds": 0})
        abandon_at(keep(recipe), 5)
        run = RunFolder(tmp_path / "run")
        for path in steps_in(run.checkpoints_path):
            path.write_bytes(b"")
        metrics = run.metrics()
        with pytest.raises(
            RunError, match=r"no checkpoint of the run .* can be read, so it cannot"
        ):
            list(keep(recipe))
        assert run.metrics() == metrics
        assert len(steps_in(run.checkpoints_path)) == 2

    def test_a_checkpoint_of_another_recipe_is_refused(
        self, keep: Keep, tmp_path: Path, plain: Any
    ) -> None:
        abandon_at(keep(plain(**{"checkpoint.seconds": 0})), 5)
        run = RunFolder(tmp_path / "run")
        run.write_recipe(plain(optimiser={"kind": "muon"}))
        with pytest.raises(RunError, match="does not fit the run's recipe"):
            list(keep(plain()))


class TestChanges:
    def steer(self, events: Iterator[Event], control: Control) -> list[Event]:
        seen = []
        for event in events:
            seen.append(event)
            if isinstance(event, Step) and event.step == 5:
                control.change("learning_rate", 0.01)
                control.change("weight_decay", 0.2)
            if isinstance(event, Step) and event.step == 8:
                control.change("batch", 100)
        return seen

    def test_are_recorded_and_survive_being_killed(
        self, keep: Keep, tmp_path: Path, everything: Any
    ) -> None:
        recipe = everything(**{"checkpoint.seconds": 3600})
        control = Control()
        events = self.steer(keep(recipe, "whole", control), control)
        changes = [event for event in events if isinstance(event, Changed)]
        assert [(c.step, c.setting, c.value) for c in changes] == [
            (5, "learning_rate", 0.01),
            (5, "weight_decay", 0.2),
            (8, "batch", 100),
        ]
        examples = {event.step: event.examples for event in events if isinstance(event, Step)}
        assert (examples[8], examples[9]) == (60, 100)
        control = Control()
        self.steer(abandoning(keep(recipe, "run", control), 12), control)
        list(keep(recipe))
        run = RunFolder(tmp_path / "run")
        assert_same(RunFolder(tmp_path / "whole"), run)
        assert [e["step"] for e in run.metrics() if e["event"] == "changed"] == [5, 5, 8]

    def test_one_that_was_killed_before_it_was_saved_is_undone(
        self, keep: Keep, tmp_path: Path, plain: Any
    ) -> None:
        recipe = plain(**{"checkpoint.seconds": 0})
        list(keep(recipe, "whole"))
        control = Control()
        events: Any = keep(recipe, "run", control)
        for event in events:
            if isinstance(event, Saved) and event.step == 5:
                control.change("momentum", 0.1)
            if isinstance(event, Changed):
                break  # recorded, but not yet saved
        events.close()
        list(keep(recipe))
        run = RunFolder(tmp_path / "run")
        assert not [event for event in run.metrics() if event["event"] == "changed"]
        assert_same(RunFolder(tmp_path / "whole"), run)


def abandoning(events: Any, step: int) -> Iterator[Event]:
    for event in events:
        yield event
        if isinstance(event, Step) and event.step == step:
            break
    events.close()


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from striate.data import load
from striate.errors import RunError
from striate.training import Record, RunFolder, Saved, Training
torch.set_num_threads(1)
run = RunFolder(Path(sys.argv[1]))
training = Training(run.recipe(), load("digits", cache=Path(sys.argv[2])))
try:
    for event in Record(run).keep(training):
        if isinstance(event, Saved) and event.step == 5:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
except RunError as error:
    print(error)
    sys.exit(2)
"""


@pytest.mark.parametrize("room", [10_000, 500])  # too little for a checkpoint, for metrics
def test_a_full_disk_loses_nothing(
    keep: Keep, tmp_path: Path, cache: Path, digits: Dataset, everything: Any, room: int
) -> None:
    recipe = everything(**{"checkpoint.seconds": 0})
    list(keep(recipe, "whole"))
    run = RunFolder.create(tmp_path / "run", recipe, digits.description)
    program = [sys.executable, "-c", FULL_DISK, run.path, cache, room]
    ended = subprocess.run(
        [*map(str, program)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 2, ended.stderr
    assert f"cannot write to the run folder {run.path}: File too large" in ended.stdout
    assert "What was saved before is whole" in ended.stdout
    assert not ended.stderr
    newest = steps_in(run.checkpoints_path)[-1]
    assert read_checkpoint(newest).place.step == 5
    assert not list(run.checkpoints_path.glob(".*"))
    list(keep(recipe))
    assert_same(RunFolder(tmp_path / "whole"), run)
