"""Torch's poolings: maximum and mean of windows that slide, or that share the input evenly."""

from collections.abc import Callable
from math import inf, prod

import numpy as np

from striate.geometry import Window
from striate.network.why.condensed import maximum, mean
from striate.network.why.context import Context
from striate.network.why.formula import count_of, size_of
from striate.network.why.patches import read_patch
from striate.network.why.subject import picked, subject
from striate.network.why.why import Arithmetic, Patch, Step


def windows_of(context: Context) -> tuple[Window, ...]:
    """The windows of the operation, one an axis."""
    return tuple(window for window in context.node.windows if isinstance(window, Window))


def window_places(context: Context) -> tuple[range, ...]:
    """The places of the operand that the value's window reads, axis by axis, padding included."""
    windows = windows_of(context)
    starts = (
        output * window.stride - window.before
        for window, output in zip(windows, context.index[-len(windows) :], strict=True)
    )
    return tuple(
        range(start, start + window.extent, window.dilation)
        for start, window in zip(starts, windows, strict=True)
    )


def read_window(context: Context, places: tuple[range, ...], fill: float = 0.0) -> Patch:
    """The values of the operand at the places of its last axes, all else as in the output."""
    at: tuple[int | range, ...] = (*context.index[: -len(places)], *places)
    return read_patch(context, subject(context), at, fill=fill)


def _explain_max(context: Context) -> Arithmetic:
    return _maximum(context, window_places(context))


def _explain_adaptive_max(context: Context) -> Arithmetic:
    return _maximum(context, _shared_places(context))


def _maximum(context: Context, places: tuple[range, ...]) -> Arithmetic:
    patch = read_window(context, places, fill=-inf)
    found = maximum([patch], f"y = max of the {size_of(patch.values.shape)} window")
    return found if picked(context) == 0 else _place(context, found)


def _place(context: Context, found: Arithmetic) -> Arithmetic:
    """Where the maximum is, which is what its second result says."""
    assert found.winner is not None
    number, place = found.winner
    patch = found.patches[number]
    axes = patch.values.ndim
    plane = subject(context).shape[-axes:]
    where = patch.index(place)[-axes:]
    flat = int(np.ravel_multi_index(where, plane))
    step = Step("place", f"{where} counted along the {size_of(plane)} map", flat)
    summary = f"y = where the max of the {size_of(patch.values.shape)} window is"
    return Arithmetic(summary, found.patches, (*found.steps, step), found.winner)


def _explain_average(context: Context) -> Arithmetic:
    override = context.node.arguments.get("divisor_override")
    if override is None:
        return window_mean(context, count_padding=bool(context.argument("count_include_pad")))
    patch = read_window(context, window_places(context))
    summary = f"y = sum of the {size_of(patch.values.shape)} window / {override}"
    return mean([patch], int(override), "the divisor_override", summary)


def window_mean(context: Context, *, count_padding: bool) -> Arithmetic:
    """The mean of the value's window, over its real values or over the zeros of padding too.

    Of a window that hangs over in ceil mode, what lies beyond the padding is never counted.
    """
    places = window_places(context)
    patch = read_window(context, places)
    counted = int(patch.inside.sum())
    what = count_of(counted) if patch.inside.all() else f"{count_of(counted)}, padding not counted"
    if count_padding and not patch.inside.all():
        sizes = subject(context).shape[-len(places) :]
        ends = zip(places, sizes, windows_of(context), strict=True)
        counted = prod(min(run.stop, size + window.after) - run.start for run, size, window in ends)
        what = f"{count_of(counted)}, the padding's zeros counted"
    return mean([patch], counted, what, f"y = mean of the {size_of(patch.values.shape)} window")


def _explain_adaptive_average(context: Context) -> Arithmetic:
    patch = read_window(context, _shared_places(context))
    size = size_of(patch.values.shape)
    return mean(
        [patch], patch.values.size, count_of(patch.values.size), f"y = mean of the {size} window"
    )


def _shared_places(context: Context) -> tuple[range, ...]:
    """Output i of m has the elements floor(i*n/m) .. ceil((i+1)*n/m) - 1 of n."""
    axes = int(context.node.operation.removesuffix("d")[-1])
    inputs, outputs = subject(context).shape[-axes:], context.node.shape[-axes:]
    return tuple(
        range(i * n // m, -(-(i + 1) * n // m))
        for i, n, m in zip(context.index[-axes:], inputs, outputs, strict=True)
    )


_AXES = (1, 2, 3)
EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {
    **{f"max_pool{n}d": _explain_max for n in _AXES},
    **{f"max_pool{n}d_with_indices": _explain_max for n in _AXES},
    **{f"adaptive_max_pool{n}d": _explain_adaptive_max for n in _AXES},
    **{f"avg_pool{n}d": _explain_average for n in _AXES},
    **{f"adaptive_avg_pool{n}d": _explain_adaptive_average for n in _AXES},
}
"""The explanation of each operation by its name."""
