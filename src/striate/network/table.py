"""The table of a network: its layers with sizes, receptive fields and costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from striate.geometry import TransposedWindow, Window, plain_jump
from striate.network.access import Region, Sliding, clipped
from striate.network.box import regions_below
from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.node import Node, Windows, nodes_in
from striate.network.reach import elements


@dataclass(frozen=True, slots=True)
class Row:
    """One layer; everything is for one example.

    `receptive_field`, `jump` and `start` have one entry a spatial axis of the input, None where
    there is no one number; `everything` names the layer since which units see all that any sees.
    `multiply_adds` by the convention of `striate.geometry`, `share` the part of all of them.
    """

    layer: str
    kind: Kind
    operation: str
    module: str
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
    unused_parameters: int


@dataclass(frozen=True, slots=True)
class Table:
    """A network's layers and their totals."""

    rows: tuple[Row, ...]
    totals: Totals

    def plain(self) -> dict[str, Any]:
        """The table in dicts, lists and numbers, as JSON takes it: `layers` and `totals`."""
        totals = self.totals
        return {
            "layers": [_plain(row) for row in self.rows],
            "totals": {
                "parameters": totals.parameters,
                "multiply_adds": totals.multiply_adds,
                "activation_bytes": totals.activation_bytes,
                "unused_parameters": totals.unused_parameters,
            },
        }


def table_of(graph: Graph, unused_parameters: int) -> Table:
    """The table of a graph; the module has so many parameters that it does not use."""
    total = sum(node.multiply_adds for node in graph.layers)
    notes = _notes(graph)
    rows = tuple(_row(node, total, tuple(notes[node])) for node in graph.layers)
    totals = Totals(
        sum(row.parameters for row in rows),
        total,
        sum(row.activation_bytes for row in rows),
        unused_parameters,
    )
    return Table(rows, totals)


def _row(node: Node, total: int, notes: tuple[str, ...]) -> Row:
    sight = node.sight
    return Row(
        node.name,
        node.kind,
        node.operation,
        node.module_type,
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
        notes,
    )


def _notes(graph: Graph) -> dict[Node, list[str]]:
    """What is worth knowing of each layer beyond its numbers."""
    notes = {node: [*_left_out(node)] for node in graph.layers}
    for node in graph.layers:
        if _larger_than_input(node, graph) and not any(
            _larger_than_input(operand, graph) for operand in node.operands
        ):
            sizes = "x".join(str(size) for size in node.sight.sizes_seen)
            whole = "x".join(map(str, graph.inputs[0].shape[2:]))
            notes[node].append(f"sees {sizes}, more than the {whole} input, from here on")
    unused = {node: node.size[0] - len(region[1]) for node, region in _read(graph).items()}
    for node, count in unused.items():
        below = [(operand.size[:1], unused.get(operand)) for operand in node.operands]
        if count and (node.size[:1], count) not in below:  # said once, where they are made
            notes[node].append(f"{count} of {node.size[0]} {_named(node, graph)} are not used")
    return notes


def _named(node: Node, graph: Graph) -> str:
    """What the entries along a layer's first axis are; they need not be channels in a sequence."""
    along = len(node.shape) == 2 or len(node.shape) == len(graph.inputs[0].shape)
    channels = along and all(axis.axis != 1 for axis in node.sight.axes)
    return "channels" if channels else "entries of the first axis"


_AXES = {1: ("positions",), 2: ("rows", "columns"), 3: ("frames", "rows", "columns")}


def _left_out(node: Node) -> Iterator[str]:
    """What of its input a sliding layer never reads."""
    for operand, access in node.reads:
        if not isinstance(access, Sliding) or len(node.windows) not in _AXES:
            continue
        dropped, skipped = [], []
        first = len(operand.shape) - len(node.windows)
        for axis, name in enumerate(_AXES[len(node.windows)], start=first):
            read, size = access.axes[axis], operand.shape[axis]
            if read.output is None or not isinstance(read.reach, Window | TransposedWindow):
                continue
            found = elements(read.reach, np.arange(node.shape[read.output]))
            inside = found[(found >= 0) & (found < size)]
            behind = size - 1 - int(inside[-1]) if len(inside) else size
            between = size - len(inside) - behind
            dropped += [f"{behind} of {size} {name}"] if behind and not between else []
            skipped += [f"{behind + between} of {size} {name}"] if between else []
        if dropped:
            yield f"drops the last {_listed(dropped)} of {operand.name}: the stride does not fit"
        if skipped:
            yield f"no window reads {_listed(skipped)} of {operand.name}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _larger_than_input(node: Node, graph: Graph) -> bool:
    sizes = node.sight.sizes_seen
    return any(
        seen is not None and seen > size
        for seen, size in zip(sizes, graph.inputs[0].shape[2:], strict=False)
    )


def _read(graph: Graph) -> dict[Node, Region]:
    """What of each layer's output is read on the way to the network's outputs."""
    found: dict[Node, Region] = {}
    for output in dict.fromkeys(nodes_in(graph.outputs)):
        whole = clipped(tuple(np.arange(size) for size in output.shape), output.shape)
        if whole is None:
            continue
        for node, region in regions_below(graph, output, whole).items():
            known = found.get(node)
            if known is None:
                found[node] = region
            else:
                found[node] = tuple(np.union1d(a, b) for a, b in zip(known, region, strict=True))
    return {node: region for node, region in found.items() if len(node.shape) > 1}


def _plain(row: Row) -> dict[str, Any]:
    return {
        "layer": row.layer,
        "kind": str(row.kind),
        "operation": row.operation,
        "module": row.module,
        "window": [_plain_window(window) for window in row.windows],
        "output": list(row.output),
        "receptive_field": list(row.receptive_field),
        "jump": [None if jump is None else plain_jump(jump) for jump in row.jump],
        "start": list(row.start),
        "everything": row.everything,
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
        "activation_bytes": row.activation_bytes,
        "share": row.share,
        "notes": list(row.notes),
    }


def _plain_window(window: Window | TransposedWindow) -> dict[str, Any]:
    return {
        "kernel": window.kernel,
        "stride": window.stride,
        "padding": [window.before, window.after],
        "dilation": window.dilation,
        "transposed": isinstance(window, TransposedWindow),
    }
