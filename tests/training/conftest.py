"""A small dataset, a small recipe, and a way to run the command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.recipes import PLAIN

from striate.data import Dataset, load
from striate.training import Recipe, parse_recipe

MakeRecipe = Callable[..., Recipe]
Striate = Callable[..., "subprocess.Popen[str]"]

# Everything that has a state or draws at random.
EVERYTHING = """
epochs = 2
batch = 60
seed = 3
network = '''
input 1x8x8
conv 8 3x3 pad same
batchnorm
relu
conv 8 3x3 pad same
batchnorm
relu
maxpool 2x2
dropout 0.2
flatten
linear 10
'''
[data]
name = "digits"
[[augmentation]]
kind = "shift"
pixels = 1
[[augmentation]]
kind = "alternating_flip"
[[augmentation]]
kind = "noise"
sigma = 0.1
[precision]
compute = "float32"
layout = "channels_last"
pieces = 32
[optimiser]
kind = "muon"
lr = 0.1
others = { kind = "adamw", lr = 0.03 }
[schedule]
kind = "cosine"
warm_up = 0.1
[average]
decay = 0.7
every = 3
lookahead = true
[initialisation]
weights = "he"
first_layer = "whitened"
[evaluation]
shift = 1
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def digits(cache: Path) -> Dataset:
    return load("digits", cache=cache)


@pytest.fixture(scope="session")
def plain() -> MakeRecipe:
    """A recipe of a small network without batch normalisation, with changes."""

    def make(**changes: Any) -> Recipe:
        return parse_recipe(PLAIN, "the plain recipe", name="plain", **changes)

    return make


@pytest.fixture(scope="session")
def everything() -> MakeRecipe:
    """A recipe with everything that has a state or draws at random, with changes."""

    def make(**changes: Any) -> Recipe:
        return parse_recipe(EVERYTHING, "the recipe of everything", name="everything", **changes)

    return make


@pytest.fixture(scope="session")
def striate(cache: Path, digits: Dataset) -> Iterator[Striate]:
    """Start `striate` with one thread in a process of its own, which ends with the tests."""
    environment = os.environ | {
        "STRIATE_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "",
    }
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, processes: int = 1) -> "subprocess.Popen[str]":
        program = [sys.executable, "-m", "striate"]
        if processes > 1:
            program = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
            program += ["--nproc-per-node", str(processes), "-m", "striate"]
        process = subprocess.Popen(
            [*program, *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
