"""The operand of operations that have one."""

from collections.abc import Sequence

from striate.network.node import Node
from striate.network.rewrite import Pick
from striate.network.why.context import Context
from striate.network.why.patches import read_patch
from striate.network.why.why import Patch


def subject(context: Context) -> Node:
    """The operand of an operation that has one."""
    found: Node = context.argument("self" if "self" in context.node.arguments else "input")
    return found


def picked(context: Context) -> int:
    """Which result is meant of an operation that has several."""
    return context.node.target.index if isinstance(context.node.target, Pick) else 0


def read_examples(
    context: Context, operand: Node, at: Sequence[int | range], *, label: str = ""
) -> list[Patch]:
    """What stands in an operand, as `read_patch`, but a patch an example where a run is read."""
    if not at or isinstance(at[0], int):
        return [read_patch(context, operand, at, label=label)]
    return [read_patch(context, operand, (n, *at[1:]), label=label) for n in at[0]]
