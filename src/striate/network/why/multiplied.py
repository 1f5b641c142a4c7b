"""Linear layers and products of matrices: a row times a column."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.formula import count_of, factor, number
from striate.network.why.patches import aligned, read_patch
from striate.network.why.subject import read_examples
from striate.network.why.sums import sum_of, with_bias
from striate.network.why.why import Arithmetic, Grid, Patch, Step


def explain_linear(context: Context) -> Arithmetic:
    """Linear layers, over the last axis of however many."""
    weight, bias = context.argument("weight"), context.weight("bias")
    *lead, channel = context.index
    row, values = _line(context, context.argument("input"), (*lead, None))
    column, weights = _line(context, weight, (channel, None))
    patches = _with_weights(row, weights) + _with_weights(column, values)
    summary = f"{count_of(len(values), 'input')}, each times its weight for output {channel}"
    return with_bias(context, summary, patches, values * weights, bias, channel)


def explain_product(context: Context) -> Arithmetic:
    """matmul, mm, bmm, mv, dot: row i of the left times column j of the right."""
    names = [
        name
        for name in ("self", "other", "mat2", "vec", "tensor")
        if name in context.node.arguments
    ]
    left, right = (context.argument(name) for name in names)
    products, patches, summary = _product(context, left, right)
    return with_bias(context, summary, patches, products, None, 0)


def explain_added_product(context: Context) -> Arithmetic:
    """addmm, baddbmm: beta*self + alpha*(left @ right)."""
    names = ("mat1", "mat2") if "mat1" in context.node.arguments else ("batch1", "batch2")
    products, patches, summary = _product(context, *(context.argument(name) for name in names))
    added = context.argument("self")
    beta, alpha = (float(context.argument(name)) for name in ("beta", "alpha"))
    tensor = context.number_of(added)
    here = float(context.read(tensor, aligned(context.index, tuple(tensor.shape))))
    if isinstance(added, Node) and added.from_input:
        patches.append(read_patch(context, added, aligned(context.index, added.shape)))
    total = sum_of(products)
    terms = (f"{_times(beta)}{factor(here)}", f"{_times(alpha)}{factor(total.value)}")
    steps = (
        total,
        Step("added to", "the value there", here),
        Step("value", " + ".join(terms), beta * here + alpha * total.value),
    )
    return Arithmetic(summary, tuple(patches), steps)


def _times(scale: float) -> str:
    return "" if scale == 1 else f"{number(scale)} * "


def _product(context: Context, left: Any, right: Any) -> tuple[Grid, list[Patch], str]:
    """The products of a row and a column, what was read, and a summary."""
    shapes = [tuple(context.number_of(side).shape) for side in (left, right)]
    index = list(context.index)
    # A vector has no axis in the result: on the right the row's place is last, on the left none is.
    column = [index.pop()] if len(shapes[1]) > 1 else []
    row = [index.pop()] if len(shapes[0]) > 1 else []
    batch = tuple(index)
    places = (
        (*aligned(batch, shapes[0][:-2]), *row, None),
        (*aligned(batch, shapes[1][:-2]), None, *column),
    )
    rows, values = _line(context, left, places[0])
    columns, weights = _line(context, right, places[1])
    patches = _with_weights(rows, weights) + _with_weights(columns, values)
    words = " times ".join(
        (
            f"row {row[0]}" if row else "the vector",
            f"column {column[0]}" if column else "the vector",
        )
    )
    summary = f"{words}, {count_of(len(values))} each"
    return values * weights, patches, summary


def _line(context: Context, side: Any, at: tuple[int | None, ...]) -> tuple[list[Patch], Grid]:
    """The values along the axis that is None, as patches too where they come from the input."""
    if not isinstance(side, Node) or not side.from_input:
        slices = tuple(slice(None) if place is None else place for place in at)
        return [], context.read(context.number_of(side), slices)
    axes = zip(at, side.shape, strict=True)
    run = [range(size) if place is None else place for place, size in axes]
    patches = read_examples(context, side, run)
    return patches, np.concatenate([patch.values.reshape(-1) for patch in patches])


def _with_weights(patches: list[Patch], weights: Grid) -> list[Patch]:
    """The patches of a line, each of its values times its weight."""
    found = []
    shares = np.split(weights, len(patches)) if patches else []
    for patch, part in zip(patches, shares, strict=True):
        share = part.reshape(patch.values.shape)
        found.append(replace(patch, weights=share, terms=patch.values * share))
    return found


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    "linear": explain_linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), explain_product),
    **dict.fromkeys(("addmm", "baddbmm"), explain_added_product),
}
