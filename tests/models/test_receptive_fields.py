from typing import Any

import pytest
import torch

from striate.models import Entry, describe, entries, receptive_field
from striate.network import Network


def or_exhaustive(entry: Entry) -> Any:
    """The name of an entry, left to the exhaustive run unless it is captured in no time."""
    small = entry.parameters < 1_300_000
    return pytest.param(entry.name, marks=[] if small else [pytest.mark.exhaustive])


@pytest.mark.parametrize("name", [or_exhaustive(entry) for entry in entries()])
def test_it_is_what_the_captured_network_says(name: str) -> None:
    entry = describe(name)
    with torch.device("meta"):
        network = Network(
            entry.build(input_shape=entry.input_shape, classes=entry.classes),
            torch.empty(1, *entry.input_shape),
        )
    known = [row for row in network.table().rows if None not in row.receptive_field]
    windowless = len(known) == 1
    expected = entry.input_shape[1:] if windowless else known[-1].receptive_field
    assert receptive_field(name) == expected


def test_every_network_has_one() -> None:
    for entry in entries():
        assert len(receptive_field(entry.name)) == len(entry.input_shape) - 1


@pytest.mark.parametrize(
    ("name", "size"),
    # Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks, 2019.
    [("alexnet_2012", 195), ("vgg16", 212)],
)
def test_published_sizes(name: str, size: int) -> None:
    assert receptive_field(name) == (size, size)
