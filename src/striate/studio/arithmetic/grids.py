"""Grids of numbers as a page sends them: lists of lists, checked one by one."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from striate.errors import StudioError

Grid = npt.NDArray[np.float64]

MOST_PLACES = 16
MOST_CHANNELS = 4
MOST_TAPS = 7
MOST_FILTERS = 4
LARGEST = 1e6
"""The largest magnitude of a number: products of two are then far from the limits of float32."""


def grid_of(given: Any, name: str, axes: Sequence[int], most: Sequence[int]) -> Grid:
    """The numbers of nested lists, which have one of the numbers of `axes`.

    `most` limits the size of each axis, counted from the last.
    Raises StudioError that says where the grid is not one: rows of unequal length, no number, too
    large.
    """
    shape: list[int] = []
    level = given
    while isinstance(level, list):
        if not level:
            raise StudioError(f"{name} has an empty row: give at least one number")
        shape.append(len(level))
        level = level[0]
        if len(shape) > max(axes):
            break
    if len(shape) not in axes:
        known = " or ".join(map(str, axes))
        raise StudioError(f"{name} is nested {len(shape)} lists deep and must be {known}")
    limits = list(most)[-len(shape) :]
    for size, limit in zip(shape, limits, strict=True):
        if size > limit:
            raise StudioError(
                f"{name} (={_times(shape)}) is too large to be shown number by number: at most "
                f"{_times(limits)}"
            )
    flat: list[float] = []
    _gather(given, shape, name, (), flat)
    return np.array(flat, np.float64).reshape(shape)


def sizes_within(sizes: Sequence[int], most: int, what: str) -> None:
    """Raises StudioError when the sizes multiply to more than a page can take."""
    count = prod(sizes)
    if count > most:
        raise StudioError(
            f"{what} would have {count:,} numbers and at most {most:,} are shown: take a smaller "
            "input, kernel or padding, or a larger stride"
        )


def _gather(
    given: Any, shape: Sequence[int], name: str, place: tuple[int, ...], flat: list[float]
) -> None:
    if not shape:
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise StudioError(f"{name} has no number at {_at(place)}")
        if not abs(given) <= LARGEST:
            raise StudioError(
                f"{name} at {_at(place)} (={given:g}) must lie between -{LARGEST:,.0f} and "
                f"{LARGEST:,.0f}"
            )
        flat.append(float(given))
        return
    if not isinstance(given, list) or len(given) != shape[0]:
        found = len(given) if isinstance(given, list) else "no"
        raise StudioError(
            f"{name} is uneven: {found} entries at {_at(place)} and {shape[0]} at the first"
        )
    for number, entry in enumerate(given):
        _gather(entry, shape[1:], name, (*place, number), flat)


def _at(place: tuple[int, ...]) -> str:
    return f"[{', '.join(str(index + 1) for index in place)}]"


def _times(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
