"""A whole network on one sheet: a row of activation maps for each layer."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from striate.errors import NetworkError
from striate.network.answer import Guess, guesses
from striate.network.labels import by
from striate.network.network import Network
from striate.network.node import Node
from striate.network.pictures.canvas import MARGIN, Canvas, Values, fitted, text_width
from striate.network.pictures.colours import BLUE, GREY, Scale, Shade, peak_of, shade_of
from striate.network.pictures.maps import draw_map, network_peaks, operation_of, shades_of
from striate.network.pictures.numbers import short
from striate.network.pictures.pixels import picture_of
from striate.network.pictures.selection import notable
from striate.network.pictures.stack import maps_of, numbers_of
from striate.network.trace import Trace

MOST_LAYERS = 24
"""So many layers are shown when none are named."""

_WIDTH = 12 * 72.0
_WORDS = 176.0  # what is said of a layer, left of its maps
_BAR = 70.0  # the scale of a layer, right of them
_MAP = 46.0
_TRACES = 4  # side by side, of a signal's channels
_GAP = 5.0
_LABEL = 9.0
_BETWEEN = 9.0
_PICTURE = 104.0


def draw_network(
    network: Network,
    trace: Trace,
    layers: Sequence[str] | None = None,
    scale: Scale | str = Scale.UNIT,
    *,
    example: int = 0,
) -> Figure:
    """A sheet with a row for each layer: its name, its size, what a unit sees, and its first maps.

    Above them stand the input and, where the network has classes, what it takes the input for.
    `layers` are those to show; by default up to 24 with maps: all, or else convolutions, poolings
    and the outputs of blocks, or else some of those (see `notable`). `scale` is as in `draw_maps`.
    Raises NetworkError for a layer without maps, and when none of the trace's has any.
    """
    scale = Scale(scale)
    nodes = _nodes(trace, layers)
    answer = guesses(trace, network.classes, example=example)
    shared = network_peaks(trace, example) if scale is Scale.NETWORK else None
    canvas = Canvas(_WIDTH)
    y = canvas.heading(_title(network, answer), [_said(trace, nodes, layers, scale)])
    y = _draw_input(canvas, network, trace, answer, y, example) + _BETWEEN
    for node in nodes:
        y = _draw_row(canvas, trace, node, scale, shared, y, example) + _BETWEEN
    return canvas.finish(y + MARGIN - _BETWEEN)


def _nodes(trace: Trace, layers: Sequence[str] | None) -> list[Node]:
    if layers is not None:
        return [trace.graph[name] for name in layers]
    nodes = [node for node in notable(trace.graph, MOST_LAYERS) if node.name in trace]
    if not nodes:
        raise NetworkError(
            "none of the layers whose values were kept gives maps over the input; trace without "
            "keep for all"
        )
    return nodes


def _title(network: Network, answer: Sequence[Guess]) -> str:
    if not answer:
        return network.name
    first = f"{network.name}: {answer[0].name} ({answer[0].probability:.1%})"
    if len(answer) == 1:
        return first
    return f"{first}, then {answer[1].name} ({answer[1].probability:.1%})"


def _said(trace: Trace, nodes: Sequence[Node], named: Sequence[str] | None, scale: Scale) -> str:
    total = len(trace.graph)
    words = f"{len(nodes)} of {total} layers" if named is None and len(nodes) < total else ""
    signal = len(trace.graph.inputs[0].size) == 2
    zero = "the pale line" if signal else "dark, or white where there are negative values"
    slices = "middle slices are shown" if len(trace.graph.inputs[0].size) > 3 else ""
    colours = {
        Scale.UNIT: "each map has a scale of its own",
        Scale.LAYER: "the maps of a layer share a scale",
        Scale.NETWORK: "all layers share a scale",
    }[scale]
    return "; ".join(filter(None, (words, slices, colours, f"zero is {zero}")))


def _draw_input(
    canvas: Canvas,
    network: Network,
    trace: Trace,
    answer: Sequence[Guess],
    y: float,
    example: int,
) -> float:
    """Draw the input with the likeliest classes beside it; returns where it ends."""
    source = trace.graph.inputs[0]
    canvas.text(MARGIN, y + 6, source.name, 8.5, weight="bold")
    canvas.text(MARGIN, y + 18, by(source.size), 8, color=GREY)
    x = MARGIN + _WORDS
    if len(source.size) == 2:
        signal = numbers_of(trace, source.name, example)[0]
        low = peak_of(signal)
        width = _WIDTH - MARGIN - x - (_WORDS if answer else 0)
        canvas.trace(signal, x, y, width, _PICTURE * 0.7, shade_of(True, [low]))
        canvas.box(x, y, width, _PICTURE * 0.7)
        _draw_answer(canvas, answer, x + width + 16, y)
        return y + _PICTURE * 0.7
    picture = picture_of(trace, network.preprocessing, example)
    while picture.ndim > 3:
        picture = picture[len(picture) // 2]
    width = _PICTURE * min(max(picture.shape[1] / picture.shape[0], 0.3), 4.0)
    canvas.image(picture, x, y, width, _PICTURE, None)
    canvas.box(x, y, width, _PICTURE)
    _draw_answer(canvas, answer, x + width + 24, y)
    return y + _PICTURE


def _draw_answer(canvas: Canvas, answer: Sequence[Guess], x: float, y: float) -> None:
    """Draw the likeliest classes as bars from 0 to 100%."""
    names = [fitted(guess.name, 90, 8) for guess in answer]
    left = x + max((text_width(name, 8) for name in names), default=0.0) + 6
    room = min(_WIDTH - MARGIN - left - 34, 160)
    for name, guess in zip(names, answer, strict=True):
        canvas.text(left - 6, y + 7, name, 8, ha="right")
        width = max(guess.probability * room, 0.5)
        canvas.box(left, y + 1, width, 11, facecolor=BLUE, linewidth=0)
        canvas.text(left + width + 4, y + 7, f"{guess.probability:.1%}", 8, color=GREY)
        y += 15


def _draw_row(
    canvas: Canvas,
    trace: Trace,
    node: Node,
    scale: Scale,
    peaks: Sequence[float] | None,
    y: float,
    example: int,
) -> float:
    """Draw a layer's first maps, with what it is beside them; returns where they end."""
    maps = maps_of(trace, node.name, example)
    room = _WIDTH - 2 * MARGIN - _WORDS - (_BAR if scale is not Scale.UNIT else 0)
    count, width, height = _cells(maps, room)
    signed = bool((maps < 0).any())
    shades = (
        [shade_of(signed, peaks)] * count
        if peaks is not None
        else shades_of(trace, maps[:count] if scale is Scale.UNIT else maps, scale, example)
    )
    _draw_words(canvas, node, maps, count, y + _LABEL)
    for channel in range(count):
        x = MARGIN + _WORDS + channel * (width + _GAP)
        canvas.text(x, y + _LABEL / 2 - 1, str(channel), 6.5)
        draw_map(canvas, maps[channel], x, y + _LABEL, width, height, shades[channel])
    if scale is not Scale.UNIT:
        _draw_scale(canvas, maps, shades[0], y + _LABEL)
    return y + _LABEL + height


