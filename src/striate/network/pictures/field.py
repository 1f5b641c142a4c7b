"""The receptive field of a unit, drawn on the input."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from striate.network.box import Box, Span, box_of, checked_index
from striate.network.labels import by
from striate.network.network import Network
from striate.network.node import Node
from striate.network.pictures.canvas import MARGIN, Canvas, Values, fitted
from striate.network.pictures.colours import (
    BLUE,
    BORDER,
    GREY,
    ORANGE,
    is_signed,
    peak_of,
    shade_of,
)
from striate.network.pictures.maps import seen_size
from striate.network.pictures.numbers import short
from striate.network.pictures.pixels import picture_of
from striate.network.pictures.stack import channel_and_place, maps_of, numbers_of, spatial_axes
from striate.network.trace import Trace

_WIDTH = 12 * 72.0
_GAP = 34.0  # room for the numbers along an axis
_PANEL = (_WIDTH - 2 * MARGIN - 3 * _GAP) / 3
_CAPTION = 16.0
_MOST_BARS = 64
_MOST_DOTS = 100
_ROWS_AND_COLUMNS = (("row", "above", "below"), ("column", "left", "right"))
_AXES = {
    1: (("sample", "before", "after"),),
    2: _ROWS_AND_COLUMNS,
    3: (("slice", "before", "after"), *_ROWS_AND_COLUMNS),
}
_VEIL = 0.6  # how much of a picture's contrast is taken away outside the field


def draw_field(
    network: Network,
    trace: Trace,
    layer: str,
    channel: int = 0,
    position: Sequence[int] | int = (),
    *,
    example: int = 0,
) -> Figure:
    """What a unit sees of the input: its exact box on the picture, enlarged, and the unit's map.

    Padding that its window reaches is drawn beyond the picture's border, hatched; the dashed line
    is the whole window with that. Of three-dimensional inputs the slice in the middle of the box is
    shown. Indices are as in `Network.box`.
    Raises NetworkError for a unit that the layer does not have.
    """
    places = (position,) if isinstance(position, int) else tuple(position)
    node = trace.graph[layer]
    index = checked_index(node, (channel, *places))
    box = box_of(trace.graph, node, index)
    value = float(numbers_of(trace, layer, example)[index])
    canvas = Canvas(_WIDTH)
    y = canvas.heading(_title(layer, index, value), _said(node, box)) + _CAPTION
    if len(box.spans) == 1:
        bottom = _draw_signal(canvas, trace, node, index, box, y, example)
    else:
        bottom = _draw_picture(canvas, network, trace, node, index, box, y, example)
    return canvas.finish(bottom + MARGIN)


def _title(layer: str, index: tuple[int, ...], value: float) -> str:
    places = ", ".join(map(str, index[1:]))
    at = f" at ({places})" if len(index) > 2 else f" at {places}" if places else ""
    return f"{layer}, channel {index[0]}{at} = {short(value)}"


def _said(node: Node, box: Box) -> list[str]:
    """What a unit of the layer sees, and what this one does."""
    size = by([span.size for span in box.spans])
    if box.everything and all(span.whole for span in box.spans):
        return [f"it sees everything, as all units do since {box.everything}: {size}"]
    if any(span.last < span.first for span in box.spans):
        return [seen_size(node), "it sees nothing of the input, padding alone"]
    axes = list(zip(_AXES[len(box.spans)], box.spans, strict=True))
    parts = [f"{name}s {span.first} to {span.last}" for (name, _, _), span in axes]
    padding = [
        f"{count} {name}{'s' * (count != 1)} {where}"
        for (name, before, after), span in axes
        for count, where in ((span.padding_before, before), (span.padding_after, after))
        if count
    ]
    also = f", and padding: {', '.join(padding)}" if padding else ""
    return [seen_size(node), f"it sees {', '.join(parts)} of {size}{also}"]


def _draw_picture(
    canvas: Canvas,
    network: Network,
    trace: Trace,
    node: Node,
    index: tuple[int, ...],
    box: Box,
    y: float,
    example: int,
) -> float:
    picture = picture_of(trace, network.preprocessing, example)
    slices = ""
    if len(box.spans) == 3:
        place = max((box.spans[0].first + box.spans[0].last) // 2, 0)
        picture = picture[place]
        slices = f", slice {place}"
    rows, columns = box.spans[-2:]
    x = MARGIN + _GAP - 10
    width, height = _size(_reach(columns), _reach(rows))
    axes = _panel(canvas, x, y, width, height, f"the input{slices}, and the box on it")
    _draw_box(axes, picture, rows, columns)
    bottom = y + height
    x += _PANEL + _GAP
    inside = picture[rows.first : rows.last + 1, columns.first : columns.last + 1]
    if inside.size and not (rows.whole and columns.whole):
        width, height = _size(inside.shape[1], inside.shape[0])
        axes = _panel(canvas, x, y, width, height, "what it sees, enlarged")
        extent = (columns.first - 0.5, columns.last + 0.5, rows.last + 0.5, rows.first - 0.5)
        axes.imshow(inside, extent=extent, interpolation="none", aspect="auto")
        bottom = max(bottom, y + height)
        x += _PANEL + _GAP
    if spatial_axes(node):
        return max(bottom, _draw_own_map(canvas, trace, node, index, x, y, example)) + _GAP
    values = numbers_of(trace, node.name, example)
    axes = _panel(canvas, x, y, _PANEL, _PANEL * 0.6, f"{node.name}, and the unit on it")
    _draw_line(axes, values, index)
    return max(bottom, y + _PANEL * 0.6) + _GAP


def _reach(span: Span) -> int:
    """Pixels along an axis, with the padding that the window reaches."""
    return span.size + span.padding_before + span.padding_after


def _size(columns: int, rows: int) -> tuple[float, float]:
    """The width and height of a panel for so many pixels, which are squares unless it is thin."""
    ratio = min(max(columns / rows, 0.2), 5.0)
    return min(_PANEL, _PANEL * ratio), min(_PANEL, _PANEL / ratio)


def _panel(canvas: Canvas, x: float, y: float, width: float, height: float, caption: str) -> Axes:
    canvas.text(x, y - 8, fitted(caption, max(width, 150), 8.5), 8.5, color=GREY)
    axes = canvas.inset(x, y, width, height)
    axes.tick_params(labelsize=7, length=2.5, color=BORDER)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    for spine in axes.spines.values():
        spine.set_color(BORDER)
        spine.set_linewidth(0.5)
    return axes


def _draw_box(axes: Axes, picture: Values, rows: Span, columns: Span) -> None:
    """Draw the picture, pale outside the box, with the padding that the window reaches."""
    height, width = picture.shape[:2]
    pale = 1 - (1 - picture) * (1 - _VEIL)
    box = (slice(rows.first, rows.last + 1), slice(columns.first, columns.last + 1))
    pale[box] = picture[box]
    top, left = rows.first - rows.padding_before, columns.first - columns.padding_before
    bottom, right = rows.last + rows.padding_after, columns.last + columns.padding_after
    if _reach(rows) > height or _reach(columns) > width:
        first = (-0.5 - columns.padding_before, -0.5 - rows.padding_before)
        paper: dict[str, Any] = {
            "facecolor": "white",
            "edgecolor": BORDER,
            "linewidth": 0.5,
            "hatch": "////",
        }
        axes.add_patch(Rectangle(first, _reach(columns), _reach(rows), **paper, label="padding"))
        axes.add_patch(_outline(top, left, bottom, right, "window", linestyle=(0, (3, 2))))
    smooth = "auto" if max(height, width) > 400 else "none"
    axes.imshow(pale, interpolation=smooth, aspect="auto", zorder=2)
    if rows.last >= rows.first and columns.last >= columns.first:
        axes.add_patch(_outline(rows.first, columns.first, rows.last, columns.last, "box"))
    axes.set_xlim(-0.5 - columns.padding_before, width - 0.5 + columns.padding_after)
    axes.set_ylim(height - 0.5 + rows.padding_after, -0.5 - rows.padding_before)


def _outline(top: int, left: int, bottom: int, right: int, label: str, **style: Any) -> Rectangle:
    """The outline of the pixels from the first to the last row and column."""
    style = {"facecolor": "none", "edgecolor": ORANGE, "linewidth": 1.6, "zorder": 4, **style}
    style["path_effects"] = [withStroke(linewidth=style["linewidth"] + 1.6, foreground="white")]
    first, size = (left - 0.5, top - 0.5), (right - left + 1, bottom - top + 1)
    return Rectangle(first, *size, clip_on=False, label=label, **style)


def _draw_own_map(
    canvas: Canvas,
    trace: Trace,
    node: Node,
    index: tuple[int, ...],
    x: float,
    y: float,
    example: int,
) -> float:
    """Draw the unit's map with the unit on it, and its colours; returns where they end."""
    channel, place = channel_and_place(node, index)
    maps = maps_of(trace, node.name, example)
    values, slices = maps[channel], ""
    while values.ndim > 2:
        values, slices, place = values[place[0]], f", slice {place[0]}", place[1:]
    shade = shade_of(is_signed(maps), [peak_of(values)])
    width, height = _size(values.shape[1], values.shape[0])
    said = f"{node.name}, channel {channel}{slices}, and the unit on it"
    axes = _panel(canvas, x, y, width, height, said)
    limits: dict[str, Any] = {"cmap": shade.map, "vmin": shade.low, "vmax": shade.high}
    axes.imshow(values, interpolation="none", aspect="auto", **limits)
    row, column = place
    axes.add_patch(_outline(row, column, row, column, "unit"))
    canvas.colour_bar(x, y + height + 22, min(width, 130), shade)
    return y + height + 22


