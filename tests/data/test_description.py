"""Descriptions as plain values, and the way back."""

import json
from typing import Any

import pytest

from striate.data import Description, describe, names
from striate.data.description import did_you_mean
from striate.errors import DataError


@pytest.mark.parametrize("name", names())
def test_there_and_back(name: str) -> None:
    description = describe(name)
    values = json.loads(json.dumps(description.as_dict()))
    assert Description.from_dict(values) == description


def test_derived_values() -> None:
    assert describe("cinc2017").signal
    assert not describe("mnist").signal
    assert describe("mnist").download_bytes == 9_912_422 + 28_881 + 1_648_877 + 4_542
    assert describe("digits").download_bytes == 0


BAD: list[tuple[str, Any, str]] = [
    ("input_shape", [3], "must be channels and sizes"),
    ("input_shape", [], "must be channels and sizes"),
    ("input_shape", [1, 0, 8], "must be channels and sizes"),
    ("input_shape", "abc", "input_shape"),
    ("classes", [], "at least one class"),
    ("classes", [1, None], "classes"),
    ("mean", [1.0, 2.0], "one entry for each of 1 channels"),
    ("mean", [float("nan")], "mean must be finite"),
    ("std", [0.0], "std positive"),
    ("std", [float("nan")], "std positive"),
    ("standardise", "sometimes", "standardise"),
    ("files", [{"name": "a"}], "files"),
    ("colour", "red", "unknown keys: colour"),
    ("name", None, "name"),
]


@pytest.mark.parametrize(("key", "value", "message"), BAD)
def test_bad_values(key: str, value: object, message: str) -> None:
    values = {**describe("digits").as_dict(), key: value}
    with pytest.raises(DataError, match=message):
        Description.from_dict(values)


def test_missing_values() -> None:
    values = describe("digits").as_dict()
    del values["classes"]
    with pytest.raises(DataError, match="classes"):
        Description.from_dict(values)


def test_the_nearest_name() -> None:
    assert did_you_mean("fasion-mnist", names()).startswith('Did you mean "fashion-mnist"?')
    assert did_you_mean("zzz", names()).startswith("The datasets are digits, mnist,")
