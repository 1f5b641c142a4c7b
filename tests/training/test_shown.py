import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from striate.training.shown import BINS, Room, figures, filters, maps


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_figures_are_those_of_numpy(values: list[float]) -> None:
    array = np.array(values, np.float32)
    found = figures(torch.from_numpy(array).reshape(1, -1))
    assert found.shape == (1, len(values))
    assert (found.low, found.high) == (array.min(), array.max())
    assert found.mean == pytest.approx(array.astype(float).mean(), rel=1e-6, abs=1e-6)
    assert found.deviation == pytest.approx(array.astype(float).std(), rel=1e-6, abs=1e-6)
    assert found.zeros == pytest.approx((array == 0).mean())
    assert sum(found.histogram) == len(values)
    assert found.finite
    if found.low < found.high:
        expected, _ = np.histogram(array.astype(float), BINS, (found.low, found.high))
        # A value on the border of two bins may be rounded into either.
        assert abs(np.cumsum(expected) - np.cumsum(found.histogram)).max() <= 1 + len(values) // 10


def test_values_that_are_not_finite_are_left_out() -> None:
    found = figures(torch.tensor([math.nan, 1.0, -math.inf, 3.0, 0.0]))
    assert not found.finite
    assert (found.low, found.high, sum(found.histogram)) == (0.0, 3.0, 3)
    assert found.zeros == pytest.approx(1 / 3)
    nothing = figures(torch.full((4,), math.inf))
    assert (nothing.low, nothing.high, nothing.finite) == (0.0, 0.0, False)


def test_the_largest_numbers_there_are() -> None:
    found = figures(torch.tensor([-3e38, 3e38, 0.0], dtype=torch.bfloat16))
    assert math.isfinite(found.deviation)
    assert sum(found.histogram) == 3


@pytest.mark.parametrize(
    ("shape", "shown", "step"),
    [
        ((6, 28, 28), (6, 28, 28), 1),
        ((100, 8, 8), (32, 8, 8), 1),
        ((3, 224, 200), (3, 56, 50), 4),
        ((5, 4, 16, 16), (5, 16, 16), 1),
        ((64, 3000), (32, 1000), 3),
        ((4000,), (1024,), 1),
        ((7,), (7,), 1),
    ],
)
def test_maps(shape: tuple[int, ...], shown: tuple[int, ...], step: int) -> None:
    values = torch.arange(math.prod(shape)).view(shape)
    cut, found = maps(values, Room())
    assert (tuple(cut.shape), found) == (shown, step)
    assert cut.flatten()[0] == values[:1].flatten()[0] or len(shape) == 4
    if len(shape) == 4:
        assert torch.equal(cut, values[:, 2])


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((16, 3, 5, 5), (16, 3, 5, 5)),
        ((64, 64, 3, 3), (32, 16, 3, 3)),
        ((8, 4, 3, 3, 3), (8, 4, 3, 3)),
        ((40, 20, 7), (32, 16, 7)),
        ((10, 1000), (10, 256)),
        ((100, 20), (64, 20)),
        ((2000,), (1024,)),
        ((), (1,)),
    ],
)
def test_filters(shape: tuple[int, ...], shown: tuple[int, ...]) -> None:
    assert tuple(filters(torch.zeros(shape), Room())[0].shape) == shown


def test_half_the_room_is_never_none() -> None:
    room = Room()
    for _ in range(20):
        room = room.halved()
    assert room == Room(1, 1, 1, 1, 1, 1)
