"""An explanation as text: what was read as small grids of numbers, then the calculation."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

import numpy as np
from rich.text import Text

from striate.network.why.formula import count_of, number
from striate.network.why.grid import PADDING, REPEATED, Marks
from striate.network.why.patch_text import patch_lines
from striate.network.why.why import Patch, Step, Unit, Why

_MOST_PATCHES = 3
_MOST_SINGLE = 8
_MOST_PARENTS = 6
_NO_BREAK = "\x00"


def explanation(why: Why, width: int = 80) -> Text:
    """The whole explanation, in lines of at most `width` characters where names allow.

    Of many channels those that contribute most are shown, of many terms the largest; what is left
    out is counted and summed. Padding is a dot, a value that the border repeats has a prime, and
    the largest of a maximum stands in brackets, so that it reads the same without colours.
    """
    lines = [Text(f"{unit_name(why.unit)} = {number(why.unit.value)}", "bold")]
    lines += _wrapped(f"{why.operation}: {why.summary}", width)
    numbered = list(enumerate(why.patches))
    single = False
    for _, group in groupby(numbered, key=lambda entry: _family(entry[1])):
        family = list(group)
        if not (single and _is_single(family[0][1])):  # those of one line stand together
            lines.append(Text())
        single = _is_single(family[0][1])
        lines += _family_lines(why, family, width)
    legend = _legend(why.patches)
    if legend:
        lines.append(Text(legend, "dim"))
    if why.steps:
        lines += [Text(), *_step_lines(why.steps, width)]
    parents = _parents(why)
    if parents:
        lines += [Text(), *_wrapped(parents, width)]
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def unit_name(unit: Unit, example: int = 0) -> str:
    """A unit as people write it: conv1[3, 5, 7], channel first."""
    place = f"{unit.layer}[{', '.join(map(str, unit.index))}]" if unit.index else unit.layer
    return place if unit.example == example else f"{place} of example {unit.example}"


def _family(patch: Patch) -> tuple[str, str, bool]:
    """What patches have in common that are channels of one thing."""
    return patch.layer, (patch.label.split() or [""])[0], _is_single(patch)


def _is_single(patch: Patch) -> bool:
    return patch.values.size == 1


def _family_lines(why: Why, family: Sequence[tuple[int, Patch]], width: int) -> Iterator[Text]:
    """The patches that contribute most in their order, and the sum of the others."""
    won, place = why.winner if why.winner else (None, ())
    order = sorted(family, key=lambda entry: (entry[0] != won, -abs(float(entry[1].terms.sum()))))
    single = _is_single(family[0][1])
    most = _MOST_SINGLE if single else _MOST_PATCHES
    for position, (number_of_patch, patch) in enumerate(sorted(order[:most])):
        marks = Marks(
            None if patch.inside.all() else ~patch.inside,
            patch.border,
            place if number_of_patch == won else None,
        )
        if position and not single:
            yield Text()
        yield from patch_lines(patch, marks, why.unit.example, width)
    rest = [patch for _, patch in order[most:]]
    if rest:
        if not single:
            yield Text()
        total = sum(float(patch.terms.sum()) for patch in rest)
        words = "" if won is not None else f": sum {number(total)}"
        what = count_of(len(rest), "more channel") if not rest[0].label else f"{len(rest):,} more"
        yield Text(f"and {what}{words}")


def _legend(patches: Sequence[Patch]) -> str:
    words = []
    if any(not patch.inside.all() for patch in patches):
        words.append(f"{PADDING} padding")
    if any(patch.border is not None for patch in patches):
        words.append(f"{REPEATED} repeated beyond the border")
    return "   ".join(words)


def _step_lines(steps: Sequence[Step], width: int) -> Iterator[Text]:
    longest = max(len(step.label) for step in steps)
    for position, step in enumerate(steps):
        text = f"{step.formula} = {number(step.value)}"
        room = max(width - longest - 2, 20)
        for row, line in enumerate(wrap(text, room) or [""]):
            label = step.label if row == 0 else ""
            last = "bold" if position == len(steps) - 1 else ""
            yield Text.assemble(f"{label:<{longest}}  ", (line, last))


def _parents(why: Why) -> str:
    """The values that it was computed from, those of the largest terms first.

    Nothing where they stand above one by one.
    """
    if all(_is_single(patch) for patch in why.patches):
        return ""
    weight: dict[tuple[str, tuple[int, ...], int], float] = {}
    for patch in why.patches:
        example = why.unit.example if patch.example is None else patch.example
        for place in np.ndindex(patch.values.shape):
            if patch.inside[place]:
                where = patch.layer, patch.index(place), example
                weight[where] = max(weight.get(where, 0.0), abs(float(patch.terms[place])))
    parents = sorted(why.parents, key=lambda unit: -weight[unit.layer, unit.index, unit.example])
    named = [
        f"{unit_name(unit, why.unit.example)} = {number(unit.value)}"
        for unit in parents[:_MOST_PARENTS]
    ]
    if len(parents) > _MOST_PARENTS:
        named.append(f"and {len(parents) - _MOST_PARENTS:,} more")
    # Each stays in one line with its value.
    joined = ", ".join(name.replace(" ", _NO_BREAK) for name in named)
    return f"computed from {count_of(len(parents))}: {joined}"


def _wrapped(text: str, width: int) -> list[Text]:
    lines = wrap(text, width, subsequent_indent="  ")
    return [Text(line.replace(_NO_BREAK, " ")) for line in lines]
