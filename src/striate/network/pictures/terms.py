"""A list of terms with bars, the largest first."""

from dataclasses import dataclass
from math import isnan

from striate.network.pictures.canvas import Canvas, text_width
from striate.network.pictures.colours import BORDER, GREY, ORANGE, Shade

_LINE = 13.0
_BAR = 150.0
_GAP = 10.0
_MINUS, _PLUS = Shade(-1, 1).colour(-0.75), Shade(-1, 1).colour(0.75)


@dataclass(frozen=True, slots=True)
class Term:
    """One line: the words of its columns, what its bar stands for, and whether it is marked."""

    words: tuple[str, ...]
    amount: float | None = None
    marked: bool = False
    pale: bool = False

    @property
    def weight(self) -> str:
        """Of its letters."""
        return "bold" if self.marked else "normal"


@dataclass(frozen=True, slots=True)
class Terms:
    """Lines of words in columns, the first to the left and others to the right, and bars.

    The bars have one scale; `peak` is the amount at the end of the longest.
    """

    lines: tuple[Term, ...]
    peak: float
    size: float = 8.0

    @property
    def width(self) -> float:
        """The width in points."""
        return sum(self._columns) + len(self._columns) * _GAP + (_BAR if self.peak else 0)

    @property
    def height(self) -> float:
        """The height in points."""
        return _LINE * len(self.lines)

    @property
    def _columns(self) -> list[float]:
        count = max(len(line.words) for line in self.lines)
        return [
            max(
                text_width(line.words[n], self.size, line.weight)
                for line in self.lines
                if n < len(line.words)
            )
            for n in range(count)
        ]

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw the lines below each other."""
        columns = self._columns
        bars = x + sum(columns) + len(columns) * _GAP
        signed = any((line.amount or 0.0) < 0 for line in self.lines)
        for line in self.lines:
            colour = ORANGE if line.marked else GREY if line.pale else "black"
            left = x
            for number, word in enumerate(line.words):
                place, side = (left, "left") if number == 0 else (left + columns[number], "right")
                style = {"ha": side, "color": colour, "weight": line.weight}
                canvas.text(place, y + _LINE / 2, word, self.size, **style)
                left += columns[number] + _GAP
            if line.amount is not None and self.peak:
                draw_bar(canvas, bars, y + 2, _BAR, line.amount / self.peak, signed)
            y += _LINE


def draw_bar(
    canvas: Canvas, x: float, y: float, width: float, share: float, signed: bool = True
) -> None:
    """Draw a bar, 9 points high, from zero: in the middle of the width, or at its left.

    What is no number has none.
    """
    if isnan(share):
        return
    zero = x + width / 2 if signed else x
    length = (width / 2 if signed else width) * min(max(share, -1.0), 1.0)
    canvas.box(
        min(zero, zero + length),
        y,
        abs(length),
        9,
        facecolor=_PLUS if share > 0 else _MINUS,
        linewidth=0,
    )
    canvas.lines([[(zero, y - 2), (zero, y + 11)]], BORDER)
