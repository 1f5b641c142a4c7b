"""A sheet of a convolution's filters."""

from math import ceil
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from striate.errors import NetworkError
from striate.network.kind import Kind
from striate.network.labels import window_label
from striate.network.network import Network
from striate.network.node import Node
from striate.network.pictures.canvas import MARGIN, Canvas, Values
from striate.network.pictures.colours import Scale, Shade, peak_of, shade_of
from striate.network.pictures.maps import label_map
from striate.network.pictures.numbers import short
from striate.network.rewrite import WholeLayer
from striate.network.why.context import Context

MOST_FILTERS = 256
"""So many filters are on one sheet."""
MOST_OUTPUTS, MOST_INPUTS = 24, 32
"""So many output and input channels are in a grid of outputs by inputs."""

_WIDTH = 12 * 72.0
_BAR = 130.0
_GAP = 6.0
_LABEL = 11.0
_MOST_SLICES = 9
_MOST_HEIGHT = 640.0


def filters_of(network: Network, layer: str) -> Values:
    """A convolution's weights (out, in of a group, *kernel) in float64.

    Those of a transposed convolution are turned round, so that the first axis is the output's.
    Raises NetworkError for what is no convolution and where the weights depend on the input.
    """
    node = network.graph[layer]
    if node.kind is not Kind.CONVOLUTION:
        first = next((n.name for n in network if n.kind is Kind.CONVOLUTION), None)
        hint = f", as {first} is" if first else "; this network has none"
        raise NetworkError(f"{layer} is no convolution and has no filters to draw{hint}")
    context = Context(node, (), {}, network.module)
    groups = _groups(network, layer)
    if isinstance(node.target, WholeLayer):
        whole: Any = context.layer
        weight = whole.weight
    else:
        argument = node.arguments["weight"]
        if isinstance(argument, Node) and argument.from_input:
            raise NetworkError(
                f"the filters of {layer} are computed from the input, each time anew"
            )
        weight = context.number_of(argument)
    values: Values = weight.detach().to("cpu").double().numpy()
    if node.operation.startswith("conv_transpose"):
        values = values.reshape(groups, -1, *values.shape[1:]).swapaxes(1, 2)
        values = values.reshape(-1, *values.shape[2:])
    return values


def draw_filters(
    network: Network, layer: str, scale: Scale | str = Scale.LAYER, *, channel: int | None = None
) -> Figure:
    """A sheet with the filters of a convolution, signed, zero in the middle of the colours.

    Filters of three input channels are drawn in red, green and blue around grey, those of one as
    maps. Of more, a grid shows the slices of each output channel (a row) for each input channel
    (a column), or with `channel` those of one output channel. Kernels of one pixel make one grid,
    a square for each weight. One-dimensional kernels are lines, three-dimensional ones rows of
    slices. With `scale` "unit" each filter has its own largest magnitude at the ends of
    the colours; "layer" and "network" give all of them the layer's.
    Raises NetworkError for what is no convolution and a channel that it does not have.
    """
    weights = filters_of(network, layer)
    if channel is not None and not 0 <= channel < len(weights):
        raise NetworkError(
            f"{layer} has the output channels 0 to {len(weights) - 1}: there is no {channel}"
        )
    own = Scale(scale) is Scale.UNIT
    inputs, kernel = weights.shape[1], weights.shape[2:]
    if channel is not None:
        said = [f"what output channel {channel} weighs of each of {inputs} input channels"]
        return _sheet(network, layer, weights[channel][:, None], said, own, f"channel {channel}: ")
    if set(kernel) == {1} and inputs > 1:
        return _matrix(network, layer, weights.reshape(len(weights), inputs))
    if inputs in (1, 3) and (inputs == 1 or len(kernel) > 1):
        return _sheet(network, layer, weights, [], own)
    return _grid(network, layer, weights, own)


