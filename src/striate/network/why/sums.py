"""The end of every weighted sum: its bias, and the value."""

from collections.abc import Iterable

from torch import Tensor

from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.formula import factor, listed, number
from striate.network.why.patches import read_patch
from striate.network.why.why import Arithmetic, Grid, Patch, Step

_MOST_WRITTEN_OUT = 9


def with_bias(
    context: Context,
    summary: str,
    patches: Iterable[Patch],
    products: Grid,
    bias: Tensor | None,
    channel: int,
) -> Arithmetic:
    """The arithmetic of a sum of products to which a channel's bias is added, if there is one."""
    found = list(patches)
    steps = [sum_of(products)]
    if bias is not None:
        total, amount = steps[0].value, float(context.read(bias, (channel,)))
        steps.append(Step("bias", f"bias[{channel}]", amount))
        steps.append(Step("value", f"{number(total)} + {factor(amount)}", total + amount))
        node = context.node.arguments.get("bias")
        if isinstance(node, Node) and node.from_input:
            found.append(read_patch(context, node, (channel,), label="bias"))
    return Arithmetic(summary, tuple(found), tuple(steps))


def sum_of(products: Grid) -> Step:
    """The sum of all products: written out where they are few."""
    few = products.size <= _MOST_WRITTEN_OUT
    words = listed(products, " + ") if few else f"of {products.size:,} products"
    return Step("sum", words, float(products.sum()))
