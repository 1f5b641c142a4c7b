"""Output sizes through a chain of layers: formulas, what fits, receptive fields and parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from striate.errors import GeometryError
from striate.geometry import (
    Cost,
    Fit,
    Padding,
    PerAxis,
    ReceptiveField,
    TransposedWindow,
    Window,
    conv_size,
    convolution_cost,
    fitting_paddings,
    flatten_size,
    linear_cost,
    pool_size,
    pooling_cost,
    size_formula,
    transposed_cost,
    transposed_size,
    transposed_windows,
    windows,
)

Kind = Literal["conv", "pool", "transposed", "flatten", "linear"]

_NAMES = {1: ("sample",), 2: ("row", "column"), 3: ("plane", "row", "column")}
_MOST_PADDINGS = 8
_MOST_DRAWN = 40


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is asked for; each kind reads what it has a use for."""

    kind: Kind
    kernel: PerAxis = 1
    stride: PerAxis = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    output_padding: PerAxis = 0
    ceil_mode: bool = False
    filters: int = 1
    bias: bool = True


@dataclass(frozen=True, slots=True)
class SizedAxis:
    """The size along one axis: the formula with its numbers, and how the window fits.

    `starts` are the elements where a window of `extent` elements stops, negative in the padding:
    empty where they are too many to be drawn, and for a transposed convolution.
    """

    formula: str
    fit: Fit
    before: int
    after: int
    extent: int
    starts: tuple[int, ...]
    field: ReceptiveField


@dataclass(frozen=True, slots=True)
class Fitting:
    """A padding, one number an axis, with which the window fits exactly, and what it would give."""

    padding: tuple[int, ...]
    output: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sized:
    """A layer of the chain. `shape` (C, *spatial) is None where nothing is left: see `problem`."""

    layer: Layer
    shape: tuple[int, ...] | None
    axes: tuple[SizedAxis, ...] = ()
    fitting: tuple[Fitting, ...] = ()
    weights: tuple[int, ...] = ()
    cost: Cost = field(default_factory=Cost)
    problem: str = ""


def sized(shape: Sequence[int], layers: Sequence[Layer]) -> tuple[Sized, ...]:
    """The layers of a chain over an input (C, *spatial), up to the first that does not work."""
    found: list[Sized] = []
    now = tuple(shape)
    fields = tuple(ReceptiveField() for _ in now[1:])
    for layer in layers:
        try:
            one = _sized(now, fields, layer)
        except GeometryError as error:
            one = _refused(now, fields, layer, str(error))
        found.append(one)
        if one.shape is None:
            break
        now = one.shape
        fields = tuple(axis.field for axis in one.axes)
    return tuple(found)


def _sized(shape: tuple[int, ...], fields: Sequence[ReceptiveField], layer: Layer) -> Sized:
    channels, spatial = shape[0], shape[1:]
    if layer.kind == "flatten":
        return Sized(layer, (flatten_size(shape),))
    if layer.kind == "linear":
        features = flatten_size(shape)
        return Sized(
            layer,
            (layer.filters,),
            weights=(layer.filters, features),
            cost=linear_cost(features, layer.filters, bias=layer.bias),
        )
    moving = _windows(len(spatial), layer)
    output = _output(spatial, layer)
    axes = _axes(spatial, moving, fields, layer)
    fitting = _fitting(spatial, moving, layer)
    if layer.kind == "pool":
        pooled = (channels, *output)
        return Sized(layer, pooled, axes, fitting, cost=pooling_cost(pooled))
    taps = tuple(window.kernel for window in moving)
    if layer.kind == "conv":
        weights = (layer.filters, channels, *taps)
        cost = convolution_cost(channels, layer.filters, taps, output, bias=layer.bias)
    else:
        weights = (channels, layer.filters, *taps)
        cost = transposed_cost(channels, layer.filters, taps, spatial, output, bias=layer.bias)
    return Sized(layer, (layer.filters, *output), axes, fitting, weights, cost)


def _refused(
    shape: tuple[int, ...], fields: Sequence[ReceptiveField], layer: Layer, problem: str
) -> Sized:
    """What can still be said of a layer that does not work: its formulas and what would fit."""
    spatial = shape[1:]
    try:
        moving = _windows(len(spatial), layer)
        axes = _axes(spatial, moving, fields, layer)
        return Sized(layer, None, axes, _fitting(spatial, moving, layer), problem=problem)
    except GeometryError:
        return Sized(layer, None, problem=problem)


def _windows(axes: int, layer: Layer) -> tuple[Window | TransposedWindow, ...]:
    if axes == 0:
        raise GeometryError(
            f"a {layer.kind} layer slides over axes, and after flattening there are none: put it "
            "before"
        )
    if layer.kind == "transposed":
        return transposed_windows(
            axes,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.output_padding,
            dilation=layer.dilation,
        )
    return windows(axes, layer.kernel, layer.stride, layer.padding, layer.dilation)


def _output(spatial: Sequence[int], layer: Layer) -> tuple[int, ...]:
    if layer.kind == "pool":
        return pool_size(
            spatial,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.dilation,
            ceil_mode=layer.ceil_mode,
        )
    if layer.kind == "transposed":
        return transposed_size(
            spatial,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.output_padding,
            dilation=layer.dilation,
        )
    return conv_size(spatial, layer.kernel, layer.stride, layer.padding, layer.dilation)


def _axes(
    spatial: Sequence[int],
    moving: Sequence[Window | TransposedWindow],
    fields: Sequence[ReceptiveField],
    layer: Layer,
) -> tuple[SizedAxis, ...]:
    ceil_mode = layer.kind == "pool" and layer.ceil_mode
    return tuple(
        SizedAxis(
            size_formula(window, n, ceil_mode, name),
            window.fit(n, ceil_mode) if isinstance(window, Window) else window.fit(n),
            window.before,
            window.after,
            window.extent,
            _starts(window, n, ceil_mode),
            seen.through(window),
        )
        for n, window, seen, name in zip(spatial, moving, fields, _NAMES[len(spatial)], strict=True)
    )


def _starts(window: Window | TransposedWindow, n: int, ceil_mode: bool) -> tuple[int, ...]:
    if isinstance(window, TransposedWindow):
        return ()
    outputs = window.output_size(n, ceil_mode)
    if outputs > _MOST_DRAWN:
        return ()
    return tuple(window.reach(output, output)[0] for output in range(outputs))


def _fitting(
    spatial: Sequence[int], moving: Sequence[Window | TransposedWindow], layer: Layer
) -> tuple[Fitting, ...]:
    """Paddings with which the window fits: the same on every axis, else the least of each."""
    ranges = []
    for n, window in zip(spatial, moving, strict=True):
        if isinstance(window, TransposedWindow):
            return ()
        ranges.append(fitting_paddings(n, window.kernel, window.stride, window.dilation))
    common = [p for p in ranges[0] if all(p in other for other in ranges)]
    choices = [(p,) * len(ranges) for p in common[:_MOST_PADDINGS]]
    if not choices and all(ranges):
        choices = [tuple(found[0] for found in ranges)]
    return tuple(
        Fitting(
            padding,
            conv_size(
                spatial,
                [window.kernel for window in moving],
                [window.stride for window in moving],
                padding,
                layer.dilation,
            ),
        )
        for padding in choices
    )


def units(shape: Sequence[int]) -> int:
    """The number of values in an output: its neurons."""
    return prod(shape)
