"""Tests of what is printed: the user's own words as they are, on any terminal."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from .conftest import Run


def program(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a program of its own."""
    command = [sys.executable, "-m", "striate", *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, check=False, timeout=60
    )


def test_brackets_and_colons_of_a_network_text_are_no_markup(striate: Run, tmp_path: Path) -> None:
    network = tmp_path / "network.txt"
    network.write_text("input 1x8x8\n[bold]relu[/] [/nope]\nrelu :smile:\n")
    answer = striate("check", network)
    assert answer.code == 2
    assert "[/nope]" in answer.output
    assert ":smile:" in answer.output


def test_brackets_in_names_of_classes_and_files_are_no_markup(
    striate: Run, runs: Path, tmp_path: Path
) -> None:
    run, image = tmp_path / "run", tmp_path / "[red].png"
    shutil.copytree(runs / "small", run)
    description = json.loads((run / "dataset.json").read_text())
    description["classes"] = ["[/red]"] * 10
    (run / "dataset.json").write_text(json.dumps(description))
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(image)
    answer = striate("predict", image, "--run", run)
    assert answer.code == 0, answer.errors
    assert "[red].png: [/red] " in answer.output


@pytest.mark.parametrize("form", ["table", "json"])
def test_output_need_not_be_utf_8(form: str) -> None:
    answer = program("data", "list", "--format", form, PYTHONIOENCODING="ascii")
    assert answer.returncode == 0, answer.stderr
    assert b"mnist" in answer.stdout


def unread(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with a standard output that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "striate", *map(str, arguments)]
    try:
        return subprocess.run(
            command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=600
        )
    finally:
        os.close(writing)


@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_reader_that_has_seen_enough_is_no_error(form: str) -> None:
    done = unread("models", "--format", form)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_training_needs_no_reader(recipe: Path, tmp_path: Path) -> None:
    done = unread("train", recipe, "--runs", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "small" / "summary.json").exists()


def test_a_file_name_that_is_no_text_is_named_in_the_error() -> None:
    answer = program("check", os.fsdecode(b"\xff.txt"))
    assert answer.returncode == 2
    assert b"udcff.txt" in answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 4 GB\nstack"), "smaller batch"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero. "),
    ],
)
def test_an_unforeseen_error_is_a_paragraph_too(striate: Run, error: Exception, words: str) -> None:
    with patch("striate.data.names", side_effect=error):
        answer = striate("data", "list")
        assert answer.code == 2
        assert words in answer.errors
        assert "Traceback" not in answer.errors
        with pytest.raises(type(error)):
            striate("--debug", "data", "list")
