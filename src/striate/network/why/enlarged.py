"""Enlarging and shrinking maps: nearest, linear and cubic interpolation."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce

import numpy as np
import torch

from striate.network.why.context import Context
from striate.network.why.formula import size_of
from striate.network.why.patches import read_patch
from striate.network.why.subject import subject
from striate.network.why.sums import sum_of
from striate.network.why.why import Arithmetic, Grid, Step


def explain_enlarged(context: Context) -> Arithmetic:
    """The values around the place in the smaller map, each with its weight."""
    operand = subject(context)
    axes = range(2, len(operand.shape))
    runs, weights = [], []
    for axis in axes:
        along = _weights(context, axis)[:, context.index[axis]]
        used = np.flatnonzero(along)
        run = range(int(used[0]), int(used[-1]) + 1)
        runs.append(run)
        weights.append(along[run.start : run.stop])
    patch = read_patch(context, operand, (*context.index[:2], *runs))
    shares: Grid = reduce(np.multiply.outer, weights)
    patch = replace(patch, weights=shares, terms=patch.values * shares)
    sizes = " to ".join(size_of(shape[2:]) for shape in (operand.shape, context.node.shape))
    way = next(name for name in _WAYS if name in context.node.operation)
    summary = f"{_WAYS[way]}, {sizes}"
    step = sum_of(patch.terms)
    if shares.size == 1:
        step = Step("moved", f"{operand.name}[{', '.join(map(str, patch.first))}]", step.value)
    return Arithmetic(summary, (patch,), (step,))


# The longest first where one is part of another.
_WAYS = {
    "nearest_exact": "nearest neighbour",
    "nearest": "nearest neighbour",
    "bicubic": "cubic interpolation",
    "linear": "linear interpolation",
}


def _weights(context: Context, axis: int) -> Grid:
    """The weights along one axis, an input a row and an output a column.

    Each axis is interpolated for itself. So torch's own operation on maps that are 1 in one place
    along the axis gives them, with its own rounding of where the outputs lie.
    """
    node, operand = context.node, subject(context)
    size, outputs = operand.shape[axis], node.shape[axis]
    count = len(operand.shape) - 2
    # The other axes have 2 elements: torch 2.13 shrinks maps of width 1 wrongly with antialiasing.
    before, after = [2] * count, [2] * count
    before[axis - 2], after[axis - 2] = size, outputs
    units = torch.eye(size, dtype=context.tensor(operand).dtype)
    shape = [1, size, *(size if place == axis - 2 else 1 for place in range(count))]
    units = units.reshape(shape).expand(1, size, *before).contiguous()
    arguments: list[object] = [after]
    if "align_corners" in node.arguments:
        arguments.append(node.arguments["align_corners"])
    scales = _scales(context, count)
    arguments += [scale if place == axis - 2 else None for place, scale in enumerate(scales)]
    operation = getattr(torch.ops.aten, node.operation).default
    alone = tuple(slice(None) if place == axis - 2 else 0 for place in range(count))
    return context.read(operation(units, *arguments), (0, slice(None), *alone))


def _scales(context: Context, count: int) -> list[float | None]:
    """The factors that were given, axis by axis; torch makes up those that were not."""
    arguments = context.node.arguments
    given = arguments.get("scale_factors")
    if given is not None:
        return [float(factor) for factor in given]
    names = ["scales"] if count == 1 else ["scales_d", "scales_h", "scales_w"][-count:]
    return [arguments.get(name) for name in names]


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = dict.fromkeys(
    (
        *(f"upsample_nearest{axes}d" for axes in (1, 2, 3)),
        *(f"_upsample_nearest_exact{axes}d" for axes in (1, 2, 3)),
        *("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"),
        *("upsample_bicubic2d", "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"),
    ),
    explain_enlarged,
)