def _sheet(
    network: Network, layer: str, filters: Values, said: list[str], own: bool, of: str = ""
) -> Figure:
    """A sheet of filters (count, 1 or 3, *kernel)."""
    shown = filters[:MOST_FILTERS]
    kernel = filters.shape[2:]
    peak = "its largest magnitude" if own else short(peak_of(shown))
    zero = "zero is white"
    if len(kernel) == 1:
        zero = f"the pale line is zero, the frame's upper edge {peak}"
    elif filters.shape[1] == 3:
        zero = (
            f"in red, green and blue, from minus {peak} (dark) over zero (grey) to {peak} (bright)"
        )
    canvas = Canvas(_WIDTH)
    first = f"first {len(shown)} of " if len(shown) < len(filters) else ""
    y = canvas.heading(
        f"{layer}: {of}{first}{len(filters)} filters" if not said else f"{layer}, {of}filters",
        [*said, _what(network, layer, zero)],
        _WIDTH - 3 * MARGIN - _BAR,
    )
    shades = _shades(shown, own)
    if filters.shape[1] == 1 and len(kernel) > 1:
        canvas.colour_bar(_WIDTH - MARGIN - _BAR, MARGIN, _BAR, shades[0], own_peak=own)
    ratio = _proportions(shown[0])
    target = max(round((10 if len(shown) <= 40 else 16) / max(ratio, 1.0) ** 0.5), 1)
    columns = target if len(shown) <= target else ceil(len(shown) / ceil(len(shown) / target))
    width = (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns
    height = width / ratio
    for number, (values, shade) in enumerate(zip(shown, shades, strict=True)):
        row, column = divmod(number, columns)
        x, top = MARGIN + column * (width + _GAP), y + row * (height + _LABEL + 4)
        label_map(canvas, x, top, width, number, values if own else None)
        _draw(canvas, values, x, top + _LABEL, width, height, shade)
    rows = ceil(len(shown) / columns)
    return canvas.finish(y + rows * (height + _LABEL + 4) + MARGIN - 4)


def _grid(network: Network, layer: str, weights: Values, own: bool) -> Figure:
    """The slices of a few output channels, a row each, for a few input channels."""
    shown = weights[:MOST_OUTPUTS, :MOST_INPUTS]
    peak = "its row's largest magnitude" if own else short(peak_of(shown))
    line = f"the pale line is zero, the frame's upper edge {peak}"
    zero = "zero is white" if weights.ndim > 3 else line
    cut = [
        f"first {part} of {whole}" if part < whole else str(whole)
        for part, whole in zip(shown.shape[:2], weights.shape[:2], strict=True)
    ]
    canvas = Canvas(_WIDTH)
    y = canvas.heading(
        f"{layer}: filters",
        [
            f"rows: {cut[0]} output channels; columns: {cut[1]} input channels"
            + ("" if _groups(network, layer) == 1 else " of their group"),
            _what(network, layer, zero),
        ],
        _WIDTH - 3 * MARGIN - _BAR,
    )
    shades = _shades(shown, own)
    if weights.ndim > 3:
        canvas.colour_bar(_WIDTH - MARGIN - _BAR, MARGIN, _BAR, shades[0], own_peak=own)
    left = MARGIN + 22
    columns = shown.shape[1]
    gap = 4.0 if columns <= 16 else 3.0
    ratio = _proportions(shown[0, :1])
    widest = max(_MOST_HEIGHT / len(shown), 20.0) * ratio
    width = min((_WIDTH - MARGIN - left - (columns - 1) * gap) / columns, widest, 40 * ratio)
    height = width / ratio
    for column in range(columns):
        x = left + column * (width + gap)
        canvas.text(x + width / 2, y + 4, str(column), 7, ha="center")
    for row, (filters, shade) in enumerate(zip(shown, shades, strict=True)):
        top = y + _LABEL + row * (height + gap)
        canvas.text(left - 5, top + height / 2, str(row), 7, ha="right")
        for column, values in enumerate(filters):
            _draw(canvas, values[None], left + column * (width + gap), top, width, height, shade)
    return canvas.finish(y + _LABEL + len(shown) * (height + gap) + MARGIN)


def _matrix(network: Network, layer: str, weights: Values) -> Figure:
    """All weights of kernels of one pixel: output channels down, input channels to the right."""
    canvas = Canvas(_WIDTH)
    y = canvas.heading(
        f"{layer}: weights",
        [
            f"rows: {len(weights)} output channels; columns: {weights.shape[1]} input channels",
            _what(network, layer, "zero is white"),
        ],
        _WIDTH - 3 * MARGIN - _BAR,
    )
    shade = shade_of(True, [peak_of(weights)])
    canvas.colour_bar(_WIDTH - MARGIN - _BAR, MARGIN, _BAR, shade)
    left, rows, columns = MARGIN + 26, *weights.shape
    square = min((_WIDTH - MARGIN - left) / columns, _MOST_HEIGHT / rows, 16.0)
    width, height = square * columns, square * rows
    y += _LABEL
    canvas.image(weights, left, y, width, height, shade)
    canvas.box(left, y, width, height)
    for number in _marks(columns, square, 26):
        canvas.text(left + (number + 0.5) * square, y - 6, str(number), 7, ha="center")
    for number in _marks(rows, square, 12):
        canvas.text(left - 5, y + (number + 0.5) * square, str(number), 7, ha="right")
    return canvas.finish(y + height + MARGIN)


def _marks(count: int, square: float, apart: float) -> range:
    """Numbers to write along a grid, so far apart that they do not touch."""
    step = next(
        step for step in (1, 2, 4, 8, 16, 32, 64, 128, 256, 1 << 20) if step * square >= apart
    )
    return range(0, count, step)


def _shades(filters: Values, own: bool) -> list[Shade]:
    if own:
        return [shade_of(True, [peak_of(each)]) for each in filters]
    return [shade_of(True, [peak_of(filters)])] * len(filters)


def _row_of_slices(values: Values) -> Values:
    """The slices of a filter (C, *kernel) side by side, (C, H, W); there is one in a plane."""
    slices = values.reshape(len(values), -1, *values.shape[-2:])[:, :_MOST_SLICES]
    return np.concatenate([slices[:, number] for number in range(slices.shape[1])], axis=-1)


def _proportions(values: Values) -> float:
    """The width of a filter in its height, as it is drawn."""
    if values.ndim == 2:
        return 1.6
    height, width = _row_of_slices(values).shape[1:]
    return float(width / height)


def _draw(
    canvas: Canvas, values: Values, x: float, y: float, width: float, height: float, shade: Shade
) -> None:
    """Draw a filter (1 or 3, *kernel): a line, a map, or a picture in colours."""
    if values.ndim == 2:
        canvas.trace(values[0], x, y, width, height, shade)
    elif len(values) == 1:
        canvas.image(_row_of_slices(values)[0], x, y, width, height, shade)
    else:
        coloured = 0.5 + _row_of_slices(values) / (2 * shade.high)
        canvas.image(np.moveaxis(coloured, 0, -1), x, y, width, height, None)
    slices = min(values.shape[1], _MOST_SLICES) if values.ndim == 4 else 1
    for number in range(1, slices):
        place = x + number * width / slices
        canvas.lines([[(place, y), (place, y + height)]], "white", 2)
    canvas.box(x, y, width, height)


def _what(network: Network, layer: str, zero: str) -> str:
    node = network.graph[layer]
    return f"{node.operation} {window_label(node.windows)}; {zero}"


def _groups(network: Network, layer: str) -> int:
    node = network.graph[layer]
    if isinstance(node.target, WholeLayer):
        whole: Any = network.module.get_submodule(node.target.path)
        return int(whole.groups)
    return int(node.arguments.get("groups", 1))
