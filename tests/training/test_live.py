import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.data import Dataset
from striate.errors import RunError
from striate.training import (
    Control,
    Finished,
    Live,
    Record,
    RunFolder,
    Snapshot,
    Started,
    Step,
    Training,
    watch,
)

CPU = torch.device("cpu")


@pytest.fixture
def at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snapshots take all the time they can."""
    monkeypatch.setattr("striate.training.live._LEAST_SECONDS", 0.0)
    monkeypatch.setattr("striate.training.live._SHARE", 1.0)
    monkeypatch.setattr("striate.training.round._SECONDS", 1e9)
    monkeypatch.setattr("striate.training.watching._SECONDS_BETWEEN_LOOKS", 0.0)


class Watched:
    """A training in a run folder, with or without somebody who watches."""

    def __init__(self, path: Path, recipe: Any, dataset: Dataset) -> None:
        self.run = RunFolder.create(path, recipe, dataset.description)
        self.control = Control()
        self.training = Training(recipe, dataset, control=self.control, device=CPU)
        self.live = Live(self.run, self.training)
        self.snapshots: list[Snapshot] = []

    def events(self) -> Any:
        for event in Record(self.run).keep(self.training):
            self.live.see(event)
            yield event

    def to_the_end(self) -> dict[str, Tensor]:
        list(self.events())
        return self.training.network.state_dict()

    def snapshot(self) -> Snapshot:
        return Snapshot.read(self.run.live_path)


@pytest.mark.usefixtures("at_every_step")
@pytest.mark.parametrize("example", [None, 7])
@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_training_is_the_same_bit_for_bit_whether_it_is_watched_or_not(
    tmp_path: Path, digits: Dataset, everything: Any, example: int | None, compute: str
) -> None:
    recipe = everything(epochs=0.4, **{"precision.compute": compute})
    alone = Watched(tmp_path / "alone", recipe, digits)
    expected = alone.to_the_end()
    assert not alone.run.live_path.exists()
    watched = Watched(tmp_path / "watched", recipe, digits)
    watch(watched.run.watch_path, example, 1000)
    found = watched.to_the_end()
    told = [event["event"] for event in watched.run.metrics()]
    assert told.count("validated") == told.count("step") == 10
    assert all(torch.equal(expected[name], value) for name, value in found.items())
    one, other = alone.run.summary(), watched.run.summary()
    assert one is not None
    assert other is not None
    assert one.test_loss == other.test_loss


@pytest.mark.usefixtures("at_every_step")
def test_what_is_shown_is_what_there_is(tmp_path: Path, digits: Dataset, plain: Any) -> None:
    watched = Watched(tmp_path / "run", plain(epochs=0.3), digits)
    watch(watched.run.watch_path, 11, 1000)
    for event in watched.events():
        if not isinstance(event, Step):
            continue
        values, arrays = watched.snapshot().values, watched.snapshot().arrays
        network: Any = watched.training.network
        assert values["step"] == event.step
        assert values["epoch"] == event.epoch
        assert (arrays["conv1/weights"] == network.conv1.weight.detach().numpy()).all()
        gradient = network.conv1.weight.grad
        assert (arrays["conv1/weight_gradients"] == gradient.numpy()).all()
        inputs, _ = watched.training.test.take(torch.tensor([11]))
        with torch.no_grad():
            probabilities = network(inputs).softmax(1)[0]
            maps = network.conv1(inputs)[0]
        np.testing.assert_allclose(arrays["conv1/activations"], maps.numpy(), rtol=1e-5, atol=1e-6)
        top = values["example"]["top"]
        assert [kind for kind, _ in top] == probabilities.topk(3).indices.tolist()
        assert values["example"]["of"] == "test"
        assert values["example"]["index"] == 11
        assert values["example"]["target"] == digits.test.targets[11]
        image = np.round(np.asarray(digits.test.inputs[11]) * (255 / 16))
        assert (arrays["example"] == image).all()
        assert values["validation"]["examples"] == min(360, 128 * event.step)
        assert arrays["confusion"].sum() == values["validation"]["examples"]
        assert arrays["guesses"].shape == (16, 1, 8, 8)
        for guess, shown in zip(values["guesses"], arrays["guesses"], strict=True):
            assert guess["target"] == digits.test.targets[guess["index"]]
            stored = np.asarray(digits.test.inputs[guess["index"]])
            assert (shown == np.round(stored * (255 / 16))).all()
            assert guess["right"] == (guess["top"][0][0] == guess["target"])
    validated = [event for event in watched.run.metrics() if event["event"] == "validated"]
    assert validated[-1]["accuracy"] == values["validation"]["accuracy"]


@pytest.mark.usefixtures("at_every_step")
def test_the_first_example_of_the_batch_is_the_one_that_was_learned_from(
    tmp_path: Path, digits: Dataset, plain: Any
) -> None:
    watched = Watched(tmp_path / "run", plain(), digits)
    watch(watched.run.watch_path, None, 1000)
    steps = (event for event in watched.events() if isinstance(event, Step))
    next(steps)
    values, arrays = watched.snapshot().values, watched.snapshot().arrays
    assert values["example"]["of"] == "train"
    stored = np.round(np.asarray(digits.train.inputs) * (255 / 16)).astype(int)
    found = [*np.flatnonzero((abs(stored - arrays["example"]) <= 1).all((1, 2, 3)))]
    assert values["example"]["target"] in digits.train.targets[found]


@pytest.mark.usefixtures("at_every_step")
def test_a_test_example_that_there_is_not_is_the_last(
    tmp_path: Path, digits: Dataset, plain: Any
) -> None:
    watched = Watched(tmp_path / "run", plain(), digits)
    watch(watched.run.watch_path, 10**9, 1000)
    next(event for event in watched.events() if isinstance(event, Step))
    assert watched.snapshot().values["example"]["index"] == 359


def test_snapshots_are_rare(
    tmp_path: Path, digits: Dataset, plain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that only snapshots move: each takes 40 ms, so one second must pass until next."""
    ticks = itertools.count(1000.0, 0.01)
    monkeypatch.setattr("striate.training.live.time.perf_counter", lambda: next(ticks))
    monkeypatch.setattr("striate.training.watching._SECONDS_BETWEEN_LOOKS", 0.0)
    watched = Watched(tmp_path / "run", plain(), digits)
    watch(watched.run.watch_path, 0, 1000)
    watched.live.look()
    first = next(ticks)
    assert watched.live._next - first > 24 * 0.01
    assert watched.live._next - first >= 0.49


