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
    entries = np.ravel(values if isinstance(values, np.ndarray) else list(values))
    kept = list(entries) if entries.size <= _MOST_LISTED else [*entries[: _MOST_LISTED - 2]]
    later = number if between == ", " else factor
    shown = [number(entry) if place == 0 else later(entry) for place, entry in enumerate(kept)]
    if len(kept) < entries.size:
        shown += ["...", later(entries[-1])]
    return between.join(shown)


def count_of(count: int, what: str = "value") -> str:
    """How many of a thing there are, in words: 1 value, 4,096 values."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def size_of(shape: Iterable[int]) -> str:
    """A shape as people write it, 3x3."""
    return "x".join(map(str, shape)) or "1"
