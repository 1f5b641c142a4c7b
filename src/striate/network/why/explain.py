"""Which explanation goes with which operation."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from striate.network.kind import Kind
from striate.network.node import Node
from striate.network.why import moved
from striate.network.why.context import Context
from striate.network.why.why import Arithmetic, Unit, Why

_EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {}


def explain(
    values: Mapping[Node, Tensor], module: nn.Module, node: Node, index: tuple[int, ...]
) -> Why:
    """The arithmetic behind the value of a node at (example, channel, *position)."""
    by_name = {known.name: known for known in values}
    index = index[: len(node.shape)]  # a single number has no example either
    example = index[0] if index else 0

    def at(layer: str, place: tuple[int, ...], value: float, of: int | None = None) -> Unit:
        return Unit(layer, place, value, example if of is None else of, parent)

    def parent(unit: Unit) -> Why:
        return explain(values, module, by_name[unit.layer], (unit.example, *unit.index))

    context = Context(node, index, values, module)
    unit = at(node.name, index[1:], context.value)
    if node.kind is Kind.INPUT:
        return Why(unit, node.kind, node.operation, "a value of the input", (), (), None, at)
    found = _EXPLANATIONS.get(node.operation, moved.explain_read)(context)
    return Why(
        unit, node.kind, node.operation, found.summary, found.patches, found.steps, found.winner, at
    )
