"""Axes that are reduced to one value: means, sums, maxima, norms, variances."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf, log, nan, prod, sqrt

import numpy as np

from striate.network.why.condensed import (
    maximum,
    mean,
    minimum,
    norm,
    product_step,
    real_values,
    sum_step,
)
from striate.network.why.context import Context
from striate.network.why.formula import count_of, factor, listed, number
from striate.network.why.joined import explain_maximum, explain_minimum
from striate.network.why.subject import picked, read_examples, subject
from striate.network.why.why import Arithmetic, Patch, Step


def _reduced_axes(context: Context) -> tuple[int, ...]:
    """The axes that are reduced, all when none are given."""
    axes = len(subject(context).shape)
    given = context.node.arguments.get("dim")
    if given is None or given == [] or axes == 0:
        return tuple(range(axes))
    return tuple(axis % axes for axis in (given if isinstance(given, list | tuple) else [given]))


def _read(context: Context) -> list[Patch]:
    """All that is reduced to the value, a patch an example."""
    operand = subject(context)
    reduced = _reduced_axes(context)
    keep = bool(context.node.arguments.get("keepdim", False))
    at: list[int | range] = []
    outputs = iter(context.index)
    for axis, size in enumerate(operand.shape):
        if axis in reduced:
            at.append(range(size))
            if keep:
                next(outputs)
        else:
            at.append(next(outputs))
    return read_examples(context, operand, at)


def _summary(context: Context, word: str, patches: Sequence[Patch]) -> str:
    count = sum(patch.values.size for patch in patches)
    reduced = ", ".join(map(str, _reduced_axes(context)))
    axes = "axis" if len(_reduced_axes(context)) == 1 else "axes"
    return f"y = {word} of {count_of(count)}, over {axes} {reduced}"


def _explain_mean(context: Context) -> Arithmetic:
    patches = _read(context)
    count = sum(patch.values.size for patch in patches)
    return mean(patches, count, count_of(count), _summary(context, "mean", patches))


def _explain_sum(context: Context) -> Arithmetic:
    patches = _read(context)
    return Arithmetic(_summary(context, "sum", patches), tuple(patches), (sum_step(patches),))


def _explain_product(context: Context) -> Arithmetic:
    patches = _read(context)
    summary = _summary(context, "product", patches)
    return Arithmetic(summary, tuple(patches), (product_step(patches),))


def _explain_largest(context: Context) -> Arithmetic:
    if "other" in context.node.arguments:  # torch.max of two tensors
        return explain_maximum(context)
    patches = _read(context)
    found = maximum(patches, _summary(context, "max", patches))
    return found if picked(context) == 0 else _place(found)


def _explain_smallest(context: Context) -> Arithmetic:
    if "other" in context.node.arguments:
        return explain_minimum(context)
    patches = _read(context)
    found = minimum(patches, _summary(context, "min", patches))
    return found if picked(context) == 0 else _place(found)


def _explain_place_of_largest(context: Context) -> Arithmetic:
    patches = _read(context)
    return _place(maximum(patches, _summary(context, "place of the max", patches)))


def _explain_place_of_smallest(context: Context) -> Arithmetic:
    patches = _read(context)
    return _place(minimum(patches, _summary(context, "place of the min", patches)))


def _explain_both_ends(context: Context) -> Arithmetic:
    """aminmax: the smallest, and as its second result the largest."""
    patches = _read(context)
    if picked(context) == 0:
        return minimum(patches, _summary(context, "min", patches))
    return maximum(patches, _summary(context, "max", patches))


def _explain_median(context: Context) -> Arithmetic:
    """The middle value in order, of two the lower; nan is after all others, or left out."""
    patches = _read(context)
    values = real_values(patches)
    known = values[~np.isnan(values)]
    left_out = context.node.operation == "nanmedian"
    if known.size == 0 or (known.size < values.size and not left_out):
        places, step = np.flatnonzero(np.isnan(values)), Step("median", "nan among them", nan)
    else:
        middle = (known.size - 1) // 2
        ordered = np.sort(known)
        words = f"number {middle + 1} of {known.size:,} in order: {listed(ordered)}"
        step = Step("median", words, float(ordered[middle]))
        places = np.flatnonzero(values == step.value)
    # Of equal values torch may say that any is where the median stands.
    said = int(context.value) if picked(context) == 1 else int(places[0])
    chosen, place = divmod(said if said in places else int(places[0]), patches[0].values.size)
    winner = chosen, tuple(map(int, np.unravel_index(place, patches[0].values.shape)))
    summary = _summary(context, "median", patches)
    found = Arithmetic(summary, tuple(patches), (step,), winner)
    return found if picked(context) == 0 else _place(found)


def _place(found: Arithmetic) -> Arithmetic:
    """Where the winner is, counted over all that was reduced."""
    assert found.winner is not None
    chosen, place = found.winner
    shape = found.patches[chosen].values.shape
    flat = chosen * prod(shape) + int(np.ravel_multi_index(place, shape))
    step = Step("place", "where it is, counted from 0", flat)
    return Arithmetic(found.summary, found.patches, (*found.steps, step), found.winner)


def _explain_norm(context: Context) -> Arithmetic:
    patches = _read(context)
    given = context.node.arguments.get("ord", context.node.arguments.get("p"))
    p = 2.0 if given is None else float(given)
    summary = _summary(context, f"{number(p)}-norm", patches)
    if p not in (0, -inf):
        return norm(patches, p, summary)
    magnitudes = np.abs(real_values(patches))
    if p == 0:
        step = Step("count", "values other than 0", float(np.count_nonzero(magnitudes)))
    else:
        step = Step("minimum", f"min({listed(magnitudes)})", float(magnitudes.min()))
    return Arithmetic(summary, tuple(patches), (step,))


def _explain_log_sum_exp(context: Context) -> Arithmetic:
    patches = _read(context)
    values = real_values(patches)
    largest = Step("maximum", f"max({listed(values)})", float(values.max()))
    powers = [replace(patch, terms=np.exp(patch.values - largest.value)) for patch in patches]
    total = sum_step(powers, "sum of exp(x - maximum)")
    value = log(total.value) + largest.value
    last = Step("log", f"log({number(total.value)}) + {factor(largest.value)}", value)
    summary = _summary(context, "log of the sum of exp", patches)
    return Arithmetic(summary, tuple(powers), (largest, total, last))


def _explain_variance(context: Context) -> Arithmetic:
    """var and std, and with `_mean` the mean as their second result."""
    patches = _read(context)
    name = context.node.operation
    if picked(context) == 1:
        return _explain_mean(context)
    values = real_values(patches)
    average = Step("mean", f"of {count_of(values.size)}", float(values.mean()))
    squares = [replace(patch, terms=(patch.values - average.value) ** 2) for patch in patches]
    total = sum_step(squares, "sum of (x - mean)^2")
    correction = context.node.arguments.get("correction")
    if correction is None:
        correction = float(context.node.arguments.get("unbiased", True))
    divisor = max(values.size - float(correction), 0.0)
    what = count_of(values.size) + (f" - {number(correction)}" if correction else "")
    variance = total.value / divisor if divisor else nan
    steps = [
        average,
        total,
        Step("divisor", what, divisor),
        Step("variance", f"{number(total.value)} / {number(divisor)}", variance),
    ]
    word = "variance"
    if name.startswith("std"):
        word = "standard deviation"
        steps.append(Step(word, f"sqrt({number(variance)})", sqrt(variance)))
    return Arithmetic(_summary(context, word, patches), tuple(squares), tuple(steps))


EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {
    "mean": _explain_mean,
    "sum": _explain_sum,
    "prod": _explain_product,
    **dict.fromkeys(("max", "amax"), _explain_largest),
    **dict.fromkeys(("min", "amin"), _explain_smallest),
    "aminmax": _explain_both_ends,
    **dict.fromkeys(("median", "nanmedian"), _explain_median),
    "argmax": _explain_place_of_largest,
    "argmin": _explain_place_of_smallest,
    **dict.fromkeys(("norm", "linalg_vector_norm"), _explain_norm),
    "logsumexp": _explain_log_sum_exp,
    **dict.fromkeys(("var", "std", "var_mean", "std_mean"), _explain_variance),
}
"""The explanation of each operation by its name."""
