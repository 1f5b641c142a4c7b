"""The arithmetic behind one value, as data; nothing here prints."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from striate.network.kind import Kind

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Unit:
    """One value of a layer: `index` is its (channel, *position) in the output of one example."""

    layer: str
    index: tuple[int, ...]
    value: float
    example: int = 0
    _explain: Callable[["Unit"], "Why"] | None = field(default=None, repr=False, compare=False)

    def why(self) -> "Why":
        """The arithmetic behind this value in its turn; the input's values have no parents."""
        assert self._explain is not None
        return self._explain(self)


@dataclass(frozen=True, slots=True)
class Patch:
    """What was read of one channel of an operand, and what each value contributes.

    `values`, `inside`, `weights` and `terms` have one entry for each value that was read, in the
    shape of the window. `inside` is false where a constant stands in the padding; `weights` is None
    where values are not weighted. `terms` are what the values come to in the explanation: products,
    powers, exponentials, or the values themselves. `first` is the index (channel, *position) in the
    operand of the first entry, negative in the padding, and `step` the distance between entries
    along each of the window's axes (`axes` says which of the index they are).

    Where a border repeats values, as a mirror does, `border` is true for those that stand there and
    `places` has the entries' true positions along each of the window's axes. `example` is the one
    that was read where it is not the explained value's own, as for statistics of a batch.
    """

    layer: str
    first: tuple[int, ...]
    axes: tuple[int, ...]
    step: tuple[int, ...]
    values: Grid
    inside: Mask
    terms: Grid
    weights: Grid | None = None
    label: str = ""
    example: int | None = None
    places: tuple[tuple[int, ...], ...] | None = None
    border: Mask | None = None

    def index(self, place: tuple[int, ...]) -> tuple[int, ...]:
        """The index (channel, *position) in the operand of an entry of the window."""
        found = list(self.first)
        for number, (axis, offset) in enumerate(zip(self.axes, place, strict=True)):
            if self.places is None:
                found[axis] += self.step[number] * offset
            else:
                found[axis] = self.places[number][offset]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the calculation: what is computed, how, and what it comes to."""

    label: str
    formula: str
    value: float


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the explanation of an operation finds: all of `Why` but the unit itself."""

    summary: str
    patches: tuple[Patch, ...]
    steps: tuple[Step, ...]
    winner: tuple[int, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The operands of one value and how they give it.

    `summary` is the formula of the operation with its sizes. `patches` are what was read, `steps`
    how it was put together, the last of them the value itself: `total`, in float64. The traced
    value is `unit.value`. `winner` is the (patch, place) of a maximum. `parents` are the values
    that were read, padding left out.
    """

    unit: Unit
    kind: Kind
    operation: str
    summary: str
    patches: tuple[Patch, ...]
    steps: tuple[Step, ...]
    winner: tuple[int, tuple[int, ...]] | None = None
    _at: Callable[[str, tuple[int, ...], float, int], Unit] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def total(self) -> float:
        """What the parts come to, in float64."""
        return self.steps[-1].value if self.steps else self.unit.value

    @property
    def parents(self) -> tuple[Unit, ...]:
        """The values that this one was computed from, in the order of the patches."""
        if self._at is None:
            return ()
        found: dict[tuple[str, tuple[int, ...], int], float] = {}
        for patch in self.patches:
            example = self.unit.example if patch.example is None else patch.example
            for place in np.ndindex(patch.values.shape):
                if patch.inside[place]:
                    found[patch.layer, patch.index(place), example] = float(patch.values[place])
        return tuple(
            self._at(layer, index, value, example)
            for (layer, index, example), value in found.items()
        )

    def plain(self) -> dict[str, Any]:
        """The explanation as JSON takes it; None stands for what is no finite number."""
        return {
            "layer": self.unit.layer,
            "index": list(self.unit.index),
            "example": self.unit.example,
            "value": _finite(self.unit.value),
            "total": _finite(self.total),
            "kind": str(self.kind),
            "operation": self.operation,
            "summary": self.summary,
            "patches": [_plain_patch(patch) for patch in self.patches],
            "steps": [
                {"label": step.label, "formula": step.formula, "value": _finite(step.value)}
                for step in self.steps
            ],
            "winner": None
            if self.winner is None
            else {"patch": self.winner[0], "place": list(self.winner[1])},
        }


def _plain_patch(patch: Patch) -> dict[str, Any]:
    return {
        "layer": patch.layer,
        "label": patch.label,
        "example": patch.example,
        "first": list(patch.first),
        "axes": list(patch.axes),
        "step": list(patch.step),
        "places": None if patch.places is None else [list(axis) for axis in patch.places],
        "values": _numbers(patch.values),
        "inside": patch.inside.tolist(),
        "border": None if patch.border is None else patch.border.tolist(),
        "weights": None if patch.weights is None else _numbers(patch.weights),
        "terms": _numbers(patch.terms),
    }


def _numbers(grid: Grid) -> Any:
    """A grid as lists of numbers."""
    listed = grid.tolist()
    return listed if np.isfinite(grid).all() else _finite(listed)


def _finite(value: Any) -> Any:
    """Numbers, and lists of them, without those that JSON has no word for."""
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value if isfinite(value) else None