def _draw_words(canvas: Canvas, node: Node, maps: Values, count: int, y: float) -> None:
    width = _WORDS - 12
    canvas.text(MARGIN, y + 5, fitted(node.name, width, 8.5, "bold"), 8.5, weight="bold")
    shape = by([len(maps), *maps.shape[1:]])
    shown = "" if count == len(maps) else f", first {count}"
    lines = (operation_of(node), f"{shape}{shown}", _sees(node))
    for number, line in enumerate(lines):
        canvas.text(MARGIN, y + 16.5 + 10.5 * number, fitted(line, width, 7.5), 7.5, color=GREY)


def _sees(node: Node) -> str:
    sizes = node.sight.sizes_seen
    if node.sight.everything:
        return f"sees everything since {node.sight.everything}"
    return "" if None in sizes else f"sees {by(sizes)}"


def _cells(maps: Values, room: float) -> tuple[int, float, float]:
    """How many maps a row has, and the width and height of one; they fill the room if they can."""
    if maps.ndim == 2:
        return min(_TRACES, len(maps)), (room - (_TRACES - 1) * _GAP) / _TRACES, _MAP
    ratio = min(max(maps.shape[-1] / maps.shape[-2], 0.4), 4.0)
    fitting = int((room + _GAP) / (_MAP * ratio + _GAP))
    width = (room + _GAP) / fitting - _GAP
    return min(fitting, len(maps)), width, width / ratio


def _draw_scale(canvas: Canvas, maps: Values, shade: Shade, y: float) -> None:
    """Draw what the colours of a layer, or the heights of its lines, stand for."""
    if maps.ndim > 2:
        width = _BAR - 24
        canvas.colour_bar(_WIDTH - MARGIN - width, y + 12, width, shade)
        return
    x = _WIDTH - MARGIN - _BAR + 5
    for value, place in ((shade.high, 4.0), (0.0, _MAP * shade.high / (shade.high - shade.low))):
        canvas.text(x, y + place, short(value), 7, color=GREY)
    if shade.signed:
        canvas.text(x, y + _MAP - 4, short(shade.low), 7, color=GREY)
