import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from striate.training import ALONE, Processes

Striate = Callable[..., "subprocess.Popen[str]"]

# No batch normalisation, which sees its own process's part only, and no dropout.
RECIPE = """
epochs = 1
batch = 61
network = '''
input 1x8x8
conv 8 3x3 pad same
relu
maxpool 2x2
flatten
linear 10
'''
[data]
name = "digits"
[[augmentation]]
kind = "shift"
pixels = 1
[[augmentation]]
kind = "noise"
sigma = 0.1
[precision]
compute = "float32"
layout = "channels_last"
pieces = 16
[optimiser]
kind = "sgd"
lr = 0.05
momentum = 0.9
[average]
decay = 0.5
[checkpoint]
seconds = 0
"""


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("batch", [7, 60, 61, 500])
def test_parts_are_the_whole_batch_and_nearly_equal(count: int, batch: int) -> None:
    parts = [range(batch)[Processes(rank, count).part(batch)] for rank in range(count)]
    assert [index for part in parts for index in part] == [*range(batch)]
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_a_process_that_is_alone_asks_nobody() -> None:
    network, values = nn.Linear(1, 1), torch.ones(2)
    assert ALONE.leads
    assert ALONE.join(network) is network
    assert ALONE.sum(values) is values
    assert ALONE.follow(3) == 3
    assert ALONE.first(None) is None
    with ALONE.without_averaging(network, last=False):
        pass


def wait(process: "subprocess.Popen[str]", code: int = 0) -> str:
    said, _ = process.communicate(timeout=300)
    assert process.returncode == code, said
    return said


def events(run: Path, kind: str) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


def alike(one: Path, other: Path) -> None:
    """Both runs took the same steps and ended alike, within what sums in another order change."""
    first, second = events(one, "step"), events(other, "step")
    assert [event["step"] for event in first] == [event["step"] for event in second]
    losses = [event["loss"] for event in first]
    assert losses == pytest.approx([event["loss"] for event in second], rel=1e-4)
    assert [e["accuracy"] for e in first] == pytest.approx(
        [e["accuracy"] for e in second], abs=0.02
    )
    weights, again = (load_file(run / "weights.safetensors") for run in (one, other))
    for name, value in weights.items():
        torch.testing.assert_close(value, again[name], rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_two_processes_train_like_one(striate: Striate, tmp_path: Path) -> None:
    recipe = tmp_path / "small.toml"
    recipe.write_text(RECIPE)  # 61 examples are 30 and 31, in pieces of 15 to 16
    arguments = ("train", recipe, "--runs", tmp_path, "--threads", 1)
    said = wait(striate(*arguments, "--name", "one"))
    together = wait(striate(*arguments, "--name", "two", processes=2))
    one, two = tmp_path / "one", tmp_path / "two"
    alike(one, two)
    assert json.loads((two / "summary.json").read_text())["processes"] == 2
    assert "2 processes" in together
    for line in filter(None, said.splitlines()):  # the leading process alone speaks
        words = " ".join(line.split()[:4])
        assert together.count(words) == said.count(words)

    # Both lose their last steps and go on from a checkpoint, together.
    newest = max((two / "checkpoints").iterdir())
    for path in (newest, two / "summary.json", two / "weights.safetensors"):
        path.unlink()
    wait(striate("train", "--resume", two, "--threads", 1, processes=2))
    alike(one, two)
    assert [event["step"] for event in events(two, "started")] == [0, 22]


@pytest.mark.slow
def test_a_part_of_the_data_that_is_no_number_is_found_in_any_process(tmp_path: Path) -> None:
    program = tmp_path / "find.py"
    program.write_text(
        "import torch\n"
        "from striate.training import started_by_torchrun\n"
        "from striate.training.divergence import Cause\n"
        "with started_by_torchrun() as processes:\n"
        "    value = float('nan') if processes.rank == 1 else 0.0\n"
        "    cause = Cause(torch.nn.Linear(1, 1), torch.full((1, 1), value), processes)\n"
        "    assert 'The batch itself holds' in cause.explain(0.1)\n"
        "    assert processes.first(None) is None\n"
        "    assert processes.first(processes.rank or None) == 1\n"
        "    assert processes.follow(processes.rank) == 0\n"
        "    assert processes.sum(torch.ones(1)).item() == 2\n"
    )
    import os
    import sys

    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    ended = subprocess.run(
        [*command, "--nproc-per-node", "2", str(program)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
