"""Grids of numbers on coloured squares: what was read, its weights, and the products."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np

from striate.network.pictures.canvas import Canvas, fitted, text_width
from striate.network.pictures.colours import BORDER, GREY, ORANGE, Shade, luminance
from striate.network.pictures.numbers import short
from striate.network.why.grid import Marks
from striate.network.why.why import Grid

Words = tuple[tuple[str, ...], ...]

_SIGN = 18.0  # room for the sign between two grids
_HATCH = "#cccccc"
_DARK = 0.2  # the luminance below which white is read more easily than black
_STYLES = ((8.0, 3), (7.0, 3), (6.0, 2))  # size of the numbers, and their figures


@dataclass(frozen=True, slots=True)
class Pane:
    """One grid (H, W): its name, its colours, and what its cells are."""

    name: str
    values: Grid
    shade: Shade
    marks: Marks


@dataclass(frozen=True, slots=True)
class Panes:
    """Grids of one shape in a row, with signs between them, and numbers in their cells.

    They stand below each other, each in one line, when they are lines.
    """

    panes: tuple[Pane, ...]
    words: tuple[Words, ...]
    signs: tuple[str, ...]
    size: float
    cell: float

    @property
    def stacked(self) -> bool:
        """Whether they stand below each other."""
        rows, columns = self._shape
        return rows == 1 and columns > 1

    @property
    def width(self) -> float:
        """The width in points."""
        columns = self._shape[1]
        if self.stacked:
            return self._names + self.cell * columns
        return len(self.panes) * self.cell * columns + (len(self.panes) - 1) * _SIGN

    @property
    def height(self) -> float:
        """The height in points."""
        return self._line * (len(self.panes) if self.stacked else self._shape[0])

    @property
    def _shape(self) -> tuple[int, int]:
        rows, columns = self.panes[0].values.shape
        return int(rows), int(columns)

    @property
    def _line(self) -> float:
        return self.size * 2.25

    @property
    def _names(self) -> float:
        return max(text_width(pane.name, 7) for pane in self.panes) + 8

    def draw(self, canvas: Canvas, x: float, y: float, where: str = "") -> None:
        """Draw the grids, with their names and where they are above or beside them."""
        rows, columns = self._shape
        if self.stacked and where:
            canvas.text(x, y - 6, where, 7, color=GREY)
        for number, (pane, words) in enumerate(zip(self.panes, self.words, strict=True)):
            if self.stacked:
                top = y + number * self._line
                canvas.text(x, top + self._line / 2, pane.name, 7, color=GREY)
                self._draw_pane(canvas, pane, words, x + self._names, top)
                continue
            name = f"{pane.name} {where}" if number == 0 and where else pane.name
            canvas.text(x, y - 6, fitted(name, self.cell * columns + _SIGN - 4, 7), 7, color=GREY)
            self._draw_pane(canvas, pane, words, x, y)
            x += self.cell * columns
            if number < len(self.signs):
                middle = y + rows * self._line / 2
                canvas.text(x + _SIGN / 2, middle, self.signs[number], 10, ha="center")
            x += _SIGN

    def _draw_pane(self, canvas: Canvas, pane: Pane, words: Words, x: float, y: float) -> None:
        rows, columns = self._shape
        wide, high = self.cell, self._line
        known = np.where(np.isfinite(pane.values), pane.values, 0.0)
        canvas.image(known, x, y, columns * wide, rows * high, pane.shade)
        for row, column in np.ndindex(rows, columns):
            self._draw_cell(
                canvas, pane, words[row][column], (row, column), (x + column * wide, y + row * high)
            )
        edges = [[(x + n * wide, y), (x + n * wide, y + rows * high)] for n in range(columns + 1)]
        edges += [[(x, y + n * high), (x + columns * wide, y + n * high)] for n in range(rows + 1)]
        canvas.lines(edges, BORDER, 0.4)
        if pane.marks.winner is not None:
            row, column = pane.marks.winner
            place = (x + column * wide, y + row * high)
            canvas.box(*place, wide, high, ORANGE, linewidth=2.2, zorder=4, label="winner")

    def _draw_cell(
        self,
        canvas: Canvas,
        pane: Pane,
        word: str,
        place: tuple[int, int],
        corner: tuple[float, float],
    ) -> None:
        marks, value = pane.marks.at(*place), float(pane.values[place])
        (x, y), wide, high = corner, self.cell, self._line
        middle = (x + wide / 2, y + high / 2)
        colour = "white" if luminance(pane.shade.colour(value)) < _DARK else "black"
        if marks.outside is not None and marks.outside:
            hatched = {"facecolor": "white", "hatch": "////", "zorder": 1.5, "label": "padding"}
            canvas.box(x, y, wide, high, _HATCH, **hatched)
            if np.isfinite(value):  # what stands in the padding of a maximum is never taken
                canvas.text(*middle, word, self.size, ha="center", color=GREY, zorder=3)
            return
        canvas.text(*middle, word, self.size, ha="center", color=colour)
        if marks.border is not None and marks.border:
            dotted = {"linestyle": ":", "linewidth": 0.9, "zorder": 3, "label": "border"}
            canvas.box(x + 1.5, y + 1.5, wide - 3, high - 3, colour, **dotted)


def fitting_panes(
    rows: Sequence[tuple[Pane, ...]], signs: Sequence[str], room: float
) -> list[Panes] | None:
    """Rows of grids, all in the largest numbers with which they fit, None where they do not.

    Grids of one kind have as many decimals in all rows.
    """
    for size, figures in _STYLES:
        words: list[list[Words]] = [[] for _ in rows]
        for column in zip(*rows, strict=True):
            decimals = _decimals([pane.values for pane in column], figures)
            for row, pane in zip(words, column, strict=True):
                row.append(written(pane.values, decimals))
        longest = max(
            text_width(word, size) for row in words for grid in row for word in _flat(grid)
        )
        cell = max(longest + 5, size * 2.25)
        found = [
            Panes(panes, tuple(grids), tuple(signs[: len(panes) - 1]), size, cell)
            for panes, grids in zip(rows, words, strict=True)
        ]
        if max(panes.width for panes in found) <= room:
            return found
    return None


def written(values: Grid, decimals: int | None) -> Words:
    """The numbers of a grid with so many decimals, or each for itself; zero has none."""
    return tuple(tuple(_number(float(value), decimals) for value in line) for line in values)


def _number(value: float, decimals: int | None) -> str:
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else str(value)
    if decimals is None:
        return short(value)
    rounded = f"{value:.{decimals}f}"
    return rounded if float(rounded) else rounded.lstrip("-")


def _decimals(grids: Sequence[Grid], figures: int) -> int | None:
    """How many decimals the largest of all needs for so many figures, None where powers suit."""
    finite = np.concatenate([np.abs(grid[np.isfinite(grid)]) for grid in grids])
    peak = float(finite.max(initial=0.0))
    if peak >= 1e5 or 0 < peak < 1e-3:
        return None
    whole = bool((finite == np.round(finite)).all())
    return 0 if whole or not peak else max(figures - 1 - floor(log10(peak)), 0)


def _flat(words: Words) -> Iterator[str]:
    return (word for line in words for word in line)
