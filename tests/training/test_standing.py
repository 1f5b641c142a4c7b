from pathlib import Path
from typing import Any

import pytest
import torch

from striate.data import Dataset
from striate.errors import RunError, TrainingError
from striate.training import (
    Change,
    Control,
    Hold,
    Paused,
    Record,
    Resumed,
    RunFolder,
    Step,
    Training,
    standing_of,
)

CPU = torch.device("cpu")


@pytest.fixture
def run(tmp_path: Path, digits: Dataset, plain: Any) -> RunFolder:
    return RunFolder.create(tmp_path / "run", plain(epochs=0.5), digits.description)


@pytest.fixture
def events(run: RunFolder, digits: Dataset) -> Any:
    control = Control()
    control.mailbox = run.mailbox()
    training = Training(run.recipe(), digits, control=control, device=CPU)
    return Record(run).keep(training)


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.orders._SECONDS_BETWEEN_LOOKS", 0.0)


def test_a_run_through_its_life(run: RunFolder, digits: Dataset, events: Any) -> None:
    assert standing_of(run).state == "killed"  # made, and nobody trains in it
    for event in events:
        match event:
            case Step(step=3):
                run.order(Hold(order="pause"))
            case Paused():
                assert standing_of(run).state == "paused"
                run.order(Change(setting="learning_rate", value=0.01))
                run.order(Hold(order="resume"))
            case Resumed():
                assert standing_of(run).state == "training"
                assert standing_of(run).step == 3
            case Step(step=6, learning_rate=rate):
                assert rate == pytest.approx(0.01)
                run.order(Hold(order="stop"))
    stopped = standing_of(run)
    assert (stopped.state, stopped.message) == ("stopped", "stopped after step 6")
    told = [event["event"] for event in run.metrics()]
    assert told[4:8] == ["paused", "saved", "changed", "saved"]
    list(Record(run).keep(Training(run.recipe(), digits, device=CPU)))
    finished = standing_of(run)
    assert finished.state == "finished"
    assert finished.message.startswith("test accuracy ")
    assert finished.newest["started"]["step"] == 6


def test_a_training_that_cannot_go_on_says_why_afterwards(
    tmp_path: Path, digits: Dataset, plain: Any
) -> None:
    recipe = plain(epochs=5, **{"optimiser.lr": 1e6})
    run = RunFolder.create(tmp_path / "run", recipe, digits.description)
    with pytest.raises(TrainingError) as raised:
        list(Record(run).keep(Training(recipe, digits, device=CPU)))
    failed = standing_of(run)
    assert failed.state == "failed"
    assert failed.message == str(raised.value)
    assert run.metrics()[-1]["event"] == "failed"


def test_an_error_of_any_kind_is_told(
    run: RunFolder, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    training = Training(run.recipe(), digits, device=CPU)
    monkeypatch.setattr(training, "_step", no_memory)
    with pytest.raises(MemoryError):
        list(Record(run).keep(training))
    assert standing_of(run).message == "MemoryError()"


def test_one_that_ends_without_a_word_was_killed(run: RunFolder, events: Any) -> None:
    for event in events:
        if isinstance(event, Step) and event.step == 4:
            break
    assert standing_of(run).state == "training"
    events.close()
    killed = standing_of(run)
    assert killed.state == "killed"
    assert "ended without a word after step 4" in killed.message


def test_looking_does_not_get_in_the_way_of_a_start(run: RunFolder) -> None:
    assert not run.in_training()
    with run.in_use():
        assert run.in_training()
        assert RunFolder(run.path).in_training()
    assert not run.in_training()


def test_orders_to_nobody(run: RunFolder) -> None:
    with pytest.raises(RunError, match=r"no process trains in .*, so there is none to pause"):
        run.order(Hold(order="pause"))
    with (
        run.in_use(),
        pytest.raises(TrainingError, match=r"batch \(=0.5\) must be a whole number"),
    ):
        run.order(Change(setting="batch", value=0.5))
    assert not (run.path / "orders.jsonl").exists()


def test_orders_of_before_are_not_obeyed_again(run: RunFolder, digits: Dataset) -> None:
    with run.in_use():
        run.order(Hold(order="stop"))
    control = Control()
    control.mailbox = run.mailbox()
    list(Record(run).keep(Training(run.recipe(), digits, control=control, device=CPU)))
    assert standing_of(run).state == "finished"


def test_an_order_that_cannot_be_obeyed_is_left_out(
    run: RunFolder, events: Any, caplog: pytest.LogCaptureFixture
) -> None:
    next(events)
    with (run.path / "orders.jsonl").open("a") as file:
        file.write('{"order": "change", "setting": "momentum", "value": 7}\n')
    list(events)
    assert "an order to this training is not obeyed: momentum (=7) must be" in caplog.text
    assert standing_of(run).state == "finished"
