"""Linear layers, matrix products and attention: operations that mix all values of some axis."""

from math import prod

from striate.network.access import Axis, Sliding, elementwise, with_axis
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.operations.operation import Operation, Reads, all_of_each, operands
from striate.network.reach import Every


def _linear_reads(call: Call) -> Reads:
    if not call.from_input("input") or call.from_input("weight"):
        return all_of_each(call)
    node = call.subject
    last = len(node.shape) - 1
    same = elementwise(node.shape[:-1], call.output[:-1])
    return ((node, Sliding((*same.axes, Axis(None, Every(0, node.shape[last] - 1))))),)


def _linear_cost(call: Call) -> int:
    return prod(call.shape("weight")) * prod(call.output[:-1])


def _matrix_names(call: Call) -> tuple[str, str]:
    names = [
        name
        for name in ("self", "mat1", "batch1", "other", "mat2", "batch2")
        if name in call.arguments
    ]
    return names[-2], names[-1]


def _product_reads(call: Call) -> Reads:
    """Row i of the first matrix and column j of the second; matrices of 2 axes or more only."""
    left, right = _matrix_names(call)
    if len(call.shape(left)) < 2 or len(call.shape(right)) < 2:
        return all_of_each(call)
    found: Reads = ()
    for node in operands(call):
        same = elementwise(node.shape, call.output)
        if node is call.arguments[left]:
            whole = len(node.shape) - 1
        elif node is call.arguments[right]:
            whole = len(node.shape) - 2
        else:
            found += ((node, same),)
            continue
        found += ((node, with_axis(same, whole, Axis(None, Every(0, node.shape[whole] - 1)))),)
    return found


def _product_cost(call: Call) -> int:
    left, _ = _matrix_names(call)
    return prod(call.output) * call.shape(left)[-1]


def _attention_reads(call: Call) -> Reads:
    found: Reads = ()
    for name in ("query", "key", "value"):
        if call.from_input(name):
            node = call.node(name)
            same = elementwise(node.shape, call.output)
            for axis in (-1,) if name == "query" else (-1, -2):
                place = len(node.shape) + axis
                if name != "value" or axis != -1:
                    same = with_axis(same, place, Axis(None, Every(0, node.shape[place] - 1)))
            found += ((node, same),)
    return found


def _attention_cost(call: Call) -> int:
    query, value = call.shape("query"), call.shape("value")
    keys = call.shape("key")[-2]
    return prod(query) * keys + prod(query[:-1]) * keys * value[-1]


LINEAR = Operation(Kind.LINEAR, _linear_reads, multiply_adds=_linear_cost)
PRODUCT = Operation(Kind.LINEAR, _product_reads, multiply_adds=_product_cost)
ATTENTION = Operation(Kind.LINEAR, _attention_reads, multiply_adds=_attention_cost)
