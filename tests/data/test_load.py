"""Datasets by name, in folders of every arrangement."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import striate.data
from striate.data import describe, load
from striate.errors import DataError

WriteMnist = Callable[..., Path]


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("mnist", "mnist"),
        ("MNIST", "mnist"),
        (" cifar-10 ", "cifar10"),
        ("Fashion_MNIST", "fashion-mnist"),
        ("ecg-cinc2017", "cinc2017"),
        ("mitdb", "mitbih"),
    ],
)
def test_names_and_aliases(name: str, canonical: str) -> None:
    assert describe(name).name == canonical


@pytest.mark.parametrize(
    ("name", "near"),
    [("minst", "mnist"), ("cifar11", "cifar10"), ("fashionmnst", "fashion-mnist")],
)
def test_a_misspelt_name(name: str, near: str) -> None:
    for function in (describe, load):
        with pytest.raises(DataError) as caught:
            function(name)
        assert f'There is no dataset "{name}". Did you mean "{near}"?' in str(caught.value)


@pytest.mark.parametrize("name", ["", "\0", "x" * 10_000, "../../etc/passwd", "数字"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(DataError, match="There is no dataset"):
        load(name)


@pytest.mark.parametrize("inside", ["", "mnist", "MNIST/raw"])
def test_where_the_files_may_lie(tmp_path: Path, write_mnist: WriteMnist, inside: str) -> None:
    write_mnist(tmp_path / "d" / inside)
    assert len(load("mnist", tmp_path / "d").train) == 6


def test_a_sub_folder_of_the_name_comes_first(tmp_path: Path, write_mnist: WriteMnist) -> None:
    write_mnist(tmp_path / "d")
    write_mnist(tmp_path / "d" / "fashion-mnist", first=1)
    assert load("mnist", tmp_path / "d").test.targets.tolist() == [0, 3, 6, 9]
    assert load("fashion-mnist", tmp_path / "d").test.targets.tolist() == [1, 4, 7, 0]


def test_folders_without_the_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"The data folder .*absent does not exist"):
        load("mnist", tmp_path / "absent")
    with pytest.raises(DataError, match=r"No files of mnist are in .*train-images-idx3-ubyte\.gz"):
        load("mnist", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is a file; the data folder is needed"):
        load("mnist", tmp_path / "file")
    with pytest.raises(DataError, match="cannot be read"):
        load("mnist", tmp_path / ("x" * 5000))


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "cinc2017", "mitbih", "fashion-mnist"])
def test_an_empty_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=f'No files of {name} .* sub-folder named "{name}"'):
        load(name, tmp_path)


def test_the_cache_that_is_given(tmp_path: Path, write_mnist: WriteMnist, cache: Path) -> None:
    folder = write_mnist(tmp_path / "d")
    dataset = load("mnist", folder, cache=tmp_path / "mine")
    assert isinstance(dataset.train.inputs, np.memmap)
    assert (tmp_path / "mine" / "decoded").is_dir()
    assert not cache.exists()


def test_the_source_folder_is_left_alone(tmp_path: Path, write_mnist: WriteMnist) -> None:
    folder = write_mnist(tmp_path / "d")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    load("mnist", folder)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_public_names() -> None:
    assert sorted(striate.data.__all__) == list(striate.data.__all__)
    assert all(hasattr(striate.data, name) for name in striate.data.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = striate.data.nothing


def test_describing_needs_no_heavy_library() -> None:
    script = (
        "import sys, striate.data; striate.data.describe('mnist'); striate.data.names()\n"
        "print(sorted({'torch', 'sklearn', 'scipy', 'wfdb', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
