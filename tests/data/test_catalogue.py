"""Descriptions, against the real files where these are beside the checkout."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from striate.data import Dataset, describe, names
from striate.data.catalogue import DESCRIPTIONS

FOLDERS = {"mnist": "mnist", "fashion-mnist": "fashion-mnist"}


def test_the_names() -> None:
    assert names() == (
        *("digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "cinc2017", "mitbih"),
    )
    assert all(describe(name).name == name for name in names())


@pytest.mark.parametrize("name", names())
def test_a_description_is_complete(name: str) -> None:
    description = describe(name)
    assert len(set(description.classes)) == len(description.classes) >= 4
    assert len(description.mean) == len(description.std) == description.input_shape[0]
    assert description.licence
    assert re.search(r"\b(19|20)\d\d\b", description.citation)
    assert description.homepage.startswith("http")
    assert bool(description.files) == (name != "digits")
    for file in description.files:
        assert all(url.endswith(f"/{file.name}") for url in file.urls)
        assert file.urls
        assert file.note if file.sha256 is None else re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.bytes is not None
        assert file.bytes > 0


def test_no_file_is_listed_twice() -> None:
    for description in DESCRIPTIONS.values():
        files = [file.name for file in description.files]
        assert len(set(files)) == len(files)


def test_class_counts() -> None:
    sizes = {name: len(describe(name).classes) for name in names()}
    assert sizes == {
        "digits": 10,
        "mnist": 10,
        "fashion-mnist": 10,
        "cifar10": 10,
        "cifar100": 100,
        "cinc2017": 4,
        "mitbih": 5,
    }
    assert list(describe("cifar100").classes) == sorted(describe("cifar100").classes)


@pytest.mark.parametrize("name", FOLDERS)
def test_checksums_of_the_real_files(shared: Path, name: str) -> None:
    for file in describe(name).files:
        content = (shared / "data" / FOLDERS[name] / file.name).read_bytes()
        assert len(content) == file.bytes
        assert hashlib.sha256(content).hexdigest() == file.sha256


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_mean_and_deviation(real: Callable[[str], Dataset], name: str) -> None:
    dataset = real(name)
    planes = np.moveaxis(np.asarray(dataset.train.inputs), 1, 0).reshape(
        dataset.description.input_shape[0], -1
    )
    mean = [plane.mean(dtype=np.float64) for plane in planes]
    std = [plane.std(dtype=np.float64) for plane in planes]
    assert dataset.description.mean == pytest.approx(mean, abs=1e-6)
    assert dataset.description.std == pytest.approx(std, abs=1e-6)
    assert dataset.description.maximum == dataset.train.inputs.max()
