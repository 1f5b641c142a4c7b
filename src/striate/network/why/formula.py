"""Numbers as they stand in the formula of a step."""

from collections.abc import Iterable

import numpy as np

_MOST_LISTED = 9


def number(value: float) -> str:
    """A number to six significant figures."""
    return f"{value + 0.0:.6g}"  # adding zero makes -0 a 0


def factor(value: float) -> str:
    """A number that stands behind an operator: in parentheses when it is negative."""
    shown = number(value)
    return f"({shown})" if shown.startswith("-") else shown


def listed(values: Iterable[float], between: str = ", ") -> str:
    """Numbers in a row, all of a few and otherwise the first ones and the last."""
    entries = np.ravel(np.asarray(values, np.float64))
    show = number if between == ", " else factor
    if entries.size > _MOST_LISTED:
        first = [show(entry) for entry in entries[: _MOST_LISTED - 2]]
        return between.join([*first, "...", show(entries[-1])])
    return between.join(show(entry) for entry in entries)


def size_of(shape: Iterable[int]) -> str:
    """A shape as people write it, 3x3."""
    return "x".join(map(str, shape)) or "1"
