"""The parts of an explanation's figure: each knows its size, and draws itself where it is put."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from striate.network.pictures.canvas import LINE, Canvas, fitted, text_width, wrapped
from striate.network.pictures.colours import BLUE, BORDER, GREY, ORANGE, Shade
from striate.network.pictures.curve import Curve
from striate.network.pictures.grids import Panes
from striate.network.pictures.numbers import short
from striate.network.pictures.terms import Terms, draw_bar
from striate.network.why.formula import number
from striate.network.why.why import Grid, Step

_CAPTION = 14.0
_NAMES = 11.0  # room for the names of grids above them
_SUM = 54.0
_BAR = 100.0
_PICTURE = 230.0
_TRACE = (420.0, 70.0)
_COLOURS = 30.0
_CURVE = (260.0, 150.0)
_SIZE = 8.5


class Block(Protocol):
    """A part of a figure, in points."""

    @property
    def width(self) -> float:
        """The room that it takes to the right."""

    @property
    def height(self) -> float:
        """The room that it takes down."""

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it with its upper left corner there."""


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a channel's products; its bar is as long as it is large beside `peak`.

    There is no bar where the peak is 0.
    """

    amount: float
    peak: float

    @property
    def width(self) -> float:
        """The number and the bar."""
        return _SUM + (_BAR + 10 if self.peak else 0)

    def draw(self, canvas: Canvas, x: float, middle: float) -> None:
        """Draw the number and the bar around a line."""
        canvas.text(x + _SUM, middle, short(self.amount), 9, ha="right")
        if self.peak:
            draw_bar(canvas, x + _SUM + 10, middle - 4.5, _BAR, self.amount / self.peak)


@dataclass(frozen=True, slots=True)
class Grids:
    """What was read of one channel, as grids for each plane, with the sum of the products.

    `left` is how wide the grids of all channels are, so that the sums stand below each other.
    """

    caption: str
    planes: tuple[tuple[str, Panes], ...]
    total: Total | None
    left: float

    @property
    def width(self) -> float:
        """The grids, and the sum with its bar."""
        words = text_width(self.caption, _SIZE)
        return max(self.left + (self.total.width if self.total else 0), words)

    @property
    def height(self) -> float:
        """The caption and the planes below each other."""
        return _CAPTION + sum(
            self._above(where, panes) + panes.height for where, panes in self.planes
        )

    def _above(self, where: str, panes: Panes) -> float:
        # A long caption would run into the word above the sums.
        over = self.total is not None and text_width(self.caption, _SIZE) > self.left + _SUM - 20
        return 2.0 if panes.stacked and not where and not over else _NAMES

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the caption, the grids and the sum."""
        canvas.text(x, y + 5, self.caption, _SIZE, color=BLUE)
        y += _CAPTION
        top = y
        for where, panes in self.planes:
            y += self._above(where, panes)
            panes.draw(canvas, x, y, where)
            y += panes.height
        if self.total is not None:
            middle = (top + y + self._above(*self.planes[0])) / 2
            first = self._above(*self.planes[0])
            canvas.text(x + self.left + _SUM, top + first - 6, "sum", 7, ha="right", color=GREY)
            self.total.draw(canvas, x + self.left, middle)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is not drawn, in words, with its sum in line with those above."""

    words: str
    total: Total | None
    left: float

    @property
    def width(self) -> float:
        """The words, and the sum with its bar."""
        return max(self.left, text_width(self.words, _SIZE)) + (
            _SUM + _BAR + 20 if self.total else 0
        )

    @property
    def height(self) -> float:
        """One line."""
        return _SIZE * LINE

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the words and the sum."""
        middle = y + self.height / 2
        canvas.text(x, middle, self.words, _SIZE, color=GREY)
        if self.total is not None:
            self.total.draw(canvas, x + max(self.left, text_width(self.words, _SIZE)), middle)


