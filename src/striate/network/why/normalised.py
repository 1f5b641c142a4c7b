"""Normalisations: a mean, a variance, a scale and a shift."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from striate.layers import ChannelNorm
from striate.network.node import Node
from striate.network.why.condensed import real_values
from striate.network.why.context import Context
from striate.network.why.formula import count_of, factor, number
from striate.network.why.patches import read_patch
from striate.network.why.subject import read_examples, subject
from striate.network.why.why import Arithmetic, Patch, Step

Places = tuple[int | range, ...]

_MOST_VALUES_LISTED = 4096


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What a value is normalised by: how it was found, and what of the input was read for it."""

    steps: tuple[Step, ...]
    mean: float | None
    spread: float
    patches: tuple[Patch, ...] = ()


def _explain_batch(context: Context) -> Arithmetic:
    channel = context.index[1]
    shape = subject(context).shape
    if context.argument("training") or context.argument("running_mean") is None:
        at = tuple(channel if axis == 1 else range(size) for axis, size in enumerate(shape))
        statistics = _of_values(context, at, f"channel {channel} over the batch")
    else:
        statistics = _running(context, channel)
    return _with_arguments(context, statistics, _eps(context), (channel,))


def _explain_instance(context: Context) -> Arithmetic:
    example, channel = context.index[:2]
    if context.argument("use_input_stats"):
        at: Places = (example, channel, *map(range, subject(context).shape[2:]))
        statistics = _of_values(context, at, f"channel {channel} of this example")
    else:
        statistics = _running(context, channel)
    return _with_arguments(context, statistics, _eps(context), (channel,))


def _explain_group(context: Context) -> Arithmetic:
    example, channel = context.index[:2]
    shape, groups = subject(context).shape, int(context.argument("num_groups"))
    size = shape[1] // groups
    group = channel // size
    at: Places = (example, range(group * size, (group + 1) * size), *map(range, shape[2:]))
    statistics = _of_values(context, at, f"group {group} of {groups}, {count_of(size, 'channel')}")
    return _with_arguments(context, statistics, _eps(context), (channel,))


def _explain_layer(context: Context) -> Arithmetic:
    at, place = _last_axes(context)
    statistics = _of_values(context, at, _last(place))
    return _with_arguments(context, statistics, _eps(context), place)


def _explain_root_mean_square(context: Context) -> Arithmetic:
    at, place = _last_axes(context)
    patches = read_examples(context, subject(context), at, label="statistics")
    values = real_values(patches)
    square = float((values**2).mean())
    patches = [replace(patch, terms=patch.values**2) for patch in patches]
    step = Step("mean square", f"{_of(values.size)}, {_last(place)}", square)
    given = context.argument("eps")
    # Without a number torch takes the smallest step of the type that it computes in.
    eps = torch.finfo(context.number_type).eps if given is None else float(given)
    statistics = _Statistics((step,), None, square, _listed(patches))
    return _with_arguments(context, statistics, eps, place)


def _explain_channel_norm(context: Context) -> Arithmetic:
    layer = context.layer
    assert isinstance(layer, ChannelNorm)
    example, channel, *position = context.index
    at: Places = (example, range(subject(context).shape[1]), *position)
    statistics = _of_values(context, at, "the channels at this position")
    return _normalised(context, statistics, layer.eps, (channel,), layer.weight, layer.bias)


def _last_axes(context: Context) -> tuple[Places, tuple[int, ...]]:
    """All that shares its statistics with the value, and the value's place among that."""
    shape = subject(context).shape
    first = len(shape) - len(context.argument("normalized_shape"))
    return (*context.index[:first], *map(range, shape[first:])), context.index[first:]


def _last(place: tuple[int, ...]) -> str:
    return "the last axis" if len(place) == 1 else f"the last {len(place)} axes"


def _eps(context: Context) -> float:
    return float(context.argument("eps"))


