"""The arithmetic behind one value, as a figure of grids with numbers."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from matplotlib.figure import Figure

from striate.network.network import Network
from striate.network.pictures.blocks import (
    Block,
    Calculation,
    Curved,
    Grids,
    Listing,
    Note,
    Picture,
    Rest,
    Total,
    shortened,
)
from striate.network.pictures.canvas import MARGIN, Canvas
from striate.network.pictures.colours import Shade, is_signed, peak_of, shade_of
from striate.network.pictures.curve import curve_of
from striate.network.pictures.grids import Pane, fitting_panes
from striate.network.pictures.numbers import BECOMES, TIMES, short
from striate.network.pictures.terms import Term, Terms
from striate.network.why.formula import count_of, number
from striate.network.why.grid import Marks
from striate.network.why.patch_text import entry_name, patch_name
from striate.network.why.text import unit_name
from striate.network.why.why import Mask, Patch, Why

MOST_PATCHES = 4
"""So many channels are drawn as grids, those that contribute most."""
MOST_TERMS = 12
"""So many terms of a long list are drawn, the largest."""

_WIDTH = 12 * 72.0
_NARROWEST = 6.5 * 72.0
_ROOM = _WIDTH - 2 * MARGIN
_FOR_SUM = 180.0
_LONGEST_NAME = 400.0  # of an entry in a list, left of its numbers
_MOST_CELLS = 121
_MOST_IN_LINE = 24
_MOST_PLANES = 5
_MOST_LISTINGS = 2
_LEAST_PICTURE = 4
_SHARES = ("softmax", "log_softmax")

_Numbered = tuple[int, Patch]


def draw_why(why: Why, network: Network | None = None) -> Figure:
    """A figure of an explanation: what was read, its weights and products, and how they add up.

    Of many channels those that contribute most are drawn, of many terms the largest; what is left
    out is counted and summed. Padding is hatched, a value that a border repeats has a dotted
    frame, the winner of a maximum an orange one. With the `network` of the explanation, an
    activation has its curve with the value on it.
    """
    blocks = list(_blocks(why, network))
    width = max([_NARROWEST, *(block.width + 2 * MARGIN for block in blocks)])
    canvas = Canvas(width)
    title = f"{unit_name(why.unit)} = {number(why.unit.value)}"
    y = canvas.heading(title, [f"{why.operation}: {why.summary}"]) + 2
    for block in blocks:
        block.draw(canvas, MARGIN, y)
        y += block.height + 10
    return canvas.finish(y + MARGIN - 10)


def _blocks(why: Why, network: Network | None) -> Iterator[Block]:
    numbered = [entry for entry in enumerate(why.patches) if entry[1].values.size]
    blocks: list[Block] = []
    for _, group in groupby(numbered, key=lambda entry: _family(entry[1])):
        blocks += _family_blocks(why, list(group))
    yield from blocks
    legend = _legend(why, any(isinstance(block, Grids) for block in blocks))
    if legend:
        yield Note(legend)
    curve = curve_of(network, why) if network is not None else None
    if curve is not None:
        yield Curved(curve, (why.patches[0].values.item(), why.total))
    if why.steps:
        yield Calculation(why.steps, _ROOM)


def _family(patch: Patch) -> tuple[str, ...]:
    """What patches have in common that are drawn alike: single values, or channels of one layer."""
    if patch.values.size == 1:
        return ()
    return patch.layer, (patch.label.split() or [""])[0], str(patch.weights is None)


def _family_blocks(why: Why, family: Sequence[_Numbered]) -> Iterator[Block]:
    won = why.winner[0] if why.winner else None
    single = family[0][1].values.size == 1
    if single:
        yield _single_values(why, family)
        return
    order = sorted(family, key=lambda entry: (entry[0] != won, -_amount(entry[1])))
    weighted = family[0][1].weights is not None
    peak = 0.0
    if len(family) > 1:
        left_out = sum(float(patch.terms.sum()) for _, patch in order[MOST_PATCHES:])
        peak = peak_of(np.array([left_out, *(_amount(patch) for _, patch in family)]))
    grids = _grids(why, sorted(order[:MOST_PATCHES], key=_place), peak)
    shown = len(grids) or _MOST_LISTINGS
    yield from grids or (_large(why, entry) for entry in sorted(order[:shown], key=_place))
    rest = order[shown:]
    if rest:
        others = float(sum(patch.terms.sum() for _, patch in rest))
        labelled = rest[0][1].label != ""
        words = f"{len(rest):,} more" if labelled else count_of(len(rest), "more channel")
        summed = weighted and (grids or not labelled)  # keys of attention add up to nothing
        total = Total(others, peak if grids else 0.0) if summed else None
        yield Rest(f"and {words}", total, grids[0].left if grids else 0.0)


def _place(entry: _Numbered) -> int:
    return entry[0]


def _amount(patch: Patch) -> float:
    return abs(float(patch.terms[np.isfinite(patch.terms)].sum()))


def _caption(why: Why, patch: Patch, room: float = _ROOM) -> str:
    label = f"{patch.label}: " if patch.label else ""
    return shortened(label + patch_name(patch, why.unit.example), room)


def _grids(why: Why, entries: Sequence[_Numbered], peak: float) -> list[Grids]:
    """Patches as grids with numbers, none where one of them does not fit."""
    patches = [patch for _, patch in entries]
    if why.operation in _SHARES or not all(_may_be_grid(patch) for patch in patches):
        return []
    weighted = patches[0].weights is not None
    powers = not weighted and not all(map(_plain, patches))
    rows = [_planes(why, entry, _shades(patches), powers) for entry in entries]
    room = _ROOM - (_FOR_SUM if weighted else 0.0)
    signs = (TIMES, "=") if weighted else (BECOMES,)
    fitted = fitting_panes([panes for row in rows for _, panes in row], signs, room)
    if fitted is None:
        return []
    left = max(panes.width for panes in fitted)
    found = []
    for patch, row in zip(patches, rows, strict=True):
        planes = tuple((where, fitted.pop(0)) for where, _ in row)
        total = Total(float(patch.terms.sum()), peak) if weighted else None
        found.append(Grids(_caption(why, patch), planes, total, left))
    return found


def _plain(patch: Patch) -> bool:
    """Whether what a patch contributes are its values themselves."""
    same = np.array_equal(patch.terms, patch.values, equal_nan=True)
    return patch.weights is None and same


def _may_be_grid(patch: Patch) -> bool:
    shape = patch.values.shape
    if not 1 <= len(shape) <= 3 or patch.values.size > _MOST_CELLS:
        return False
    if len(shape) == 1:
        return int(shape[0]) <= _MOST_IN_LINE
    return len(shape) == 2 or int(shape[0]) <= _MOST_PLANES


def _shades(patches: Sequence[Patch]) -> tuple[Shade, Shade, Shade]:
    """Colours of what was read, of the weights and of the terms, the same for all channels."""
    values = np.concatenate([patch.values[patch.inside] for patch in patches] or [np.zeros(1)])
    terms = np.concatenate([patch.terms[patch.inside] for patch in patches])
    weights = np.concatenate(
        [patch.weights.ravel() for patch in patches if patch.weights is not None] or [np.zeros(1)]
    )
    signed = patches[0].weights is not None or is_signed(terms)
    return (
        shade_of(is_signed(values), [peak_of(values)]),
        shade_of(True, [peak_of(weights)]),
        shade_of(signed, [peak_of(terms)]),
    )


def _planes(
    why: Why, entry: _Numbered, shades: tuple[Shade, Shade, Shade], powers: bool
) -> list[tuple[str, tuple[Pane, ...]]]:
    """The grids of a patch for each of its planes, with where that is."""
    number_of_patch, patch = entry
    winner = why.winner[1] if why.winner and why.winner[0] == number_of_patch else None
    marks = Marks(None if patch.inside.all() else ~patch.inside, patch.border, winner)
    unmarked = Marks(marks.outside)
    panes = [("what is read", patch.values, shades[0], marks)]
    if patch.weights is not None:
        panes += [
            ("weights", patch.weights, shades[1], Marks()),
            ("products", patch.terms, shades[2], unmarked),
        ]
    elif powers:
        panes.append(("terms", patch.terms, shades[2], unmarked))
    found = []
    for place in np.ndindex(patch.values.shape[:-2]):
        where = ""
        if place:
            where = f"at {patch.index((*place, 0, 0))[patch.axes[0]]}"
        found.append(
            (
                where,
                tuple(
                    Pane(name, np.atleast_2d(values[place]), shade, _as_rows(mark.at(*place)))
                    for name, values, shade, mark in panes
                ),
            )
        )
    return found


def _as_rows(marks: Marks) -> Marks:
    """The marks of a line as those of a grid of one row."""

    def rows(mask: Mask | None) -> Mask | None:
        return None if mask is None else np.atleast_2d(mask)

    winner = marks.winner
    if winner is not None and len(winner) == 1:
        winner = (0, *winner)
    return Marks(rows(marks.outside), rows(marks.border), winner)


def _large(why: Why, entry: _Numbered) -> Block:
    """A patch of many values: a picture of those that are not weighted, else the largest terms."""
    number_of_patch, patch = entry
    shape = patch.values.shape
    if _plain(patch) and patch.inside.all() and len(shape) <= 2 and min(shape) >= _LEAST_PICTURE:
        shade = shade_of(is_signed(patch.values), [peak_of(patch.values)])
        won = why.winner is not None and why.winner[0] == number_of_patch
        place = why.winner[1] if why.winner is not None and won else None
        return Picture(_caption(why, patch), patch.values, shade, place)
    return Listing(_caption(why, patch), _largest(why, entry))


def _largest(why: Why, entry: _Numbered) -> Terms:
    """The largest terms of a patch, with the value's own among them, and the sum of the others."""
    number_of_patch, patch = entry
    counted = patch.inside | (np.isfinite(patch.terms) & (patch.terms != 0))
    places = [tuple(map(int, place)) for place in np.argwhere(counted)]
    places.sort(key=lambda place: -abs(float(patch.terms[place])))
    marked = None
    if why.winner and why.winner[0] == number_of_patch:
        marked = why.winner[1]
    elif why.operation in _SHARES:
        marked = next((p for p in places if patch.index(p) == why.unit.index), None)
    first = places[:MOST_TERMS]
    if marked is not None and marked not in first:
        first = [*first[: MOST_TERMS - 1], marked]
    whole = (float(patch.terms.sum()) or None) if why.operation in _SHARES else None
    lines = []
    for place in first:
        name = entry_name(patch, place, why.unit.example) if patch.inside[place] else "padding"
        words = (shortened(name, _LONGEST_NAME), *_words(patch, place, whole))
        lines.append(Term(words, float(patch.terms[place]), marked=place == marked))
    rest = [float(patch.terms[place]) for place in places if place not in set(first)]
    if rest:
        said = "" if why.winner else short(sum(rest))
        blank = [""] * (len(lines[0].words) - 2)
        if whole is not None:
            blank, said = [*blank[:-1], said], f"{sum(rest) / whole:.1%}"
        words = (f"and {len(rest):,} more", *blank, said)
        lines.append(Term(words, None if why.winner else sum(rest), pale=True))
    peak = _peak(lines)
    outside = patch.values.size - len(places)
    if outside:
        words = (f"and {outside:,} of padding" if lines else f"all {outside:,} are padding",)
        lines.append(Term(words, pale=True))
    return Terms(tuple(lines), peak)


