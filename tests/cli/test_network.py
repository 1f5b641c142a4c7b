"""The network and the input that a command is given, and what is said of those that are none."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Run

TEXT = "input 1x6x6\nconv 3 3x3\nflatten\nlinear 4\n"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "small.txt"
    file.write_text(TEXT)
    return file


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("x" * 5000, "1x6x6", "names no network: File name too long"),
        ("../../etc/nowhere", "1x6x6", "'../../etc/nowhere' is no file"),
        ("digits", f"1x{10**30}x1", "fits in no memory"),
        ("digits", "0x0x0", "--input 0x0x0 is no shape"),
        ("digits", "1x²x3", "--input 1x²x3 is no shape"),
    ],
)
def test_a_network_or_a_shape_that_is_none(
    striate: Run, name: str, shape: str, message: str
) -> None:
    answer = striate("table", name, "--input", shape)
    assert answer.code == 2
    assert message in answer.errors
    assert len(answer.errors) < 500


def test_an_array_whose_head_asks_for_all_memory(
    striate: Run, network: Path, tmp_path: Path
) -> None:
    file = tmp_path / "huge.npy"
    with file.open("wb") as opened:
        head = {"descr": "<f4", "fortran_order": False, "shape": (1, 10**6, 10**8)}
        np.lib.format.write_array_header_1_0(opened, head)
    answer = striate("why", network, file, "conv1", 0, 0, 0)
    assert answer.code == 2
    assert "huge.npy says of itself that it fits in no memory" in answer.errors


def test_an_archive_that_is_called_an_array(striate: Run, network: Path, tmp_path: Path) -> None:
    file = tmp_path / "several.npy"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("first.npy", b"")
    answer = striate("why", network, file, "conv1", 0, 0, 0)
    assert answer.code == 2
    assert "several.npy is an archive of arrays" in answer.errors
