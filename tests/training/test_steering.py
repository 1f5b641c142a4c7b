"""A process that trains is steered, watched and killed by another, through the run folder alone."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from striate.training import Change, Hold, RunFolder, Snapshot, moments_of, standing_of, watch

Striate = Callable[..., "subprocess.Popen[str]"]


def wait_until(condition: Callable[[], Any], process: "subprocess.Popen[str]") -> None:
    while not condition():
        assert process.poll() is None, process.communicate(timeout=60)[0]
        time.sleep(0.01)


def told(run: RunFolder, kind: str) -> list[dict[str, Any]]:
    return [event for event in run.metrics() if event["event"] == kind]


@pytest.mark.slow
def test_a_training_in_another_process(striate: Striate, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "digits")
    begin = ("train", "digits", "--epochs", 500, "--runs", tmp_path, "--threads", 1)
    process = striate(*begin)
    wait_until(lambda: told(run, "step"), process)
    assert standing_of(run).state == "training"

    run.order(Hold(order="pause"))
    wait_until(lambda: standing_of(run).state == "paused", process)
    reached = told(run, "step")[-1]["step"]
    run.order(Change(setting="learning_rate", value=0.0625))
    wait_until(lambda: told(run, "changed"), process)
    watch(run.watch_path, 3, 100)
    wait_until(run.live_path.exists, process)
    snapshot = Snapshot.read(run.live_path)
    assert (snapshot.values["step"], snapshot.values["example"]["index"]) == (reached, 3)
    assert told(run, "step")[-1]["step"] == reached

    with (run.path / "orders.jsonl").open("a") as file:
        file.write("rubbish\n")
    run.order(Hold(order="resume"))
    wait_until(lambda: told(run, "step")[-1]["step"] > reached + 3, process)
    assert standing_of(run).state == "training"

    process.send_signal(signal.SIGKILL)
    process.wait()
    assert standing_of(run).state == "killed"

    process = striate("train", "--resume", run.path, "--threads", 1)
    wait_until(lambda: len(told(run, "started")) == 2, process)
    first = standing_of(run).newest["started"]["step"]
    assert first >= reached, "pausing saves a checkpoint"
    assert all(step <= first for step in moments_of(run))
    wait_until(lambda: told(run, "step")[-1]["step"] > first + 2, process)
    rates = {event["learning_rate"] for event in told(run, "step") if event["step"] > reached}
    assert max(rates) <= 0.0625, "the change has survived"
    run.order(Hold(order="stop"))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert standing_of(run).state == "stopped"
    assert "Traceback" not in said
