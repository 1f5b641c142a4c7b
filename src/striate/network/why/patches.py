"""Reading part of an operand, padding included."""

from collections.abc import Sequence

import numpy as np
import torch

from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.why import Patch


def read_patch(
    context: Context,
    operand: Node,
    at: Sequence[int | range],
    *,
    fill: float = 0.0,
    label: str = "",
) -> Patch:
    """What stands in an operand at (example, channel, *position), its own terms.

    A range reads a run of places along its axis, which becomes an axis of the patch; those outside
    the operand are padding and hold `fill`. The example is one.
    """
    fixed = tuple(slice(None) if isinstance(place, range) else place for place in at)
    runs = [(axis, place) for axis, place in enumerate(at) if isinstance(place, range)]
    tensor = context.tensor(operand)[fixed]
    inside = np.ones((), np.bool_)
    for number, (axis, run) in enumerate(runs):
        places = torch.arange(run.start, run.stop, run.step, device=tensor.device)
        size = operand.shape[axis]
        tensor = tensor.index_select(number, places.clamp(0, size - 1))
        inside = inside[..., None] & ((places >= 0) & (places < size)).cpu().numpy()
    values = np.where(inside, tensor.to("cpu", torch.float64).numpy(), fill)
    example = at[0] if at else 0
    assert isinstance(example, int)
    return Patch(
        operand.name,
        tuple(place.start if isinstance(place, range) else place for place in at[1:]),
        tuple(axis - 1 for axis, _ in runs),
        tuple(run.step for _, run in runs),
        values,
        inside,
        values,
        label=label,
        example=example,
    )


def same_place(context: Context, operand: Node) -> tuple[int, ...]:
    """The index in an operand of the value that goes with the explained one, by broadcasting."""
    return aligned(context.index, operand.shape)


def aligned(index: tuple[int, ...], shape: Sequence[int]) -> tuple[int, ...]:
    """The index in a tensor of what is broadcast to an index of a larger one."""
    shift = len(index) - len(shape)
    return tuple(0 if size == 1 else index[axis + shift] for axis, size in enumerate(shape))
