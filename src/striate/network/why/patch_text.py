"""What was read of one channel: grids of numbers where they fit, else the largest terms."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from rich.text import Text

from striate.network.why.formula import factor, number
from striate.network.why.grid import Marks, beside, grid_lines, stacked_lines, width_of
from striate.network.why.why import Grid, Patch

_MOST_TERMS = 8
_MOST_CELLS = 100
_MOST_PLANES = 7
_MOST_PLACES_LISTED = 4
_INDENT = "  "


def patch_lines(patch: Patch, marks: Marks, example: int, width: int) -> list[Text]:
    """A patch in lines of at most `width`, but for the names of layers."""
    title = _label(patch) + patch_name(patch, example)
    if patch.values.size == 1:
        return [_single(patch, marks, title)]
    if patch.weights is not None:
        title += f": sum {number(float(patch.terms.sum()))}"
    lines = _grids(patch, marks, width - len(_INDENT)) or _largest(patch, marks)
    return [Text(title), *(Text(_INDENT).append_text(line) for line in lines)]


def patch_name(patch: Patch, example: int) -> str:
    """Where a patch was read: conv1[3, 4..6, 6..8], channel first, padding below zero."""
    index = [str(place) for place in patch.first]
    for number_of_axis, axis in enumerate(patch.axes):
        index[axis] = _run(patch, number_of_axis)
    return _named(patch, index, example)


def entry_name(patch: Patch, place: tuple[int, ...], example: int) -> str:
    """Where an entry of a patch was read: conv1[3, 4, 6]."""
    return _named(patch, [str(entry) for entry in patch.index(place)], example)


def _named(patch: Patch, index: Sequence[str], example: int) -> str:
    name = f"{patch.layer}[{', '.join(index)}]" if index else patch.layer
    other = patch.example is not None and patch.example != example
    return f"{name} of example {patch.example}" if other else name


def _run(patch: Patch, axis: int) -> str:
    """The positions along one axis of the window."""
    count = patch.values.shape[axis]
    first, step = patch.first[patch.axes[axis]], patch.step[axis]
    if patch.places is not None and patch.border is None:  # not evenly spaced
        places = patch.places[axis]
        if len(places) > 1 and len({b - a for a, b in pairwise(places)}) > 1:
            few = len(places) <= _MOST_PLACES_LISTED
            return "+".join(map(str, places)) if few else f"{places[0]}..{places[-1]}"
        first, step = places[0], places[1] - places[0] if len(places) > 1 else 1
    if count == 1:
        return str(first)
    return f"{first}..{first + step * (count - 1)}" + (f" by {step}" if abs(step) != 1 else "")


def _label(patch: Patch) -> str:
    return f"{patch.label}: " if patch.label else ""


def _single(patch: Patch, marks: Marks, title: str) -> Text:
    value, term = number(patch.values.item()), number(patch.terms.item())
    line = Text(f"{title} = ")
    if marks.winner is None:
        line.append(value)
    else:
        line.append(f"[{value}]", "bold")
    if patch.weights is not None:
        line.append(f" * {factor(patch.weights.item())} = {term}")
    elif patch.terms.item() != patch.values.item():
        line.append(f" -> {term}")
    return line


def _columns(patch: Patch, marks: Marks) -> tuple[list[Grid], list[Marks], list[str], list[str]]:
    """The grids of a patch, their marks, the signs between them and what each is called."""
    plain = Marks(outside=marks.outside)
    if patch.weights is not None:
        grids = [patch.values, patch.weights, patch.terms]
        return grids, [marks, Marks(), plain], ["*", "="], ["values", "weights", "products"]
    if np.array_equal(patch.terms, patch.values):
        return [patch.values], [marks], [], [""]
    return [patch.values, patch.terms], [marks, plain], ["->"], ["values", "terms"]


def _grids(patch: Patch, marks: Marks, width: int) -> list[Text]:
    """All values, as grids; none where they do not fit."""
    grids, marked, signs, names = _columns(patch, marks)
    shape = patch.values.shape
    if patch.values.size > _MOST_CELLS or (len(shape) > 2 and shape[0] > _MOST_PLANES):
        return []
    if len(shape) == 1:
        longest = max(map(len, names))
        rows = stacked_lines(grids, marked)
        lines = [
            Text(name.ljust(longest + 2 if longest else 0)).append_text(row)
            for name, row in zip(names, rows, strict=True)
        ]
        return lines if width_of(lines) <= width else []
    planes = {
        place: [grid_lines(g[place], m.at(*place)) for g, m in zip(grids, marked, strict=True)]
        for place in np.ndindex(shape[:-2])
    }
    for gap in (2, 1):
        placed = {place: beside(blocks, signs, gap) for place, blocks in planes.items()}
        if all(width_of(lines) <= width for lines in placed.values()):
            break
    else:
        placed = {place: _below(blocks, names) for place, blocks in planes.items()}
    lines = []
    for place, plane in placed.items():
        if place:
            where = ", ".join(str(patch.index((*place, 0, 0))[axis]) for axis in patch.axes[:-2])
            lines.append(Text(f"at {where}"))
        lines += plane
    return lines if width_of(lines) <= width else []


def _below(blocks: Sequence[Sequence[Text]], names: Sequence[str]) -> list[Text]:
    """Blocks below each other, each under its name."""
    lines: list[Text] = []
    for name, block in zip(names, blocks, strict=True):
        lines += [Text(f"{name}:"), *block] if name else block
    return lines


def _largest(patch: Patch, marks: Marks) -> list[Text]:
    """The largest terms, and the sum of the others."""
    counted = patch.inside | (np.isfinite(patch.terms) & (patch.terms != 0))
    places = np.argwhere(counted)
    terms = patch.terms[counted]
    order = np.argsort(-np.abs(terms), kind="stable")
    first = [tuple(map(int, places[entry])) for entry in order[:_MOST_TERMS]]
    if marks.winner is not None and marks.winner not in first:
        first = [marks.winner, *first[:-1]]
    rows = []
    for place in first:
        value = number(float(patch.values[place]))
        shown = [_entry(patch, place), f"[{value}]" if place == marks.winner else value]
        if patch.weights is not None:
            shown += ["*", number(float(patch.weights[place])), "="]
        if patch.weights is not None or patch.terms[place] != patch.values[place]:
            shown += [] if patch.weights is not None else ["->"]
            shown.append(number(float(patch.terms[place])))
        rows.append(shown)
    widths = [max(len(row[c]) for row in rows if c < len(row)) for c in range(max(map(len, rows)))]
    lines = [
        Text("  ".join(word.rjust(width) for word, width in zip(row, widths, strict=False)))
        for row in rows
    ]
    if len(terms) > len(first):
        rest = float(terms.sum()) - sum(float(patch.terms[place]) for place in first)
        words = "" if marks.winner is not None else f": sum {number(rest)}"
        lines.append(Text(f"and {len(terms) - len(first):,} more{words}"))
    return lines


def _entry(patch: Patch, place: tuple[int, ...]) -> str:
    """The index of an entry, or that it is padding."""
    if not patch.inside[place]:
        return "padding"
    return f"[{', '.join(map(str, patch.index(place)))}]"