def _words(patch: Patch, place: tuple[int, ...], whole: float | None) -> list[str]:
    """An entry's value, its weight and its term, and its share of the whole where there is one."""
    value, term = float(patch.values[place]), float(patch.terms[place])
    words = [short(value)]
    if patch.weights is not None:
        words += [TIMES, short(float(patch.weights[place])), "=", short(term)]
    elif not _plain(patch):
        words += [BECOMES, short(term)]
    return words if whole is None else [*words, f"{term / whole:.1%}"]


def _peak(lines: Sequence[Term]) -> float:
    """The amount of the longest bar; 0, for no bars, where there is nothing to compare."""
    amounts = [abs(line.amount) for line in lines if line.amount is not None]
    known = [amount for amount in amounts if np.isfinite(amount)]
    return max(known, default=0.0) if len(lines) > 1 else 0.0


def _single_values(why: Why, family: Sequence[_Numbered]) -> Listing:
    """Patches of one value each in a list, the largest where they are many."""
    won = why.winner[0] if why.winner else None
    order = sorted(family, key=lambda entry: (entry[0] != won, -_amount(entry[1])))
    lines = []
    for number_of_patch, patch in sorted(order[:MOST_TERMS], key=_place):
        place = (0,) * patch.values.ndim
        words = (_caption(why, patch, _LONGEST_NAME), *_words(patch, place, None))
        lines.append(Term(words, patch.terms.item(), marked=number_of_patch == won))
    rest = [patch.terms.item() for _, patch in order[MOST_TERMS:]]
    if rest:
        said = "" if why.winner else short(sum(rest))
        words = (f"and {len(rest):,} more", *[""] * (len(lines[0].words) - 2), said)
        lines.append(Term(words, None if why.winner else sum(rest), pale=True))
    return Listing("", Terms(tuple(lines), _peak(lines)))


def _legend(why: Why, grids: bool) -> str:
    words = []
    if grids and any(not patch.inside.all() for patch in why.patches):
        words.append("hatched: padding")
    if grids and any(patch.border is not None and patch.border.any() for patch in why.patches):
        words.append("dotted frame: repeated beyond the border")
    if why.winner is not None:
        words.append("orange: the winner")
    return "     ".join(words)
