"""A contact sheet of a layer's activation maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from matplotlib.figure import Figure

from striate.errors import NetworkError
from striate.network.labels import by
from striate.network.node import Node
from striate.network.pictures.canvas import MARGIN, Canvas, Values, text_width
from striate.network.pictures.colours import (
    GREY,
    Scale,
    Shade,
    is_signed,
    peak_of,
    shade_of,
)
from striate.network.pictures.numbers import short
from striate.network.pictures.stack import layers_with_maps, maps_of
from striate.network.trace import Trace

MOST_MAPS = 256
"""So many maps are on one sheet; more would be too small to see."""

_WIDTH = 12 * 72.0
_COLUMNS = ((2, 3), (5, 5), (32, 8), (96, 12), (MOST_MAPS, 16))  # up to so many maps, so wide
_GAP = 6.0
_LABEL = 11.0
_BAR = 130.0


def draw_maps(
    trace: Trace,
    layer: str,
    scale: Scale | str = Scale.UNIT,
    *,
    channels: Sequence[int] | None = None,
    example: int = 0,
) -> Figure:
    """A sheet with the map of each channel of a layer, one example's.

    Two-dimensional maps are images, one-dimensional ones lines, of three-dimensional ones the
    middle slice is shown. Layers with negative values are drawn from blue over white (zero) to red,
    others from dark (zero) to bright. With `scale` "unit" each map has its own largest
    magnitude at the end of the colours, with "layer" all maps of the layer share it and with
    "network" all layers of the trace that have maps. `channels` are those to draw, 256 at
    most; by default the first 256.
    Raises NetworkError for a layer without maps or channels that it does not have.
    """
    node = trace.graph[layer]
    maps = maps_of(trace, layer, example)
    chosen = _chosen(len(maps), channels, layer)
    shades = shades_of(trace, maps, Scale(scale), example)
    canvas = Canvas(_WIDTH)
    y = canvas.heading(
        _title(layer, chosen, len(maps)),
        [_what(node, maps), _scaled(Scale(scale), shades, maps)],
        _WIDTH - 3 * MARGIN - _BAR,
    )
    shared = Scale(scale) is not Scale.UNIT
    if maps.ndim > 2:
        canvas.colour_bar(_WIDTH - MARGIN - _BAR, MARGIN, _BAR, shades[0], own_peak=not shared)
    grid = _grid(len(chosen), maps.shape[1:])
    for number, channel in enumerate(chosen):
        row, column = divmod(number, grid.columns)
        x = MARGIN + column * (grid.width + _GAP)
        top = y + row * (grid.height + _LABEL + 4)
        label_map(canvas, x, top, grid.width, channel, None if shared else maps[channel])
        draw_map(canvas, maps[channel], x, top + _LABEL, grid.width, grid.height, shades[channel])
    rows = ceil(len(chosen) / grid.columns)
    return canvas.finish(y + rows * (grid.height + _LABEL + 4) + MARGIN - 4)


def shades_of(trace: Trace, maps: Values, scale: Scale, example: int = 0) -> list[Shade]:
    """The shade of each map of a layer."""
    signed = is_signed(maps)
    if scale is Scale.UNIT:
        return [shade_of(signed, [peak_of(each)]) for each in maps]
    peaks = [peak_of(maps)] if scale is Scale.LAYER else network_peaks(trace, example)
    return [shade_of(signed, peaks)] * len(maps)


def network_peaks(trace: Trace, example: int = 0) -> list[float]:
    """The largest magnitude in each layer of a trace that has maps."""
    return [
        peak_of(maps_of(trace, node.name, example))
        for node in layers_with_maps(trace.graph)
        if node.name in trace
    ]


def draw_map(
    canvas: Canvas, values: Values, x: float, y: float, width: float, height: float, shade: Shade
) -> None:
    """Draw one map (*spatial) of one, two or three axes, framed."""
    if values.ndim == 1:
        canvas.trace(values, x, y, width, height, shade)
    else:
        canvas.image(middle_slice(values), x, y, width, height, shade)
    canvas.box(x, y, width, height)


def middle_slice(values: Values) -> Values:
    """The last two axes of a map, in the middle of those before."""
    while values.ndim > 2:
        values = values[len(values) // 2]
    return values


def seen_size(node: Node) -> str:
    """What one unit of a layer sees of the input, in words."""
    sizes = node.sight.sizes_seen
    if node.sight.everything:
        return f"a unit sees everything since {node.sight.everything}"
    if None in sizes:
        return "units see parts of different sizes"
    steps = [str(step) for step in node.sight.jump]
    jump = steps[0] if len(set(steps)) == 1 else by(steps)
    return f"a unit sees {by(sizes)} of the input, neighbours are {jump} apart"


def operation_of(node: Node) -> str:
    """The operation with its window, as `conv2d 3x3`."""
    kernels = [window.kernel for window in node.windows]
    return f"{node.operation} {by(kernels)}" if kernels else node.operation


@dataclass(frozen=True, slots=True)
class _Grid:
    """How many maps stand side by side, and the size of one."""

    columns: int
    width: float
    height: float


def _grid(count: int, shape: Sequence[int]) -> _Grid:
    if len(shape) == 1:
        columns = min(count, 4 if count > 4 else 2)
        return _Grid(columns, _cell_width(columns), 44.0)
    # Maps of extreme proportions are drawn with oblong pixels, or they would be hair's breadths.
    ratio = min(max(shape[-1] / shape[-2], 1 / 3), 6.0)
    most = next(columns for limit, columns in _COLUMNS if count <= limit)
    most = max(round(most / sqrt(ratio)), 1)
    columns = most if count <= most else ceil(count / ceil(count / most))
    width = _cell_width(columns)
    return _Grid(columns, width, width / ratio)


def _cell_width(columns: int) -> float:
    return (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns


def _chosen(count: int, channels: Sequence[int] | None, layer: str) -> list[int]:
    if channels is None:
        return list(range(min(count, MOST_MAPS)))
    outside = [channel for channel in channels if not 0 <= channel < count]
    if outside or not 1 <= len(channels) <= MOST_MAPS:
        what = f"there is no channel {outside[0]}" if outside else f"{len(channels)} are given"
        raise NetworkError(
            f"{layer} has the channels 0 to {count - 1}, and a sheet shows 1 to {MOST_MAPS} of "
            f"them: {what}"
        )
    return list(channels)


def _title(layer: str, chosen: list[int], count: int) -> str:
    if len(chosen) == count:
        return layer
    if chosen == list(range(len(chosen))):
        return f"{layer}: first {len(chosen)} of {count} channels"
    return f"{layer}: {len(chosen)} of {count} channels"


def _what(node: Node, maps: Values) -> str:
    channels = "1 map" if len(maps) == 1 else f"{len(maps)} maps"
    said = f"{operation_of(node)}: {channels} of {by(maps.shape[1:])}; {seen_size(node)}"
    if maps.ndim == 4:
        said += f"; slice {maps.shape[1] // 2} of {maps.shape[1]} is shown"
    return said


def _scaled(scale: Scale, shades: list[Shade], maps: Values) -> str:
    if maps.ndim == 2:
        what = "the pale line is zero; "
        ends = f", from {short(shades[0].low)} to {short(shades[0].high)}"
        span = {
            Scale.UNIT: "each line has a scale of its own, up to the number above it",
            Scale.LAYER: f"all lines have one scale{ends}",
            Scale.NETWORK: f"the lines of all layers have one scale{ends}",
        }[scale]
    else:
        what = "zero is white; " if shades[0].signed else "zero is dark; "
        span = {
            Scale.UNIT: "each map has colours of its own, up to the number above it",
            Scale.LAYER: "all maps have the same colours",
            Scale.NETWORK: "all layers have the same colours",
        }[scale]
    lost = int((~np.isfinite(maps)).sum())
    return what + span + (f"; {lost} values are no finite numbers (magenta)" if lost else "")


def label_map(
    canvas: Canvas, x: float, y: float, width: float, channel: int, own: Values | None
) -> None:
    """The channel's number above its map and, where it has a scale of its own, the end of that."""
    canvas.text(x, y + _LABEL / 2, str(channel), 7)
    if own is None:
        return
    peak = peak_of(own)
    said = "all 0" if peak == 0 else f"±{short(peak)}" if is_signed(own) else short(peak)
    if text_width(str(channel), 7) + text_width(said, 6.5) + 5 <= width:
        canvas.text(x + width, y + _LABEL / 2, said, 6.5, ha="right", color=GREY)
