"""How the values of a window become one: its maximum, its sum, its mean, its norm."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np

from striate.network.why.formula import factor, listed, number
from striate.network.why.why import Arithmetic, Grid, Mask, Patch, Step

Winner = tuple[int, tuple[int, ...]]
"""A value by its patch and its place there."""


def real_values(patches: Sequence[Patch]) -> Grid:
    """The values of all patches in a row, padding left out."""
    return np.concatenate([patch.values[patch.inside] for patch in patches])


def first_largest(patches: Sequence[Patch]) -> Winner | None:
    """Where the largest term is, the first of equal ones; None where all is padding."""
    best: tuple[float, Winner] | None = None
    for number_of_patch, patch in enumerate(patches):
        places = np.flatnonzero(patch.inside)
        if places.size:
            flat = places[int(np.argmax(patch.terms.ravel()[places]))]
            place = tuple(map(int, np.unravel_index(flat, patch.terms.shape)))
            if best is None or patch.terms[place] > best[0]:
                best = float(patch.terms[place]), (number_of_patch, place)
    return None if best is None else best[1]


def maximum(patches: Sequence[Patch], summary: str) -> Arithmetic:
    """The largest of all values, -inf where a window reads padding alone."""
    winner = first_largest(patches)
    step = Step("maximum", f"max({listed(real_values(patches))})", value_at(patches, winner))
    return Arithmetic(summary, tuple(patches), (step,), winner)


def minimum(patches: Sequence[Patch], summary: str) -> Arithmetic:
    """The smallest of all values."""
    winner = first_largest([replace(patch, terms=-patch.values) for patch in patches])
    step = Step("minimum", f"min({listed(real_values(patches))})", value_at(patches, winner))
    return Arithmetic(summary, tuple(patches), (step,), winner)


def value_at(patches: Sequence[Patch], winner: Winner | None) -> float:
    """The value of a winner, -inf where there is none."""
    return -inf if winner is None else float(patches[winner[0]].values[winner[1]])


def sum_step(patches: Sequence[Patch], label: str = "sum") -> Step:
    """The sum of all terms, padding left out."""
    terms = np.concatenate([patch.terms[patch.inside] for patch in patches])
    return Step(label, listed(terms, " + "), float(terms.sum()))


def product_step(patches: Sequence[Patch]) -> Step:
    """The product of all values."""
    values = real_values(patches)
    return Step("product", listed(values, " * "), float(values.prod()))


def mean(patches: Sequence[Patch], divisor: float, counted: str, summary: str) -> Arithmetic:
    """The sum of all values over a divisor; `counted` says what the divisor counts."""
    total = sum_step(patches)
    value = total.value / divisor
    steps = (
        total,
        Step("divisor", counted, divisor),
        Step("mean", f"{number(total.value)} / {factor(divisor)}", value),
    )
    return Arithmetic(summary, tuple(patches), steps)


def norm(patches: Sequence[Patch], p: float, summary: str) -> Arithmetic:
    """The p-norm, (sum of w |x|^p)^(1/p), with the patches' weights where they have some.

    For p = inf the largest |x| of those of positive weight.
    """
    magnitudes = [
        replace(patch, terms=np.where(_counted(patch), np.abs(patch.values), 0.0))
        for patch in patches
    ]
    winner = first_largest(magnitudes)
    largest = abs(value_at(magnitudes, winner))
    if p == inf:
        step = Step("maximum", f"max({listed(np.abs(real_values(patches)))})", largest)
        return Arithmetic(summary, tuple(magnitudes), (step,), winner)
    powers, total = _powers(magnitudes, p, 1.0)
    if largest == 0 or 0 < total < inf:
        root = Step(f"root {number(p)}", f"{factor(total)}^(1/{number(p)})", total ** (1 / p))
        return Arithmetic(summary, powers, (sum_step(powers), root))
    # Powers beyond the range of numbers: those of the shares of the largest are within it.
    powers, total = _powers(magnitudes, p, largest)
    value = total ** (1 / p) * largest
    steps = (
        Step("largest magnitude", f"max({listed(np.abs(real_values(patches)))})", largest),
        sum_step(powers, "sum of powers of shares of it"),
        Step(f"root {number(p)}", f"{factor(total)}^(1/{number(p)}) * {factor(largest)}", value),
    )
    return Arithmetic(summary, powers, steps)


def _counted(patch: Patch) -> Mask:
    return patch.inside if patch.weights is None else patch.inside & (patch.weights > 0)


def _powers(magnitudes: Sequence[Patch], p: float, scale: float) -> tuple[tuple[Patch, ...], float]:
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        powers = tuple(
            replace(
                patch,
                terms=(patch.terms / scale) ** p
                * (1.0 if patch.weights is None else patch.weights),
            )
            for patch in magnitudes
        )
    return powers, float(sum(patch.terms.sum() for patch in powers))
