"""The table of a network: its layers with sizes, receptive fields and costs."""

from dataclasses import dataclass
from fractions import Fraction

from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.node import Node, Windows


@dataclass(frozen=True, slots=True)
class Row:
    """One layer; everything is for one example.

    `receptive_field`, `jump` and `start` have one entry a spatial axis of the input, None where
    there is no one number; `everything` names the layer since which units see all that any sees.
    `share` is the layer's part of all multiply-adds.
    """

    layer: str
    kind: Kind
    operation: str
    windows: Windows
    output: tuple[int, ...]
    receptive_field: tuple[int | None, ...]
    jump: tuple[Fraction | None, ...]
    start: tuple[int | None, ...]
    everything: str | None
    parameters: int
    multiply_adds: int
    activation_bytes: int
    share: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the rows; `unused_parameters` are the module's that no layer reads."""

    parameters: int
    multiply_adds: int
    activation_bytes: int
    unused_parameters: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A network's layers and their totals."""

    rows: tuple[Row, ...]
    totals: Totals
    notes: tuple[str, ...] = ()


def table_of(graph: Graph) -> Table:
    """The table of a graph."""
    total = sum(node.multiply_adds for node in graph.layers)
    rows = tuple(_row(node, total) for node in graph.layers)
    return Table(
        rows,
        Totals(
            sum(row.parameters for row in rows),
            total,
            sum(row.activation_bytes for row in rows),
        ),
    )


def _row(node: Node, total: int) -> Row:
    sight = node.sight
    return Row(
        node.name,
        node.kind,
        node.operation,
        node.windows,
        node.size,
        sight.sizes_seen,
        sight.jump,
        sight.start,
        sight.everything,
        node.weights,
        node.multiply_adds,
        node.activation_bytes,
        node.multiply_adds / total if total else 0.0,
    )
