"""`striate check`: each line's size and cost, or what is wrong with it."""

import json
from pathlib import Path

import pytest
import torch
from tests.networks import LENET

from striate.cli.console import output
from striate.notation import build

from .conftest import Run


def test_totals_are_those_of_the_built_network(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "lenet.txt"
    path.write_text(LENET)
    found = json.loads(striate("check", path, "--format", "json").output)
    network = build(LENET)
    assert found["total"]["parameters"] == sum(p.numel() for p in network.parameters()) == 61706
    assert found["output_shape"] == [*network(torch.zeros(1, 1, 32, 32)).shape[1:]]


def test_the_table_has_a_row_for_each_layer(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "lenet.txt"
    path.write_text(LENET)
    answer = striate("check", path)
    assert answer.code == 0
    for words in ("conv 16 5x5", "16x10x10", "61,706", "32x32"):
        assert words in answer.output


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_no_number_is_cut(
    striate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(output, "_width", width)
    path = tmp_path / "wide.txt"
    path.write_text(
        "input 3x224x224\nconv 64 7x7 stride 2 pad 3 bias no\nconv 512 3x3 pad same bias no\n"
    )
    answer = striate("check", path)
    table = [line for line in answer.output.splitlines() if line[:1] in "┏┃│├└"]
    assert max(map(len, table)) <= max(width, 56)
    assert "…" not in answer.output
    assert "304,320 parameters" in answer.output
    assert "512x112x112" in answer.output


def test_a_note_is_told_from_an_error(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "both.txt"
    path.write_text("input 1x28x28\nconv 4 5x5 stride 3\nlinear 10\n")
    said = striate("check", path).output
    assert f"{path}:2:1 note: the last 2 rows" in said
    assert f"{path}:3:1 error: `linear` needs flat values" in said
    assert "    linear 10\n    ^^^^^^\n" in said


def test_every_mistake_has_its_place(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("input 1x8x8\nconv 8 9x9\nrelux\n")
    answer = striate("check", path)
    assert answer.code == 2
    assert f"{path}:2:" in answer.output
    assert "= 0" in answer.output
    assert f"{path}:3:1" in answer.output
    assert "did you mean `relu`?" in answer.output


def test_a_file_that_is_no_text(striate: Run, tmp_path: Path) -> None:
    path = tmp_path / "binary.txt"
    path.write_bytes(b"\xff\xfe\x00")
    for wrong, said in ((path, "not UTF-8"), (tmp_path, "Is a directory"), ("nowhere", "No such")):
        answer = striate("check", wrong)
        assert answer.code == 2
        assert said in answer.errors