@pytest.mark.usefixtures("at_every_step")
def test_while_it_is_paused_another_example_can_be_looked_at(
    tmp_path: Path, digits: Dataset, plain: Any
) -> None:
    watched = Watched(tmp_path / "run", plain(epochs=0.3), digits)
    seen: list[tuple[int, int]] = []

    def while_paused() -> None:
        watched.live.look()
        values = watched.snapshot().values
        seen.append((values["step"], values["example"]["index"]))
        if len(seen) == 3:
            watch(watched.run.watch_path, 5, 1000)
        if len(seen) == 6:
            watched.control.resume()

    watched.control.while_paused = while_paused
    watch(watched.run.watch_path, 4, 1000)
    for event in watched.events():
        if isinstance(event, Step) and event.step == 2:
            watched.control.pause()
    assert seen == [(2, 4)] * 3 + [(2, 5)] * 3


@pytest.mark.usefixtures("at_every_step")
def test_trouble_with_showing_is_none_of_the_trainings(
    tmp_path: Path,
    digits: Dataset,
    plain: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Snapshot, "write", refuse)
    watched = Watched(tmp_path / "run", plain(epochs=0.3), digits)
    watch(watched.run.watch_path, 4, 1000)
    *_, last = watched.events()
    assert isinstance(last, Finished)
    assert caplog.text.count("nothing can be shown of this training for a while") == 1


@pytest.mark.usefixtures("at_every_step")
def test_nothing_is_shown_when_nobody_watches_any_more(
    tmp_path: Path, digits: Dataset, plain: Any
) -> None:
    watched = Watched(tmp_path / "run", plain(epochs=0.3), digits)
    watch(watched.run.watch_path, 4, 1000)
    for event in watched.events():
        assert isinstance(event, Started) or watched.snapshot().values["step"] <= 3
        if isinstance(event, Step) and event.step == 3:
            watch(watched.run.watch_path, 4, -1)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_no_snapshot(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "live.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="is not a snapshot that can be read"):
        Snapshot.read(tmp_path / "live.safetensors")
