"""`striate data`: listing, getting and showing datasets."""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image

from striate.data import names

from .conftest import Run


def test_all_datasets_are_listed(striate: Run) -> None:
    found = json.loads(striate("data", "list", "--format", "json").output)
    assert [row["name"] for row in found] == [*names()]
    table = striate("data", "list").output
    assert "digits" in table
    assert "embedded" in table


def test_the_embedded_digits_are_there(striate: Run) -> None:
    answer = striate("data", "get", "digits")
    assert answer.code == 0
    assert "1,437 examples to learn from and 360 to test with" in answer.output


def test_files_on_disk_are_checked(striate: Run, shared: Path) -> None:
    answer = striate("data", "get", "mnist", "--data", shared / "data")
    assert "60,000 examples to learn from and 10,000 to test with" in answer.output


def test_classes_are_counted_and_drawn(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "digits.png"
    answer = striate("data", "show", "digits", "--picture", path)
    assert answer.code == 0
    with Image.open(path) as drawn:
        assert len(np.unique(np.asarray(drawn.convert("L")))) > 10
    found = json.loads(striate("data", "show", "digits", "--format", "json").output)
    assert sum(row["training"] for row in found["counts"]) == 1437


def test_mistakes_are_explained(striate: Run, tmp_path: Path) -> None:
    assert 'Did you mean "mnist"?' in striate("data", "show", "mnits").errors
    answer = striate("data", "get", "mnist", "--data", tmp_path)
    assert answer.code == 2
    assert "train-images-idx3-ubyte" in answer.errors


def test_a_picture_that_cannot_be_drawn_leaves_the_old_one(striate: Run, tmp_path: Path) -> None:
    picture = tmp_path / "digits.svg"
    picture.write_text("the old one")
    with patch("matplotlib.figure.Figure.savefig", side_effect=OSError(28, "No space left")):
        answer = striate("data", "show", "digits", "--picture", picture)
    assert answer.code == 2
    assert "cannot write the picture" in answer.errors
    assert picture.read_text() == "the old one"
    assert [*tmp_path.iterdir()] == [picture]
