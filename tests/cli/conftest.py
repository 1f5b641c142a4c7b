"""A command line to call in this process, and one finished run for the commands that need one."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from striate.cli import main

RECIPE = '''
title = "A small network"
network = """
input 1x8x8
conv 8 3x3
relu
maxpool 2x2
flatten
linear 10
"""
epochs = 3
batch = 100
[data]
name = "digits"
[optimiser]
kind = "adam"
lr = 0.01
[precision]
compute = "float32"
layout = "contiguous"
pieces = 100
'''


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    output: str
    errors: str


Run = Callable[..., Answer]


def call(*arguments: str | Path) -> Answer:
    """Run the command line with these arguments, in this process."""
    output, errors = io.StringIO(), io.StringIO()
    code = 0
    command = ["striate", *map(str, arguments)]
    with redirect_stdout(output), redirect_stderr(errors), patch.object(sys, "argv", command):
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return Answer(code, output.getvalue(), errors.getvalue())


@pytest.fixture(scope="session")
def striate() -> Run:
    """The command line."""
    return call


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe that trains in a second."""
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def runs(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run, `small`."""
    folder = tmp_path_factory.mktemp("runs")
    answer = call("train", recipe, "--runs", folder)
    assert answer.code == 0, answer.errors
    return folder
