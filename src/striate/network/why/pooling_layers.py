"""Striate's own poolings, which stand in a network as one node each."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, inf
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from striate.layers.pooling import (
    AveragePool,
    FractionalMaxPool,
    GaussianL2Pool,
    GlobalPool,
    LpPool,
    MixedPool,
)
from striate.network.why.condensed import (
    Winner,
    first_largest,
    maximum,
    norm,
    sum_step,
    value_at,
)
from striate.network.why.context import Context
from striate.network.why.formula import count_of, factor, number, size_of
from striate.network.why.pooled import read_window, window_mean, window_places
from striate.network.why.subject import subject
from striate.network.why.why import Arithmetic, Mask, Patch, Step

Pool = TypeVar("Pool", bound=nn.Module)

_DIGITS = 15  # of a share of at most 1: what comes after them is left of waves that cancel


def _explain_max(context: Context) -> Arithmetic:
    patch = read_window(context, window_places(context), fill=-inf)
    return maximum([patch], f"y = max of the {_size(patch)} window")


def _explain_average(context: Context) -> Arithmetic:
    return window_mean(context, count_padding=_pool(context, AveragePool).count_padding)


def _explain_top_left(context: Context) -> Arithmetic:
    patch = read_window(context, window_places(context))
    winner = 0, tuple(map(int, np.argwhere(patch.inside)[0]))
    step = Step("first", f"of {count_of(int(patch.inside.sum()))}", value_at([patch], winner))
    return Arithmetic(f"y = first value of the {_size(patch)} window", (patch,), (step,), winner)


def _explain_lp(context: Context) -> Arithmetic:
    """Lp pooling, the one with a Gaussian window too."""
    layer = _pool(context, LpPool)
    patch = read_window(context, window_places(context))
    table = layer.window_weights(patch.values.shape, torch.zeros((), dtype=torch.float64))
    p = number(layer.p)
    if table is not None:
        patch = replace(patch, weights=table.numpy())
    if layer.p == inf:
        which = "" if table is None else " of positive weight"
        summary = f"y = max |x|{which} in the {_size(patch)} window"
    else:
        times = "" if table is None else "w "
        summary = f"y = (sum of {times}|x|^{p})^(1/{p}) over the {_size(patch)} window"
        if isinstance(layer, GaussianL2Pool):
            summary += f", w a Gaussian of sigma {_sigma(layer, patch)}"
    return norm([patch], layer.p, summary)


def _sigma(layer: GaussianL2Pool, patch: Patch) -> str:
    if layer.sigma is None:
        return " x ".join(number(size / 4) for size in patch.values.shape)
    given = layer.sigma if isinstance(layer.sigma, tuple) else (layer.sigma,)
    return " x ".join(map(number, given))


def _explain_mixed(context: Context) -> Arithmetic:
    layer = _pool(context, MixedPool)
    average = window_mean(context, count_padding=False)
    patch = average.patches[0]
    largest = maximum([patch], "")
    top, middle = largest.steps[-1].value, average.steps[-1].value
    if layer.logit is not None:
        logit = float(layer.logit.detach())
        a, how = 1 / (1 + exp(-logit)), f"learned, 1 / (1 + exp(-{factor(logit)}))"
    elif not isinstance(layer.a, str):
        a, how = float(layer.a), "as given"
    elif not context.training:
        a, how = 0.5, "the expectation of 0 or 1"
    else:
        nearer_maximum = abs(context.value - top) <= abs(context.value - middle)
        a, how = float(nearer_maximum), "drawn, known by the value"
    formula = f"{number(a)} * {factor(top)} + {number(1 - a)} * {factor(middle)}"
    steps = (
        *largest.steps,
        *average.steps,
        Step("a", how, a),
        Step("value", formula, a * top + (1 - a) * middle),
    )
    summary = f"y = a max + (1 - a) mean of the {_size(patch)} window"
    return Arithmetic(summary, (patch,), steps, largest.winner)


def _explain_stochastic(context: Context) -> Arithmetic:
    patch = read_window(context, window_places(context))
    sizes = patch.values.clip(min=0)
    total = float(sizes.sum())
    chances = sizes / total if total > 0 else sizes
    patch = replace(patch, weights=chances, terms=chances * sizes)
    positive = Step("sum", f"of {count_of(int(np.count_nonzero(sizes)), 'positive value')}", total)
    window = f"the {_size(patch)} window"
    if not context.training:
        expected = sum_step([patch], "expectation")
        summary = f"y = sum of p x over {window}, p = x / sum of x, negative x being 0"
        return Arithmetic(summary, (patch,), (positive, expected))
    summary = f"y = x drawn from {window} with chance x / sum of x, negative x being 0"
    winner = _holder_of(context.value, patch, sizes > 0)
    if winner is None:
        step = Step("drawn", "nothing is positive", 0.0)
    else:
        chance = number(100 * float(chances[winner[1]]))
        step = Step("drawn", f"with a chance of {chance}%", value_at([patch], winner))
    return Arithmetic(summary, (patch,), (positive, step), winner)


def _holder_of(value: float, patch: Patch, able: Mask) -> Winner | None:
    """Which of the values that may have been drawn was, the first of equal ones."""
    places = np.argwhere(able)
    if not len(places):
        return None
    distances = [abs(float(patch.values[tuple(place)]) - value) for place in places]
    return 0, tuple(map(int, places[int(np.argmin(distances))]))


def _explain_fractional(context: Context) -> Arithmetic:
    layer = _pool(context, FractionalMaxPool)
    spatial, outputs = subject(context).shape[2:], context.node.shape[2:]
    place = context.index[2:]
    if context.training:
        axes = zip(spatial, outputs, place, strict=True)
        reachable = (_reachable(*axis, overlapping=layer.overlapping) for axis in axes)
        patch = read_window(context, tuple(reachable))
        winner = _holder_of(context.value, patch, patch.inside)
        known = "which region was drawn is not recorded; its maximum is the value"
        step = Step("maximum", known, value_at([patch], winner))
        summary = f"y = max of a region drawn within these {_size(patch)} values"
        return Arithmetic(summary, (patch,), (step,), winner)
    regions = [axis[i] for axis, i in zip(layer.regions(spatial), place, strict=True)]
    patch = read_window(context, tuple(range(first, last + 1) for first, last in regions))
    found = maximum([patch], f"y = max of the {_size(patch)} region")
    # The layer reduces one axis after the other: of equal values that in the first column wins.
    turned = replace(patch, terms=patch.terms.T, inside=patch.inside.T)
    best = first_largest([turned])
    assert best is not None
    return replace(found, winner=(0, best[1][::-1]))


def _reachable(size: int, outputs: int, i: int, *, overlapping: bool) -> range:
    """All that region i can hold, whatever is drawn.

    Regions are `step` or step + 1 apart, `longer` of them the latter.
    """
    step, longer = divmod(size - overlapping, outputs)
    first = i * step + max(longer - (outputs - i), 0)
    end = (i + 1) * step + min(i + 1, longer)
    return range(first, end + overlapping)


def _explain_spectral(context: Context) -> Arithmetic:
    spatial, outputs = subject(context).shape[2:], context.node.shape[2:]
    patch = read_window(context, tuple(range(size) for size in spatial))
    weights = np.ones((), np.complex128)
    for size, output, place in zip(spatial, outputs, context.index[2:], strict=True):
        weights = weights[..., None] * _impulse_response(size, output, place)
    shares = weights.real.round(_DIGITS)
    patch = replace(patch, weights=shares, terms=shares * patch.values)
    summary = (
        f"y = sum of w x over the {_size(patch)} map, w the answer to an impulse at x: its "
        f"{size_of(outputs)} lowest frequencies"
    )
    return Arithmetic(summary, (patch,), (sum_step([patch]),))


def _impulse_response(size: int, outputs: int, place: int) -> npt.NDArray[np.complex128]:
    """What each element of an axis adds to one output: the sum of its waves that are kept."""
    kept = np.arange(outputs) - outputs // 2
    turns = np.outer(np.full(size, place / outputs) - np.arange(size) / size, kept)
    return np.asarray(np.exp(2j * np.pi * turns).sum(axis=1) / size)


def _explain_global(context: Context) -> Arithmetic:
    assert isinstance(context.layer, GlobalPool)
    return EXPLANATIONS[type(context.layer.pool).__name__](context)


def _pool(context: Context, kind: type[Pool]) -> Pool:
    """The layer, or the pooling within a global one."""
    layer = context.layer.pool if isinstance(context.layer, GlobalPool) else context.layer
    assert isinstance(layer, kind)
    return layer


def _size(patch: Patch) -> str:
    return size_of(patch.values.shape)


EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {
    "MaxPool": _explain_max,
    "AveragePool": _explain_average,
    "TopLeftPool": _explain_top_left,
    "LpPool": _explain_lp,
    "GaussianL2Pool": _explain_lp,
    "MixedPool": _explain_mixed,
    "StochasticPool": _explain_stochastic,
    "FractionalMaxPool": _explain_fractional,
    "SpectralPool": _explain_spectral,
    "GlobalPool": _explain_global,
}
"""The explanation of each layer by its class's name."""
