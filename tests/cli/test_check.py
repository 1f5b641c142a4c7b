"""`striate check`: each line's size and cost, or what is wrong with it."""

import json
from pathlib import Path

import torch

from striate.notation import build

from .conftest import Run

LENET = """# LeNet-5, LeCun et al. 1998
input 1x32x32
conv 6 5x5
tanh
avgpool 2x2
conv 16 5x5
tanh
avgpool 2x2
conv 120 5x5
tanh
flatten
linear 84
tanh
linear 10
"""


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
