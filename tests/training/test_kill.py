"""A process that trains is killed at any moment; the run goes on as if nothing had happened."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

Striate = Callable[..., "subprocess.Popen[str]"]

STEPS = 184

# The linear layer makes saving take about as long as a step, so that many kills fall amid it.
RECIPE = """
epochs = 8
batch = 60
network = '''
input 1x8x8
conv 8 3x3 pad same
batchnorm
relu
flatten
dropout 0.2
linear 256
relu
linear 10
'''
[data]
name = "digits"
[[augmentation]]
kind = "shift"
pixels = 1
[[augmentation]]
kind = "alternating_flip"
[precision]
compute = "float32"
layout = "channels_last"
pieces = 32
[optimiser]
kind = "muon"
[schedule]
kind = "cosine"
[average]
decay = 0.8
every = 2
lookahead = true
[checkpoint]
seconds = 0
"""


class Run:
    """A run folder, and the command that begins or resumes it."""

    def __init__(self, striate: Striate, runs: Path, name: str) -> None:
        recipe = runs / "small.toml"
        recipe.write_text(RECIPE)
        self.path = runs / name
        self._striate = striate
        self._begin = ("train", recipe, "--runs", runs, "--name", name, "--threads", 1)

    def start(self) -> "subprocess.Popen[str]":
        if (self.path / "recipe.toml").exists():
            return self._striate("train", "--resume", self.path, "--threads", 1)
        return self._striate(*self._begin)

    def finish(self) -> str:
        return self.finished(self.start())

    def finished(self, process: "subprocess.Popen[str]") -> str:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def metrics(self) -> list[dict[str, Any]]:
        path = self.path / "metrics.jsonl"
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        return [json.loads(line) for line in lines[:-1]]

    def steps(self) -> int:
        path = self.path / "metrics.jsonl"
        return path.read_bytes().count(b'{"event": "step"') if path.exists() else 0

    def saving(self) -> bool:
        return any((self.path / "checkpoints").glob(".*.part"))

    def history(self) -> list[dict[str, Any]]:
        """What happened, but for the seconds and for starts."""
        return [
            {key: value for key, value in event.items() if not key.endswith("seconds")}
            for event in self.metrics()
            if event["event"] in ("step", "epoch", "finished")
        ]


def same_end(one: Run, other: Run) -> None:
    first, second = (load_file(run.path / "weights.safetensors") for run in (one, other))
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
    assert one.history() == other.history()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    while process.poll() is None and not condition():
        time.sleep(0.001)


@dataclass(frozen=True)
class Whole:
    """The run that nothing disturbed, and the seconds before its first step."""

    run: Run
    start_up: float


@pytest.fixture(scope="module")
def whole(striate: Striate, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    run = Run(striate, tmp_path_factory.mktemp("runs"), "whole")
    began = time.perf_counter()
    process = run.start()
    wait_until(lambda: run.steps() > 0, process)
    start_up = time.perf_counter() - began
    run.finished(process)
    return Whole(run, start_up)


@pytest.mark.slow
def test_killed_twenty_times_the_run_ends_with_the_same_bits(
    striate: Striate, whole: Whole, tmp_path: Path
) -> None:
    run = Run(striate, tmp_path, "killed")
    draw = random.Random(0)
    moments = ["start"] * 4 + ["step"] * 8 + ["saving"] * 8
    draw.shuffle(moments)
    amid_saving = 0
    for moment in moments:
        done = run.steps()
        goal = done + draw.randint(1, 3)
        process = run.start()
        match moment:
            case "start":
                # At the first step at the latest: this start may be faster than the one measured.
                end = time.perf_counter() + draw.uniform(0, whole.start_up)
                wait_until(
                    lambda done=done, end=end: run.steps() > done or time.perf_counter() > end,  # type: ignore[misc]
                    process,
                )
            case "step":
                wait_until(lambda goal=goal: run.steps() >= goal, process)  # type: ignore[misc]
                time.sleep(draw.uniform(0, 0.02))
            case "saving":
                wait_until(lambda goal=goal: run.steps() >= goal, process)  # type: ignore[misc]
                wait_until(run.saving, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it ended by itself, before it was killed"
        amid_saving += run.saving()
    assert amid_saving >= 4
    assert not (run.path / "summary.json").exists()

    run.finish()
    same_end(whole.run, run)
    assert not run.saving()
    told = [event for event in run.metrics() if event["event"] == "step"]
    assert [event["step"] for event in told] == [*range(1, STEPS + 1)]
    ended = [event["step"] for event in run.metrics() if event["event"] == "epoch"]
    assert ended == [*range(23, STEPS + 1, 23)]
    assert [event["event"] for event in run.metrics()].count("finished") == 1
    assert [event["step"] for event in run.metrics()] == sorted(e["step"] for e in run.metrics())


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_goes_on(striate: Striate, whole: Whole, tmp_path: Path) -> None:
    run = Run(striate, tmp_path, "stopped")
    process = run.start()
    wait_until(lambda: run.steps() >= 5, process)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    last = run.metrics()[-1]
    assert last["event"] == "stopped"
    assert f"stopped after step {last['step']} of {STEPS}" in said
    assert f"go on with: striate train --resume {run.path}" in said
    assert "Traceback" not in said
    assert f"going on after step {last['step']}" in run.finish()
    same_end(whole.run, run)
