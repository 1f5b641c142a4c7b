"""The slow, obvious way to pool, in float64 and with loops, that the modules are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import strategies as st


class Place(NamedTuple):
    """One place in a window: its value (0 where there is none) and where it lies."""

    value: float
    kind: Literal["real", "padding", "beyond"]


Reduce = Callable[[list[Place]], float]
Sides = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A pooling problem: an input and how the window slides over it."""

    x: torch.Tensor
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Sides, ...]
    ceil_mode: bool

    def slowly(self, reduce: Reduce, x: torch.Tensor | None = None) -> torch.Tensor:
        """The reduction of every window, one after the other."""
        x = self.x if x is None else x
        starts = [
            _starts(*axis, self.ceil_mode)
            for axis in zip(x.shape[2:], self.kernel, self.stride, self.padding, strict=True)
        ]
        y = np.empty((*x.shape[:2], *(len(s) for s in starts)))
        values = x.double().numpy()
        for n, c in np.ndindex(*x.shape[:2]):
            for where in np.ndindex(*y.shape[2:]):
                corner = [s[i] for s, i in zip(starts, where, strict=True)]
                y[(n, c, *where)] = reduce(self._window(values[n, c], corner))
        return torch.from_numpy(y)

    def _window(self, plane: np.ndarray, corner: list[int]) -> list[Place]:
        places = []
        for offset in product(*(range(k) for k in self.kernel)):
            at = tuple(c + o for c, o in zip(corner, offset, strict=True))
            if all(0 <= a < n for a, n in zip(at, plane.shape, strict=True)):
                places.append(Place(float(plane[at]), "real"))
            elif all(
                a < n + after
                for a, n, (_, after) in zip(at, plane.shape, self.padding, strict=True)
            ):
                places.append(Place(0.0, "padding"))
            else:
                places.append(Place(0.0, "beyond"))
        return places


def _starts(n: int, kernel: int, stride: int, padding: Sides, ceil_mode: bool) -> list[int]:
    """Where windows start: each that fits, and in ceil mode one more that starts before the end."""
    before, after = padding
    starts = [start for start in range(-before, n + after, stride) if start + kernel <= n + after]
    nothing_left = starts[-1] + kernel == n + after
    if ceil_mode and not nothing_left and starts[-1] + stride < n:
        starts.append(starts[-1] + stride)
    return starts


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    axes = draw(st.integers(1, 3))
    largest = 4 if axes < 3 else 3
    per_axis = st.lists(st.integers(1, largest), min_size=axes, max_size=axes)
    kernel, stride = tuple(draw(per_axis)), tuple(draw(per_axis))
    padding = tuple((draw(st.integers(0, k - 1)), draw(st.integers(0, k - 1))) for k in kernel)
    spatial = tuple(
        draw(st.integers(max(1, k - sum(sides)), k + 4))
        for k, sides in zip(kernel, padding, strict=True)
    )
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 2)), *spatial)
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    return Case(x, kernel, stride, padding, draw(st.booleans()))


@pytest.fixture(scope="session")
def cases() -> st.SearchStrategy[Case]:
    """Inputs of 1 to 3 axes with any kernel, stride and padding that fit them."""
    return _cases()
