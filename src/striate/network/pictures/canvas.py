"""A white sheet to draw on from the top down, in points, where the width of a text is known."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextToPath

from striate.network.pictures.colours import BORDER, GREY, Shade
from striate.network.pictures.numbers import short

Values = npt.NDArray[Any]

MARGIN = 16.0
LINE = 1.35
"""The distance of two lines of text, in their size."""

_DOTS_AN_INCH = (100, 150)  # where a figure is shown by matplotlib, and where it is saved
_DOTS_A_POINT = 150 / 72


class Canvas:
    """A sheet of a given width whose height is set when it is finished.

    A point is 1/72 inch; x goes to the right and y down. One axes covers the sheet, so that
    hundreds of small maps cost little and nothing moves what has been placed.
    """

    def __init__(self, width: float) -> None:
        self.width = width
        self.figure = Figure(facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.figure.suppressComposite = True  # or SVG would hold all images as one, in dots
        self.axes.set_axis_off()
        self.axes.autoscale(False)
        self._insets: list[tuple[Axes, float, float, float, float]] = []

    def finish(self, height: float) -> Figure:
        """The figure, now that it is known how high it is."""
        self.figure.set_size_inches(self.width / 72, height / 72)
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(height, 0)
        for inset, x, y, wide, high in self._insets:
            inset.set_position(
                (x / self.width, 1 - (y + high) / height, wide / self.width, high / height)
            )
        return self.figure

    def text(self, x: float, y: float, text: str, size: float = 8, **style: Any) -> None:
        """Write one line; its middle is at y unless `va` says otherwise."""
        style = {"color": "black", "va": "center_baseline", **style}
        self.axes.text(x, y, drawable(text), fontsize=size, parse_math=False, **style)

    def paragraph(
        self, x: float, y: float, text: str, width: float, size: float = 9, **style: Any
    ) -> float:
        """Write as many lines as it takes below y; returns where the next thing may begin."""
        for line in wrapped(text, width, size, **_weight(style)):
            self.text(x, y + size * LINE / 2, line, size, **style)
            y += size * LINE
        return y

    def image(
        self, values: Values, x: float, y: float, width: float, height: float, shade: Shade | None
    ) -> AxesImage:
        """Draw a grid (H, W) in a shade's colours, or a picture (H, W, 3) as it is.

        Values show as even squares, unless there are more of them than dots.
        """
        dots = (height * _DOTS_A_POINT, width * _DOTS_A_POINT)
        shrunk = values.shape[0] > dots[0] or values.shape[1] > dots[1]
        limits: dict[str, Any] = {}
        if shade is not None:
            limits = {"cmap": shade.map, "vmin": shade.low, "vmax": shade.high}
        return self.axes.imshow(
            values,
            extent=(x, x + width, y + height, y),
            aspect="auto",
            # "none" draws squares as "nearest" does, and is kept as it is in SVG and PDF.
            interpolation="auto" if shrunk else "none",
            **limits,
        )

    def trace(
        self, values: Values, x: float, y: float, width: float, height: float, shade: Shade
    ) -> None:
        """Draw a signal as a line between a shade's limits, over a pale line at zero."""
        places, heights = _reduced(values, int(2 * width))
        span = shade.high - shade.low
        across = x + width * (places + 0.5) / len(values)
        zero = y + height * shade.high / span
        self.lines([[(x, zero), (x + width, zero)]], "#cccccc", 0.5)
        down = y + height * (shade.high - heights) / span
        self.axes.plot(across, down, color="#0072b2", linewidth=0.7, solid_joinstyle="round")

    def box(
        self, x: float, y: float, width: float, height: float, colour: str = BORDER, **style: Any
    ) -> Rectangle:
        """Draw a rectangle, its outline alone unless a `facecolor` is given."""
        style = {"facecolor": "none", "edgecolor": colour, "linewidth": 0.5, "zorder": 2, **style}
        rectangle = Rectangle((x, y), width, height, **style)
        self.axes.add_patch(rectangle)
        return rectangle

    def lines(
        self, lines: Sequence[Sequence[tuple[float, float]]], colour: str, width: float = 0.6
    ) -> None:
        """Draw lines through points."""
        self.axes.add_collection(
            LineCollection(lines, colors=colour, linewidths=width, zorder=1), autolim=False
        )

    def colour_bar(
        self, x: float, y: float, width: float, shade: Shade, own_peak: bool = False
    ) -> None:
        """Draw the colours of a shade with the numbers that they stand for below, 20 points high.

        With `own_peak` the largest of each map stands in place of numbers.
        """
        self.image(np.linspace(shade.low, shade.high, 256)[None], x, y, width, 8, shade)
        self.box(x, y, width, 8)
        if own_peak:
            labels = ["-max", "0", "max"] if shade.signed else ["0", "", "max"]
        else:
            labels = [short(value) for value in np.linspace(shade.low, shade.high, 3)]
        first, middle, last = (text_width(label, 7) for label in labels)
        if max(first, last) + middle / 2 + 5 > width / 2:
            labels[1] = ""
        for number, label in enumerate(labels):
            ha = ("left", "center", "right")[number]
            self.text(x + number / 2 * width, y + 15, label, 7, ha=ha)

    def inset(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes of their own, for what has units of its own."""
        axes = self.figure.add_axes((0, 0, 1, 1))
        self._insets.append((axes, x, y, width, height))
        return axes

    def heading(self, title: str, lines: Sequence[str], width: float | None = None) -> float:
        """Write a title and what is said below it; returns where the next thing may begin."""
        width = self.width - 2 * MARGIN if width is None else width
        y = self.paragraph(MARGIN, MARGIN - 4, title, width, 13, weight="bold") + 2
        for line in lines:
            y = self.paragraph(MARGIN, y, line, width, 9, color=GREY)
        return y + 6


def _weight(style: dict[str, Any]) -> dict[str, Any]:
    return {"weight": style["weight"]} if "weight" in style else {}


@lru_cache(4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """The width of a line in points, in whichever form it is wider.

    In a PNG each letter is as many dots wide as fit it best, which adds up along a line.
    """
    if not text:
        return 0.0
    shown, properties = drawable(text), FontProperties(weight=weight, size=size)
    exact = TextToPath().get_text_width_height_descent(
        shown, FontProperties(weight=weight, size=100), False
    )[0]
    dotted = (
        _renderer(dots).get_text_width_height_descent(shown, properties, False)[0] * 72 / dots
        for dots in _DOTS_AN_INCH
    )
    return float(max(exact * size / 100, *dotted))


@cache
def _renderer(dots: int) -> Any:
    renderer: Any = RendererAgg
    return renderer(1, 1, dots)


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """The lines of a text, each no wider than allowed; a longer word is shortened."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer, size, weight) <= width:
            lines[-1] = longer
        elif lines[-1]:
            lines.append(fitted(word, width, size, weight))
        else:
            lines[-1] = fitted(word, width, size, weight)
    return lines


def fitted(text: str, width: float, size: float, weight: str = "normal") -> str:
    """A text that is no wider than allowed: letters in its middle make way for a `…`."""
    if text_width(text, size, weight) <= width:
        return text
    kept, too_many = 1, len(text)
    while too_many - kept > 1:
        tried = (kept + too_many) // 2
        if text_width(_without_middle(text, tried), size, weight) <= width:
            kept = tried
        else:
            too_many = tried
    return _without_middle(text, kept) if kept > 1 else "…"


def _without_middle(text: str, kept: int) -> str:
    head = kept // 3
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"


@lru_cache(4096)
def drawable(text: str) -> str:
    """A text with the characters that the font lacks written as escapes, control ones included."""
    font = get_font(findfont(FontProperties()))
    return "".join(
        letter
        if letter.isprintable() and font.get_char_index(ord(letter))
        else letter.encode("unicode_escape").decode()
        for letter in text.replace("\n", " ")
    )


def _reduced(values: Values, most: int) -> tuple[Values, Values]:
    """Places and heights of a line that looks the same: of each run the lowest and the highest."""
    if len(values) <= 2 * most:
        return np.arange(len(values)), values
    places = []
    for run in np.array_split(np.arange(len(values)), most):
        places.extend(sorted({run[np.argmin(values[run])], run[np.argmax(values[run])]}))
    return np.asarray(places), values[places]
