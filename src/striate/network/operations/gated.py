"""Gated linear units: the first half of an axis times the sigmoid of the second."""

from striate.network.access import Axis, elementwise, with_axis
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.operations.operation import Operation, Reads
from striate.network.reach import Same


def _halves(call: Call) -> Reads:
    node = call.subject
    axis = call.axis("dim", len(node.shape))
    first = elementwise(node.shape, node.shape)
    return (
        (node, first),
        (node, with_axis(first, axis, Axis(axis, Same(call.output[axis])))),
    )


GATED = Operation(Kind.ACTIVATION, _halves)
