"""The declaration of one operation."""

from collections.abc import Callable
from dataclasses import dataclass

from striate.network.access import Access, elementwise, everything
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.node import Node, Windows

Reads = tuple[tuple[Node, Access], ...]


def all_of_each(call: Call) -> Reads:
    """Every operand whole: what is assumed of an operation that is not known better."""
    return tuple((node, everything(node.shape)) for node in operands(call))


def each_by_itself(call: Call) -> Reads:
    """Output i reads element i of every operand, with broadcasting."""
    return tuple((node, elementwise(node.shape, call.output)) for node in operands(call))


def operands(call: Call) -> tuple[Node, ...]:
    """The nodes among the arguments that come from the network's input, each use of them."""
    found: list[Node] = []
    for value in call.arguments.values():
        entries = value if isinstance(value, list | tuple) else (value,)
        found += [entry for entry in entries if isinstance(entry, Node) and entry.from_input]
    return tuple(found)


def no_windows(call: Call) -> Windows:  # noqa: ARG001 (as the others)
    """It does not slide."""
    return ()


def free(call: Call) -> int:  # noqa: ARG001 (as the others)
    """It multiplies nothing that the convention counts."""
    return 0


@dataclass(frozen=True, slots=True)
class Operation:
    """What is known of an operation.

    `multiply_adds` counts those of the whole batch.
    """

    kind: Kind
    reads: Callable[[Call], Reads] = all_of_each
    windows: Callable[[Call], Windows] = no_windows
    multiply_adds: Callable[[Call], int] = free