def _draw_signal(
    canvas: Canvas,
    trace: Trace,
    node: Node,
    index: tuple[int, ...],
    box: Box,
    y: float,
    example: int,
) -> float:
    (span,) = box.spans
    signal = numbers_of(trace, trace.graph.inputs[0].name, example)[0]
    x, width, height = MARGIN + _GAP, _WIDTH - 2 * MARGIN - _GAP, 110.0
    axes = _panel(canvas, x, y, width, height, "the input, and the span on it")
    axes.plot(signal, color=BLUE, linewidth=0.6)
    axes.set_xlim(-0.5 - span.padding_before, span.size - 0.5 + span.padding_after)
    for first, count in (
        (-0.5 - span.padding_before, span.padding_before),
        (span.size - 0.5, span.padding_after),
    ):
        if count:
            axes.axvspan(
                first,
                first + count,
                facecolor="white",
                edgecolor=BORDER,
                hatch="////",
                label="padding",
            )
    if span.last >= span.first:
        axes.axvspan(span.first - 0.5, span.last + 0.5, facecolor=ORANGE, alpha=0.25, label="box")
    y += height + _GAP
    inside = signal[span.first : span.last + 1]
    if inside.size and not span.whole:
        axes = _panel(canvas, x, y, width, height, "what it sees, enlarged")
        dots = "o" if len(inside) <= _MOST_DOTS else ""
        places = range(span.first, span.last + 1)
        axes.plot(places, inside, color=BLUE, linewidth=0.8, marker=dots, markersize=2.5)
        axes.set_xlim(span.first - 0.5, span.last + 0.5)
        y += height + _GAP
    axes = _panel(
        canvas,
        x,
        y,
        width,
        height,
        f"{node.name}, channel {index[0]}, and the unit on it"
        if spatial_axes(node)
        else f"{node.name}, and the unit on it",
    )
    if spatial_axes(node):
        channel, place = channel_and_place(node, index)
        _draw_line(axes, maps_of(trace, node.name, example)[channel], place)
    else:
        _draw_line(axes, numbers_of(trace, node.name, example), index)
    return y + height + 14


def _draw_line(axes: Axes, values: Values, index: tuple[int, ...]) -> None:
    """Draw values in their order, with the one at the index marked."""
    place = int(np.ravel_multi_index(index, values.shape))
    flat = values.reshape(-1)
    axes.axhline(0, color=BORDER, linewidth=0.5)
    if len(flat) <= _MOST_BARS:
        axes.bar(range(len(flat)), flat, color=BLUE)
    else:
        axes.plot(flat, color=BLUE, linewidth=0.6)
    axes.plot([place], [flat[place]], "o", color=ORANGE, markersize=5, label="unit")
    axes.set_xlim(-0.7, len(flat) - 0.3)
    axes.yaxis.set_major_locator(MaxNLocator(5))
