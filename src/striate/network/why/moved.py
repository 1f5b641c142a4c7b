"""Values that are moved, and operations of which only what they read is known."""

from math import prod

import numpy as np

from striate.network.access import clipped
from striate.network.why.context import Context
from striate.network.why.why import Arithmetic, Patch, Step

_MOST_VALUES_SHOWN = 4096


def explain_read(context: Context) -> Arithmetic:
    """What was read; how it gives the value is the operation's own affair."""
    patches = []
    for operand, access in context.node.reads:
        region = clipped(
            access.region(tuple((place, place) for place in context.index)), operand.shape
        )
        if region is None or prod(b - a + 1 for a, b in region) > _MOST_VALUES_SHOWN:
            continue
        slices = tuple(slice(low, high + 1) for low, high in region)
        values = context.read(context.tensor(operand), slices)[0]
        first = tuple(low for low, _ in region[1:])
        axes = tuple(range(len(first)))
        inside = np.ones(values.shape, np.bool_)
        patches.append(Patch(operand.name, first, axes, (1,) * len(axes), values, inside, values))
    step = Step(context.node.operation, f"{context.node.operation}(...)", context.value)
    return Arithmetic(f"{context.node.operation} of what it reads", tuple(patches), (step,))
