"""Numbers as aligned columns of characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np
from rich.text import Text

from striate.network.why.why import Grid, Mask

PADDING = "·"
REPEATED = "'"
_BETWEEN = "  "


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be seen of a grid's cells; masks are of its shape, None where there is nothing.

    `outside` are those where a constant stands in the padding, `border` those that repeat a value
    there, and `winner` is the place of the largest.
    """

    outside: Mask | None = None
    border: Mask | None = None
    winner: tuple[int, ...] | None = None

    def at(self, *places: int) -> "Marks":
        """The marks of a part of the grid, of which the first places are given."""
        winner = self.winner
        if winner is not None:
            winner = winner[len(places) :] if winner[: len(places)] == places else None
        return Marks(
            None if self.outside is None else self.outside[places],
            None if self.border is None else self.border[places],
            winner,
        )


@dataclass(frozen=True, slots=True)
class _Cell:
    number: str
    before: str = ""
    after: str = ""
    style: str = ""


def grid_lines(values: Grid, marks: Marks) -> list[Text]:
    """A grid of two axes, a line a row, all of one width."""
    known = values if marks.outside is None else values[~marks.outside]
    decimals = _decimals(known)
    return _joined(
        [
            [_cell(float(value), marks.at(y, x), decimals) for x, value in enumerate(row)]
            for y, row in enumerate(values)
        ]
    )


def stacked_lines(rows: Sequence[Grid], marks: Sequence[Marks]) -> list[Text]:
    """Rows of numbers of different kinds below each other, a line each, all of one width."""
    return _joined(
        [
            [_cell(float(v), mark.at(x), _decimals(row)) for x, v in enumerate(row)]
            for row, mark in zip(rows, marks, strict=True)
        ]
    )


def beside(blocks: Sequence[Sequence[Text]], signs: Sequence[str], gap: int) -> list[Text]:
    """Blocks of the same height beside each other, with a sign between two on the middle line.

    `gap` is the room on either side of a sign.
    """
    space = " " * gap
    height = len(blocks[0])
    lines = []
    for row in range(height):
        line = Text()
        for number, block in enumerate(blocks):
            if number:
                sign = signs[number - 1]
                shown = sign if row == (height - 1) // 2 else " " * len(sign)
                line.append(space + shown + space)
            line.append_text(block[row])
        lines.append(line)
    return lines


def width_of(lines: Sequence[Text]) -> int:
    """The width of the widest line."""
    return max((line.cell_len for line in lines), default=0)


def _decimals(values: Grid) -> int | None:
    """How many decimals numbers of this size need; None for those that powers of ten suit better.

    Whole numbers have none, the largest of others four figures.
    """
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max(initial=0))
    if largest >= 1e6 or 0 < largest < 1e-3:
        return None
    if (finite == np.round(finite)).all():
        return 0
    return min(max(3 - floor(log10(largest)), 1), 4)


def _cell(value: float, marks: Marks, decimals: int | None) -> _Cell:
    written = _written(value, decimals)
    if marks.winner is not None:
        return _Cell(written, "[", "]", "bold")
    if marks.outside is not None and marks.outside:
        constant = value != 0 and np.isfinite(value)
        return _Cell(PADDING + written if constant else PADDING, style="dim")
    if marks.border is not None and marks.border:
        return _Cell(written, after=REPEATED, style="dim")
    return _Cell(written)


def _written(value: float, decimals: int | None) -> str:
    """A number; zero has no decimals, so that it stands out."""
    if value == 0:
        return "0"
    return f"{value:.2e}" if decimals is None else f"{value:.{decimals}f}"


def _joined(rows: Sequence[Sequence[_Cell]]) -> list[Text]:
    cells = [cell for row in rows for cell in row]
    before = max((len(cell.before) for cell in cells), default=0)
    width = max((len(cell.number) for cell in cells), default=0)
    after = max((len(cell.after) for cell in cells), default=0)
    lines = []
    for row in rows:
        line = Text()
        for number, cell in enumerate(row):
            line.append(_BETWEEN if number else "")
            shown = (cell.before + cell.number).rjust(before + width) + cell.after.ljust(after)
            line.append(shown, cell.style)
        lines.append(line)
    return lines
