"""Where boxes and lines stand: nothing overlaps, whatever the network."""

from collections import Counter
from itertools import pairwise

import pytest
import torch
from tests.networks import LENET
from tests.random_texts import Writer
from torch import Tensor, nn

from striate.network import Network
from striate.network.diagram import Diagram, lay_out
from striate.network.graph import Graph


def check_layout(graph: Graph) -> Diagram:
    diagram = lay_out(graph)
    boxes = diagram.boxes
    standing = Counter(node for box in boxes for node in box.nodes)
    assert standing == Counter(graph.layers), "every layer in exactly one box"
    places = Counter((box.rank, box.lane) for box in boxes)
    assert max(places.values()) == 1, "no two boxes in one place"

    owner = {node: number for number, box in enumerate(boxes) for node in box.nodes}
    reads = {(owner[below], owner[node]) for node in graph.layers for below in node.operands}
    drawn = [(line.start, line.end) for line in diagram.lines]
    assert sorted(drawn) == sorted((a, b) for a, b in reads if a != b), "each connection once"
    assert all(boxes[start].rank < boxes[end].rank for start, end in drawn), "downwards"

    passing: dict[tuple[int, int], int] = {}
    for line in diagram.lines:
        if line.lane is not None:
            for rank in range(boxes[line.start].rank + 1, boxes[line.end].rank):
                assert (rank, line.lane) not in places, "no line passes through a box"
                before = passing.setdefault((rank, line.lane), line.start)
                assert before == line.start, "lines of different boxes do not run together"
    check_columns(diagram)
    return diagram


def check_columns(diagram: Diagram) -> None:
    boxes, columns = diagram.boxes, diagram.columns
    assert columns[0].first == 0
    assert columns[-1].last == max(box.rank for box in boxes)
    assert all(above.last + 1 == below.first for above, below in pairwise(columns))
    for column in columns:
        crossing = {
            line.start
            for line in diagram.lines
            if boxes[line.start].rank < column.first <= boxes[line.end].rank
        }
        assert len(crossing) == (column.first > 0), "broken where one tensor crosses"
        inside = {box.lane for box in boxes if column.first <= box.rank <= column.last}
        assert inside == set(column.lanes) - column.narrow
        for line in diagram.lines:
            ranks = boxes[line.start].rank, boxes[line.end].rank
            if all(column.first <= rank <= column.last for rank in ranks):
                assert (line.lane is None) == (ranks[1] == ranks[0] + 1)
                assert line.lane is None or line.lane in column.lanes
            elif any(column.first <= rank <= column.last for rank in ranks):
                assert line.lane is None


def test_lenet_is_one_line_of_boxes() -> None:
    diagram = check_layout(Network(LENET).graph)
    names = [[node.name for node in box.nodes] for box in diagram.boxes]
    assert names == [
        *(["input"], ["conv1", "tanh1"], ["pool1"], ["conv2", "tanh2"], ["pool2"]),
        *(["conv3", "tanh3"], ["flatten1"], ["linear1", "tanh4"], ["linear2"]),
    ]
    assert [(box.rank, box.lane) for box in diagram.boxes] == [(rank, 0) for rank in range(9)]


def test_resnet18_has_its_shortcuts_beside() -> None:
    network = Network("resnet18")
    diagram = check_layout(network.graph)
    beside = [box.node.name for box in diagram.boxes if box.lane]
    assert beside == [f"layer{stage}.0.downsample.0" for stage in (2, 3, 4)]
    passing = [line for line in diagram.lines if line.lane is not None]
    # A shortcut without a layer, and the way from each layer on a shortcut down to the sum.
    assert len(passing) == 5 + 3


def test_networks_of_many_branches() -> None:
    for name, widest in (("inception_v3", 6), ("densenet121", 2)):
        diagram = check_layout(Network(name).graph)
        assert len(diagram.columns) > 1
        assert max(len(column.lanes) for column in diagram.columns) <= widest


class Dense(nn.Module):
    """Each layer reads all before it, as DenseNet is written where that is one tensor each."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(1 + i, 1, 1) for i in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        found = [x]
        for layer in self.layers:
            found.append(layer(torch.cat(found, 1)))
        return torch.cat(found, 1)


class TwoInputs(nn.Module):
    """The second input is read far below the first."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Sequential(*(nn.Conv2d(1, 1, 1) for _ in range(60)))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        z = self.deep(x)
        return z + y, z.relu()


def test_what_is_read_by_many_has_one_narrow_lane() -> None:
    diagram = check_layout(Network(Dense(20), (1, 4, 4)).graph)
    (column,) = diagram.columns  # several tensors cross everywhere
    assert len(column.lanes) <= 22
    assert len(column.lanes) == 1 + len(column.narrow)


def test_several_inputs_and_outputs() -> None:
    example = (torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4))
    diagram = check_layout(Network(TwoInputs(), example).graph)
    # The last convolution is read by two: the activation that is an output has a box of its own.
    assert ["relu"] in [[node.operation for node in box.nodes] for box in diagram.boxes]


@pytest.mark.parametrize("blocks", [12, 14, 17])
def test_a_break_inside_a_residual_block(blocks: int) -> None:
    """Where the input of a block crosses, its shortcut goes on in the next column too."""
    block = "residual\n" + "  conv 2 3x3 pad same\n" * 4
    diagram = check_layout(Network("input 2x8x8\n" + block * blocks).graph)
    assert len(diagram.columns) > 1
    boxes = diagram.boxes
    for column in diagram.columns[1:]:
        entering = [line for line in diagram.lines if boxes[line.start].rank == column.first - 1]
        assert entering
        assert {boxes[line.start].node.kind for line in entering} <= {"join", "input"}


def test_random_networks() -> None:
    for seed in range(2000, 2025):
        check_layout(Network(Writer(seed).text()).graph)