@dataclass(frozen=True, slots=True)
class Listing:
    """Terms below a caption."""

    caption: str
    terms: Terms

    @property
    def width(self) -> float:
        """The wider of the two."""
        return max(text_width(self.caption, _SIZE), self.terms.width)

    @property
    def height(self) -> float:
        """The caption, if there is one, and the terms."""
        return (_CAPTION if self.caption else 0.0) + self.terms.height

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw both."""
        if self.caption:
            canvas.text(x, y + 5, self.caption, _SIZE, color=BLUE)
            y += _CAPTION
        self.terms.draw(canvas, x, y)


@dataclass(frozen=True, slots=True)
class Picture:
    """A window of too many values for numbers, with its winner if it has one.

    In colours, or as a line where it has one axis.
    """

    caption: str
    values: Grid
    shade: Shade
    winner: tuple[int, ...] | None

    @property
    def width(self) -> float:
        """The picture or its caption."""
        return max(text_width(self.caption, _SIZE), self._size[0] + 40)

    @property
    def height(self) -> float:
        """The caption, the picture and its colours."""
        return _CAPTION + self._size[1] + (_COLOURS if self.values.ndim == 2 else 0.0)

    @property
    def _size(self) -> tuple[float, float]:
        if self.values.ndim == 1:
            return _TRACE
        rows, columns = self.values.shape
        ratio = min(max(columns / rows, 0.2), 2.5)
        return (_PICTURE * ratio, _PICTURE) if ratio < 1 else (_PICTURE, _PICTURE / ratio)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the caption, the picture and its colours."""
        canvas.text(x, y + 5, self.caption, _SIZE, color=BLUE)
        y += _CAPTION
        width, height = self._size
        canvas.box(x, y, width, height)
        if self.values.ndim == 1:
            self._draw_line(canvas, x, y)
            return
        canvas.image(self.values, x, y, width, height, self.shade)
        if self.winner is not None:
            rows, columns = self.values.shape
            high, wide = height / rows, width / columns
            left, top = x + self.winner[1] * wide, y + self.winner[0] * high
            canvas.box(left, top, wide, high, ORANGE, linewidth=2, zorder=4, label="winner")
        canvas.colour_bar(x, y + height + 8, min(width, 130), self.shade)

    def _draw_line(self, canvas: Canvas, x: float, y: float) -> None:
        width, height = self._size
        canvas.trace(self.values, x, y, width, height, self.shade)
        low, high = self.shade.low, self.shade.high
        canvas.text(x + width + 5, y + 5, short(high), 7, color=GREY)
        canvas.text(x + width + 5, y + height - 5, short(low), 7, color=GREY)
        if self.winner is not None:
            place = x + width * (self.winner[0] + 0.5) / len(self.values)
            top = y + height * (high - self.values[self.winner]) / (high - low)
            canvas.box(place - 3, top - 3, 6, 6, ORANGE, linewidth=1.5, zorder=4, label="winner")


@dataclass(frozen=True, slots=True)
class Curved:
    """The curve of an activation with the value on it."""

    curve: Curve
    point: tuple[float, float]

    @property
    def width(self) -> float:
        """The curve and the numbers left of it."""
        return _CURVE[0] + 40

    @property
    def height(self) -> float:
        """The curve and the numbers below it."""
        return _CURVE[1] + 22

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the curve, and dashed lines from the axes to the point."""
        axes = canvas.inset(x + 32, y + 2, *_CURVE)
        axes.plot(self.curve.x, self.curve.y, color=BLUE, linewidth=1.4, label="curve")
        axes.axhline(0, color=BORDER, linewidth=0.5)
        axes.axvline(0, color=BORDER, linewidth=0.5)
        across, up = self.point
        dashes: dict[str, Any] = {"color": ORANGE, "linewidth": 0.9, "linestyle": "--"}
        axes.plot([across, across, 0], [0, up, up], **dashes)
        axes.plot([across], [up], "o", color=ORANGE, markersize=6, label="value")
        axes.margins(x=0)
        axes.tick_params(labelsize=7, length=2.5, color=BORDER)
        for spine in axes.spines.values():
            spine.set_color(BORDER)
            spine.set_linewidth(0.5)


@dataclass(frozen=True, slots=True)
class Calculation:
    """The steps to the value, the last of them in bold."""

    steps: tuple[Step, ...]
    room: float

    @property
    def width(self) -> float:
        """The widest line."""
        labels, values = self._labels, self._values
        lines = (text_width(line, _SIZE) for step in self.steps for line in self._formula(step))
        return labels + max(lines, default=0.0) + values + 24

    @property
    def height(self) -> float:
        """All lines, and the rule above them."""
        return 8 + sum(len(self._formula(step)) for step in self.steps) * 13.5

    @property
    def _labels(self) -> float:
        return max(text_width(step.label, _SIZE, "bold") for step in self.steps) + 14

    @property
    def _values(self) -> float:
        return max(text_width(f"= {number(step.value)}", 9, "bold") for step in self.steps)

    def _formula(self, step: Step) -> Sequence[str]:
        room = self.room - self._labels - self._values - 24
        return wrapped(step.formula, max(room, 100.0), _SIZE)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the steps, the values below each other."""
        canvas.lines([[(x, y), (x + self.width, y)]], BORDER)
        y += 8
        right = x + self.width
        for place, step in enumerate(self.steps):
            last = place == len(self.steps) - 1
            weight = "bold" if last else "normal"
            canvas.text(x, y + 6, step.label, _SIZE, color=GREY, weight=weight)
            lines = self._formula(step)
            for row, line in enumerate(lines):
                canvas.text(x + self._labels, y + 6 + row * 13.5, line, _SIZE)
            y += 13.5 * len(lines)
            value = f"= {number(step.value)}"
            canvas.text(right, y - 7.5, value, 9, ha="right", weight=weight)


@dataclass(frozen=True, slots=True)
class Note:
    """One line of small print."""

    words: str

    @property
    def width(self) -> float:
        """The line."""
        return text_width(self.words, 7.5)

    @property
    def height(self) -> float:
        """The line."""
        return 9.0

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Write it."""
        canvas.text(x, y + 4, self.words, 7.5, color=GREY)


def shortened(caption: str, room: float) -> str:
    """A caption that is no wider than a figure."""
    return fitted(caption, room, _SIZE)
