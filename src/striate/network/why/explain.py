"""Which explanation goes with which operation."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from striate.network.kind import Kind
from striate.network.mutation import Write
from striate.network.node import Node
from striate.network.why import (
    activated,
    attended,
    convolved,
    cumulated,
    dropped,
    enlarged,
    joined,
    moved,
    multiplied,
    normalised,
    pooled,
    pooling_layers,
    reduced,
    softmaxed,
)
from striate.network.why.context import Context
from striate.network.why.pointwise import explain_pointwise, explain_write, is_pointwise
from striate.network.why.why import Arithmetic, Unit, Why

_EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    **activated.EXPLANATIONS,
    **attended.EXPLANATIONS,
    **convolved.EXPLANATIONS,
    **cumulated.EXPLANATIONS,
    **dropped.EXPLANATIONS,
    **enlarged.EXPLANATIONS,
    **joined.EXPLANATIONS,
    **moved.EXPLANATIONS,
    **multiplied.EXPLANATIONS,
    **normalised.EXPLANATIONS,
    **pooled.EXPLANATIONS,
    **pooling_layers.EXPLANATIONS,
    **reduced.EXPLANATIONS,
    **softmaxed.EXPLANATIONS,
}


def explain(
    values: Mapping[Node, Tensor], module: nn.Module, node: Node, index: tuple[int, ...]
) -> Why:
    """The arithmetic behind the value of a node at (example, channel, *position)."""
    by_name = {known.name: known for known in values}
    # A single number has no example either.
    index = tuple(map(int, index[: len(node.shape)]))
    example = index[0] if index else 0

    def at(layer: str, place: tuple[int, ...], value: float, of: int | None = None) -> Unit:
        return Unit(layer, place, value, example if of is None else of, parent)

    def parent(unit: Unit) -> Why:
        return explain(values, module, by_name[unit.layer], (unit.example, *unit.index))

    context = Context(node, index, values, module)
    unit = at(node.name, index[1:], context.value)
    if node.kind is Kind.INPUT:
        return Why(unit, node.kind, node.operation, "a value of the input", (), (), None, at)
    found = explanation_of(node)(context)
    return Why(
        unit, node.kind, node.operation, found.summary, found.patches, found.steps, found.winner, at
    )


def explanation_of(node: Node) -> Callable[[Context], Arithmetic]:
    """How the values of a node are explained.

    By what is known of its operation; one that is element-wise is computed again, and of any other
    there is only what it reads (`explain_read`).
    """
    if isinstance(node.target, Write):
        return explain_write
    if node.operation in _EXPLANATIONS:
        return _EXPLANATIONS[node.operation]
    if is_pointwise(node.operation, node.target):
        return explain_pointwise
    return moved.explain_read
