from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from striate.data import Dataset
from striate.errors import RunError
from striate.notation import build
from striate.training import (
    Control,
    Event,
    Record,
    RunFolder,
    Step,
    Training,
    moments_of,
    network_at,
    weights_at,
)
from striate.training.checkpoint import step_of, steps_in
from striate.training.moments import Moments

CPU = torch.device("cpu")
NETWORK = "input 4\nlinear 2\n"


def kept(folder: Path) -> list[int]:
    return [step_of(path) for path in steps_in(folder)]


@pytest.mark.parametrize("steps", [0, 1, 63, 64, 500, 1024])
def test_there_are_few_and_they_are_spread_evenly(tmp_path: Path, steps: int) -> None:
    keeper = Moments(tmp_path, build(NETWORK))
    for step in range(steps + 1):
        keeper.see(step, 1e9)
        assert len(kept(tmp_path)) <= 64
    found = kept(tmp_path)
    spacing = found[1] if len(found) > 1 else 1
    assert found == [*range(0, steps + 1, spacing)]
    assert len(found) > min(steps, 31)
    assert not [*tmp_path.glob(".*")]


def test_they_take_no_more_than_a_fiftieth_of_the_time(tmp_path: Path) -> None:
    keeper = Moments(tmp_path, build(NETWORK))
    for step in range(100):
        keeper.see(step, 0.0)
    assert kept(tmp_path) == [0]


def test_larger_networks_have_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = build(NETWORK)  # of 40 bytes
    monkeypatch.setattr("striate.training.moments.MOST_BYTES", 40 * 5 + 1)
    keeper = Moments(tmp_path / "few", network)
    for step in range(100):
        keeper.see(step, 1e9)
    assert kept(tmp_path / "few") == [0, 32, 64, 96]
    monkeypatch.setattr("striate.training.moments.MOST_BYTES", 79)
    keeper = Moments(tmp_path / "none", network)
    keeper.see(0, 0.0)
    assert kept(tmp_path / "none") == []


def test_going_on_keeps_the_spacing(tmp_path: Path) -> None:
    keeper = Moments(tmp_path, build(NETWORK))
    for step in range(200):
        keeper.see(step, 1e9)
    keeper = Moments(tmp_path, build(NETWORK))
    for step in range(200, 300):
        keeper.see(step, 1e9)
    assert kept(tmp_path) == [*range(0, 300, 8)]


class TestOfARun:
    @pytest.fixture
    def run(self, tmp_path: Path, digits: Dataset, plain: Any) -> RunFolder:
        return RunFolder.create(tmp_path / "run", plain(epochs=1), digits.description)

    def follow(
        self, run: RunFolder, dataset: Dataset, control: Control | None = None
    ) -> Iterator[tuple[Event, Training]]:
        training = Training(run.recipe(), dataset, control=control, device=CPU)
        for event in Record(run).keep(training):
            yield event, training

    @pytest.fixture(autouse=True)
    def any_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("striate.training.moments._SHARE", 1e9)

    def test_each_has_the_weights_of_its_time(self, run: RunFolder, digits: Dataset) -> None:
        weights = {}
        for event, training in self.follow(run, digits):
            if isinstance(event, Step):
                now = training.network.state_dict()
                weights[event.step] = {name: value.clone() for name, value in now.items()}
        assert moments_of(run) == [*range(24)]
        first = Training(run.recipe(), digits, device=CPU).network.state_dict()
        for step in moments_of(run):
            network = network_at(run, step)
            assert not network.training
            for name, value in network.state_dict().items():
                assert torch.equal(value, weights[step][name] if step else first[name])

    def test_the_final_weights_are_one_more(self, run: RunFolder, digits: Dataset) -> None:
        list(self.follow(run, digits))
        assert weights_at(run, 23) == run.weights_path
        final = load_file(run.weights_path)
        assert torch.equal(network_at(run, 23).state_dict()["conv1.weight"], final["conv1.weight"])

    def test_resuming_drops_those_that_will_be_made_again(
        self, run: RunFolder, digits: Dataset
    ) -> None:
        control = Control()
        for event, _ in self.follow(run, digits, control):
            if isinstance(event, Step) and event.step == 5:
                control.stop()
        (run.moments_path / "step-00000009.safetensors").write_bytes(b"of a step made after it")
        events = self.follow(run, digits)
        next(events)
        assert moments_of(run) == [0, 1, 2, 3, 4, 5]
        list(events)
        assert moments_of(run) == [*range(24)]

    def test_one_that_there_is_not_or_that_is_damaged(
        self, run: RunFolder, digits: Dataset
    ) -> None:
        list(self.follow(run, digits))
        with pytest.raises(RunError, match="is not a weights file that can be read"):
            network_at(run, 24)
        (run.moments_path / "step-00000003.safetensors").write_bytes(b"rubbish")
        with pytest.raises(RunError, match="is not a weights file that can be read"):
            network_at(run, 3)
