"""`striate why`, from the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.cli.conftest import Run

from striate.network import Network

TEXT = """\
input 1x6x6
conv 3 3x3 pad 1
maxpool 3x3 stride 2 pad 1
relu
flatten
linear 4
softmax
"""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "small.txt"
    file.write_text(TEXT)
    return file


@pytest.fixture
def array(tmp_path: Path) -> Path:
    file = tmp_path / "input.npy"
    np.save(file, np.arange(36, dtype=np.float32).reshape(1, 6, 6) / 36)
    return file


def strictly(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_one_value_of_each_layer(striate: Run, network: Path, array: Path) -> None:
    traced = Network(network).trace(np.load(array))
    for layer, value in traced.items():
        place = ["0"] * (value.ndim - 1)
        answer = striate("why", network, array, layer, *place)
        assert answer.code == 0, answer.errors
        shown = f"{layer}[{', '.join(place)}] = {float(value.flatten()[0]):.6g}"
        assert answer.output.splitlines()[0] == shown
        data = strictly(striate("why", network, array, layer, *place, "--format", "json").output)
        assert data["value"] == float(value.flatten()[0])


def test_the_parts_as_json(striate: Run, network: Path, array: Path) -> None:
    answer = striate("why", network, array, "pool1", "2", "0", "1", "--format", "json")
    data = strictly(answer.output)
    (patch,) = data["patches"]
    assert patch["inside"] == [[False] * 3, [True] * 3, [True] * 3]
    winner = patch["values"][data["winner"]["place"][0]][data["winner"]["place"][1]]
    assert winner == data["value"] == data["total"]


def test_a_picture_goes_through_the_networks_own_preprocessing(
    striate: Run, runs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "picture.png"
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    Image.fromarray(pixels).save(file)
    answer = striate("why", runs / "small", file, "linear1", "3", "--format", "json")
    assert answer.code == 0, answer.errors
    with torch.no_grad():
        network = Network(runs / "small")
        expected = network.module(network.prepare(file))
    assert strictly(answer.output)["value"] == float(expected[0, 3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convolution", "0", "1", "1"], "the network has no layer 'convolution'; near it: conv1"),
        (["conv1", "0", "1"], "a unit of conv1 has 3 coordinates, for its size is 3x6x6"),
        (["conv1", "3", "0", "0"], "conv1 has the size 3x6x6: there is no unit (3, 0, 0)"),
    ],
)
def test_a_unit_that_does_not_exist(
    arguments: list[str], message: str, striate: Run, network: Path, array: Path
) -> None:
    answer = striate("why", network, array, *arguments)
    assert answer.code == 2
    assert message in answer.errors.replace("\n", " ")


def test_an_array_that_is_none_or_does_not_fit(striate: Run, network: Path, tmp_path: Path) -> None:
    file = tmp_path / "input.npy"
    answer = striate("why", network, file, "conv1", "0", "0", "0")
    assert (answer.code, answer.output) == (2, "")
    assert "there is no file" in answer.errors
    np.save(file, np.array([{"not": "numbers"}]), allow_pickle=True)
    assert "is no array of numbers" in striate("why", network, file, "conv1", "0").errors
    np.save(file, np.zeros((2, 6, 6)))
    assert "has 2 channels" in striate("why", network, file, "conv1", "0").errors
