"""Where the layers of a network stand in a diagram: boxes in ranks and lanes, lines between them.

A convolution, linear layer, pooling or join takes the normalisation, activation and dropout that
follow it into its box. Ranks run downwards from the input; lanes are columns for branches, and for
the lines that pass by boxes. A long network continues in further columns, broken where what crosses
is one tensor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.node import Node

_FOLLOWERS = (Kind.NORMALISATION, Kind.ACTIVATION, Kind.DROPOUT)
_RANKS_A_COLUMN = 26


@dataclass(slots=True)
class Box:
    """A layer with what follows it on the same values; `nodes[-1]` gives its output."""

    nodes: list[Node]
    rank: int = 0
    lane: int = 0

    @property
    def node(self) -> Node:
        """The layer that the box is named after."""
        return self.nodes[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A connection from one box to another; `lane` is where it runs past the ranks between."""

    start: int
    end: int
    lane: int


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes, lines, and the first rank of each column."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    columns: tuple[int, ...]

    @property
    def ranks(self) -> int:
        """The number of ranks."""
        return 1 + max(box.rank for box in self.boxes)

    def lanes(self, first: int, last: int) -> int:
        """The number of lanes that the ranks first..last take."""
        boxes = [box.lane for box in self.boxes if first <= box.rank <= last]
        passing = [
            line.lane
            for line in self.lines
            if self.boxes[line.start].rank < last and self.boxes[line.end].rank > first
        ]
        return 1 + max(*boxes, *passing, 0)


@dataclass(slots=True)
class _Occupied:
    """Which ranks of which lanes are taken."""

    taken: set[tuple[int, int]] = field(default_factory=set)

    def free(self, lane: int, ranks: range) -> bool:
        return not any((lane, rank) in self.taken for rank in ranks)

    def first_free(self, ranks: range, start: int = 0) -> int:
        lane = start
        while not self.free(lane, ranks):
            lane += 1
        return lane

    def take(self, lane: int, ranks: range) -> None:
        self.taken.update((lane, rank) for rank in ranks)


def lay_out(graph: Graph) -> Diagram:
    """The diagram of a graph."""
    boxes, owner = _boxes(graph)
    edges = sorted(
        {
            (owner[operand], index)
            for index, box in enumerate(boxes)
            for node in box.nodes
            for operand in node.operands
            if owner[operand] != index
        }
    )
    for start, end in sorted(edges, key=lambda edge: edge[1]):
        boxes[end].rank = max(boxes[end].rank, boxes[start].rank + 1)
    lines = _lanes(boxes, edges)
    return Diagram(tuple(boxes), tuple(lines), tuple(_columns(boxes, lines)))


def _boxes(graph: Graph) -> tuple[list[Box], dict[Node, int]]:
    boxes: list[Box] = []
    owner: dict[Node, int] = {}
    for node in graph.layers:
        follows = node.kind in _FOLLOWERS and len(set(node.operands)) == 1
        if follows:
            below = node.operands[0]
            box = boxes[owner[below]]
            alone = len(graph.readers[below]) == 1 and box.nodes[-1] is below
            if alone and box.node.kind is not Kind.INPUT:
                box.nodes.append(node)
                owner[node] = owner[below]
                continue
        owner[node] = len(boxes)
        boxes.append(Box([node]))
    return boxes, owner


def _lanes(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> list[Line]:
    """Give every box a lane, and every line that passes boxes one of its own."""
    occupied = _Occupied()
    continued: set[int] = set()
    for index, box in enumerate(boxes):
        parents = [start for start, end in edges if end == index]
        wanted = 0
        # Below the parent that nothing has continued yet, the last one first: the longest branch.
        for parent in sorted(parents, key=lambda p: -boxes[p].rank):
            if parent not in continued:
                wanted = boxes[parent].lane
                continued.add(parent)
                break
        if len(parents) > 1:  # a join returns to the lane where its branches parted
            wanted = min(boxes[parent].lane for parent in parents)
        here = range(box.rank, box.rank + 1)
        box.lane = wanted if occupied.free(wanted, here) else occupied.first_free(here)
        occupied.take(box.lane, here)
    lines = []
    for start, end in sorted(edges, key=lambda e: boxes[e[1]].rank - boxes[e[0]].rank):
        between = range(boxes[start].rank + 1, boxes[end].rank)
        lane = boxes[start].lane
        if between:
            straight = occupied.free(lane, between)
            lane = lane if straight else occupied.first_free(between, lane)
            occupied.take(lane, between)
        lines.append(Line(start, end, lane))
    return lines


def _columns(boxes: Sequence[Box], lines: Sequence[Line]) -> list[int]:
    """The first rank of each column: broken where all lines that cross come from one box."""
    ranks = 1 + max(box.rank for box in boxes)
    crossing: list[set[int]] = [set() for _ in range(ranks)]
    for line in lines:
        for rank in range(boxes[line.start].rank + 1, boxes[line.end].rank + 1):
            crossing[rank].add(line.start)
    count = max(round(ranks / _RANKS_A_COLUMN), 1)
    wanted = ranks / count
    columns = [0]
    for number in range(1, count):
        around = [rank for rank in range(columns[-1] + 1, ranks) if len(crossing[rank]) == 1]
        if not around:
            break
        best = min(around, key=lambda rank: abs(rank - number * wanted))
        if best - columns[-1] > wanted / 2:
            columns.append(best)
    return columns
