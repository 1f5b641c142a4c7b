"""Which layers of a deep network are shown."""

from types import ModuleType

import pytest

from striate.network import Kind, Network
from striate.network.pictures.selection import notable
from striate.network.pictures.stack import layers_with_maps

from .conftest import Seen


def test_of_few_layers_all_are_shown(plane: Seen) -> None:
    network, _ = plane
    assert notable(network.graph) == layers_with_maps(network.graph)


def test_of_more_layers_convolutions_poolings_and_outputs_of_blocks() -> None:
    block = "residual\n  conv 4 3x3 pad same\n  batchnorm\n  relu\n  conv 4 3x3 pad same\nrelu\n"
    network = Network("input 1x16x16\n" + 4 * block + "maxpool 2x2\n")
    assert len(layers_with_maps(network.graph)) > 24
    found = [node.name for node in notable(network.graph)]
    blocks = [f"residual{n}.body.conv{c}" for n in range(1, 5) for c in (1, 2)]
    shortcut = ["residual1.shortcut.conv1"]  # the first block has more channels than its input
    assert sorted(found) == sorted(
        [*blocks, *shortcut, "relu1", "relu2", "relu3", "relu4", "pool1"]
    )


def test_of_many_those_that_no_path_goes_around(timm: ModuleType) -> None:
    network = Network("timm:resnet18", (3, 64, 64))
    stages = [f"layer{stage}.{block}.act2" for stage in range(1, 5) for block in range(2)]
    assert [node.name for node in notable(network.graph)] == ["conv1", "maxpool", *stages]


@pytest.mark.parametrize("name", ["mobilenetv3_small_100", "hrnet_w18_small"])
def test_never_more_than_asked_for(timm: ModuleType, name: str) -> None:
    network = Network(f"timm:{name}", (3, 64, 64))
    for most in (24, 10):
        found = notable(network.graph, most)
        assert 8 <= len(found) <= most
        order = [network.graph.layers.index(node) for node in found]
        assert order == sorted(set(order))
        assert any(node.kind is Kind.CONVOLUTION for node in found)
