"""Where the layers of a network stand in a diagram: boxes in ranks and lanes, lines between them.

A convolution, linear layer, pooling or join takes the normalisation, activation and dropout that
follow it into its box. Ranks run downwards from the input; lanes are for branches side by side, and
for the lines that pass by boxes, one for all lines from the same box. A long network continues in
further columns, broken where what crosses is one tensor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.node import Node

_FOLLOWERS = (Kind.NORMALISATION, Kind.ACTIVATION, Kind.DROPOUT)
_RANKS_A_COLUMN = 26

Edge = tuple[int, int]


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
    """A connection from one box to another.

    `lane` is where it runs past the ranks between; None when there are none, and when it leads to
    another column, outside all lanes.
    """

    start: int
    end: int
    lane: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """The ranks first..last, below one another.

    `lanes` are those in use there, from the left; in the `narrow` ones are lines only.
    """

    first: int
    last: int
    lanes: tuple[int, ...]
    narrow: frozenset[int]


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes, the lines between them (by their numbers), and the columns they stand in."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


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
    breaks = _breaks(boxes, edges)
    _place(boxes, edges)
    lines = _lines(boxes, edges, breaks)
    ends = [*breaks[1:], 1 + max(box.rank for box in boxes)]
    columns = [
        _column(first, end - 1, boxes, lines) for first, end in zip(breaks, ends, strict=True)
    ]
    return Diagram(tuple(boxes), tuple(lines), tuple(columns))


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


def _place(boxes: Sequence[Box], edges: Sequence[Edge]) -> None:
    """Give every box a lane."""
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


def _lines(boxes: Sequence[Box], edges: Sequence[Edge], breaks: Sequence[int]) -> list[Line]:
    """Give the lines of each box that pass others a lane, the shorter ones nearer to the boxes."""
    occupied = _Occupied({(box.lane, box.rank) for box in boxes})
    passed: dict[int, range] = {}
    for start, end in edges:
        between = _passed(boxes[start], boxes[end], breaks)
        if len(between) > len(passed.get(start, ())):
            passed[start] = between
    lanes = {}
    for start, between in sorted(passed.items(), key=lambda item: len(item[1])):
        lanes[start] = occupied.first_free(between, boxes[start].lane)
        occupied.take(lanes[start], between)
    return [
        Line(start, end, lanes[start] if _passed(boxes[start], boxes[end], breaks) else None)
        for start, end in edges
    ]


def _passed(start: Box, end: Box, breaks: Sequence[int]) -> range:
    """The ranks between two boxes that a line runs past in their column."""
    broken = any(start.rank < rank <= end.rank for rank in breaks)
    return range(0) if broken else range(start.rank + 1, end.rank)


def _breaks(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[int]:
    """The first rank of each column: broken where all lines that cross come from one box."""
    ranks = 1 + max(box.rank for box in boxes)
    crossing: list[set[int]] = [set() for _ in range(ranks)]
    for start, end in edges:
        for rank in range(boxes[start].rank + 1, boxes[end].rank + 1):
            crossing[rank].add(start)
    count = max(round(ranks / _RANKS_A_COLUMN), 1)
    wanted = ranks / count
    breaks = [0]
    for number in range(1, count):
        around = [rank for rank in range(breaks[-1] + 1, ranks) if len(crossing[rank]) == 1]
        if not around:
            break
        best = min(around, key=lambda rank: abs(rank - number * wanted))
        if best - breaks[-1] > wanted / 2:
            breaks.append(best)
    return breaks


def _column(first: int, last: int, boxes: Sequence[Box], lines: Sequence[Line]) -> Column:
    wide = {box.lane for box in boxes if first <= box.rank <= last}
    passing = {
        line.lane
        for line in lines
        if line.lane is not None and first <= boxes[line.start].rank <= last
    }
    return Column(first, last, tuple(sorted(wide | passing)), frozenset(passing - wide))