def _running(context: Context, channel: int) -> _Statistics:
    """The running statistics, which training has gathered."""
    mean, variance = context.weight("running_mean"), context.weight("running_var")
    assert mean is not None
    assert variance is not None
    steps = (
        Step("mean", f"running mean of channel {channel}", float(mean[channel])),
        Step("variance", f"running variance of channel {channel}", float(variance[channel])),
    )
    return _Statistics(steps, steps[0].value, steps[1].value)


def _of_values(context: Context, at: Places, where: str) -> _Statistics:
    """The mean and variance of part of the input itself; the variance is over n, not n - 1."""
    patches = read_examples(context, subject(context), at, label="statistics")
    values = real_values(patches)
    mean, variance = float(values.mean()), float(values.var())
    patches = [replace(patch, terms=(patch.values - mean) ** 2) for patch in patches]
    steps = (
        Step("mean", f"{_of(values.size)}, {where}", mean),
        Step("variance", "mean of (x - mean)^2 over the same", variance),
    )
    return _Statistics(steps, mean, variance, _listed(patches))


def _of(count: int) -> str:
    left_out = " (too many to list)" if count > _MOST_VALUES_LISTED else ""
    return f"of {count_of(count)}{left_out}"


def _listed(patches: Sequence[Patch]) -> tuple[Patch, ...]:
    """The patches, none when they are too many values to be listed as parents."""
    count = sum(patch.values.size for patch in patches)
    return tuple(patches) if count <= _MOST_VALUES_LISTED else ()


def _with_arguments(
    context: Context, statistics: _Statistics, eps: float, place: tuple[int, ...]
) -> Arithmetic:
    scale, shift = (context.node.arguments.get(name) for name in ("weight", "bias"))
    return _normalised(context, statistics, eps, place, scale, shift)


def _normalised(
    context: Context,
    statistics: _Statistics,
    eps: float,
    place: tuple[int, ...],
    scale: Any,
    shift: Any,
) -> Arithmetic:
    """The value less the mean over the spread, times the scale at a place, plus the shift there.

    The patch of the value has for its weight what it is multiplied by in all.
    """
    own = read_patch(context, subject(context), context.index, label="value")
    x, mean, spread = float(own.values), statistics.mean, statistics.spread
    above = number(x) if mean is None else f"({number(x)} - {factor(mean)})"
    with np.errstate(divide="ignore"):  # a constant without eps is as torch has it
        slope = float(1 / np.sqrt(np.float64(spread + eps)))
    result = (x - (mean or 0.0)) * slope
    name = statistics.steps[-1].label
    steps = [
        *statistics.steps,
        Step("eps", f"added to the {name}", eps),
        Step("normalised", f"{above} / sqrt({number(spread)} + {eps:g})", result),
    ]
    patches: list[Patch] = []
    summary = f"y = (x - mean) / sqrt({name} + eps)"
    if mean is None:
        summary = f"y = x / sqrt({name} + eps)"
    if scale is not None:
        patches += _read_weight(context, scale, place, "scale")
        weight = float(context.number_of(scale)[place])
        steps.append(Step("scaled", f"{number(result)} * {factor(weight)}", result * weight))
        summary += " * scale"
        result *= weight
        slope *= weight
    if shift is not None:
        patches += _read_weight(context, shift, place, "shift")
        bias = float(context.number_of(shift)[place])
        steps.append(Step("shifted", f"{number(result)} + {factor(bias)}", result + bias))
        summary += " + shift"
    own = replace(own, weights=np.asarray(slope), terms=own.values * slope)
    return Arithmetic(summary, (own, *patches, *statistics.patches), tuple(steps))


def _read_weight(context: Context, weight: Any, place: tuple[int, ...], label: str) -> list[Patch]:
    """A scale or shift that is computed from the input has been read too."""
    computed = isinstance(weight, Node) and weight.from_input
    return [read_patch(context, weight, place, label=label)] if computed else []


EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {
    "batch_norm": _explain_batch,
    "instance_norm": _explain_instance,
    "group_norm": _explain_group,
    "layer_norm": _explain_layer,
    "rms_norm": _explain_root_mean_square,
    "ChannelNorm": _explain_channel_norm,
}
"""The explanation of each operation and layer by its name."""
