"""Trainings in processes of their own: started, steered, watched, killed, gone on with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.studio.running.conftest import Page

from striate.studio import Settings, create_app
from striate.training import RunFolder, standing_of

pytestmark = pytest.mark.slow

FORM: dict[str, Any] = {
    "network": "input 1x8x8\nconv 8 3x3 pad same\nbatchnorm\nrelu\nflatten\nlinear 10\n",
    "dataset": "digits",
    "epochs": 5000,
    "batch": 60,
    "optimiser": {"kind": "sgd", "lr": 0.01, "momentum": 0.9},
    "augmentation": [{"kind": "shift", "pixels": 1}],
    "recipe": "digits",
}


@pytest.fixture
def leaving_nothing(settings: Settings) -> Iterator[None]:
    """Stop, in the end, whatever still trains in the studio's runs."""
    yield
    for path in settings.runs.glob("*/recipe.toml"):
        run = RunFolder(path.parent)
        while run.in_training():
            (run.path / "orders.jsonl").open("a").write('\n{"order": "stop"}\n')
            time.sleep(0.1)


def wait_until(condition: Callable[[], Any]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("in vain")


def process_of(run: str) -> int:
    """The number of the process that trains a run."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    (line,) = [line for line in listed if f"--name {run} " in line and "train" in line]
    return int(line.split()[0])


@pytest.mark.usefixtures("leaving_nothing")
def test_from_the_page(page: Page, client: TestClient, settings: Settings) -> None:
    assert page.ask("train.start", form=FORM, name="first") == {"run": "first"}
    values, _ = page.look("train.follow", run="first")
    assert values["state"] in ("starting", "training")
    assert "there is a run" in page.ask("train.start", form=FORM, name="first")["error"]
    values, arrays = page.until(lambda v: v["step"] > 3, "train.follow", run="first")
    assert values["state"] == "training"
    assert values["settings"]["momentum"] == 0.9
    assert len(arrays["loss"]) == values["step"]
    run = RunFolder(settings.runs / "first")
    assert run.recipe().augmentation[0].kind == "shift"

    values, arrays = page.look("train.live", run="first", example=4)
    assert values["example"]["index"] == 4
    assert values["layers"][0]["weight_gradients"]["shape"] == [8, 1, 3, 3]
    assert arrays["conv1/gradients"].shape == (8, 8, 8)

    change = {"order": "change", "setting": "learning_rate", "value": 0.02}
    assert page.ask("train.order", run="first", **change) == {"given": True}
    values, _ = page.until(
        lambda v: v["settings"]["learning_rate"] == 0.02, "train.follow", run="first"
    )
    assert values["marks"][-1]["text"] == "learning_rate is now 0.02"
    page.ask("train.order", run="first", order="pause")
    page.until(lambda v: v["state"] == "paused", "train.follow", run="first")
    assert "stop it first" in page.ask("train.delete", run="first")["error"]

    # The studio ends and is started anew; the training does not notice.
    origin = f"http://{settings.authority}"
    with TestClient(create_app(settings), base_url=origin, headers={"origin": origin}) as again:
        again.get(settings.address)
        with again.websocket_connect(f"ws://{settings.authority}/socket") as socket:
            other = Page(socket)
            (listed,) = other.ask("train.runs")["runs"]
            assert (listed["name"], listed["state"]) == ("first", "paused")
            other.ask("train.order", run="first", order="resume")
            other.until(lambda v: v["state"] == "training", "train.follow", run="first")

    os.kill(process_of("first"), signal.SIGKILL)
    page.until(lambda v: v["state"] == "killed", "train.follow", run="first")
    reached = standing_of(run).step
    assert page.ask("train.continue", run="first") == {"run": "first"}
    page.until(lambda v: v["step"] > reached + 2, "train.follow", run="first")
    page.ask("train.order", run="first", order="stop")
    values, _ = page.until(lambda v: v["state"] == "stopped", "train.follow", run="first")
    assert values["settings"]["learning_rate"] == 0.02
    wait_until(lambda: page.ask("train.delete", run="first") == {"deleted": True})
    assert page.ask("train.runs") == {"runs": []}


@pytest.mark.usefixtures("leaving_nothing")
def test_one_that_was_started_in_the_terminal(page: Page, settings: Settings) -> None:
    command = [sys.executable, "-m", "striate", "train", "digits", "--epochs", "500"]
    with subprocess.Popen(
        [*command, "--runs", str(settings.runs)], stdout=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: page.ask("train.runs")["runs"])
        values, _ = page.until(lambda v: v["step"] > 1, "train.follow", run="digits")
        assert values["state"] == "training"
        values, _ = page.look("train.live", run="digits")
        assert values["example"]["of"] == "train"
        page.ask("train.order", run="digits", order="stop")
        assert process.wait(timeout=60) == 130
    page.until(lambda v: v["state"] == "stopped", "train.follow", run="digits")


@pytest.mark.usefixtures("leaving_nothing")
def test_a_start_that_fails_says_why(
    page: Page, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What only the process can find out: its memory, its disk, its arithmetic.
    monkeypatch.setenv("STRIATE_CACHE", "/dev/null/nowhere")
    monkeypatch.setenv("PYTHONPATH", str(settings.runs))
    settings.runs.mkdir()
    (settings.runs / "striate.py").write_text("raise SystemExit('error: the disk is full')")
    assert page.ask("train.start", form=FORM, name="second") == {"run": "second"}
    values, _ = page.until(lambda v: v["state"] == "failed", "train.follow", run="second")
    assert values["message"] == "the disk is full"
    (listed,) = page.ask("train.runs")["runs"]
    assert (listed["state"], listed["message"]) == ("failed", "the disk is full")
    assert page.ask("train.delete", run="second") == {"deleted": True}
    assert page.ask("train.runs") == {"runs": []}


@pytest.mark.usefixtures("leaving_nothing")
def test_too_many_at_once(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.studio.running.starting.RUNS_AT_ONCE", 1)
    page.ask("train.start", form=FORM, name="one")
    said = page.ask("train.start", form=FORM, name="two")["error"]
    assert "1 trainings run already" in said
    page.until(lambda v: v["step"] > 0, "train.follow", run="one")
    assert "error" in page.ask("train.start", form=FORM, name="two")
    page.ask("train.order", run="one", order="stop")
    page.until(lambda v: v["state"] == "stopped", "train.follow", run="one")
