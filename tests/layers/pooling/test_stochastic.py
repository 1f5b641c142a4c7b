from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from striate.layers.pooling import StochasticPool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def test_evaluation_is_the_expectation() -> None:
    # Zeiler and Fergus, figure 1: activations 1.6 and 2.4 have probabilities 0.4 and 0.6.
    x = torch.tensor([[[[0, 0, 0], [0, 1.6, 0], [0, 0, 2.4]]]])
    expected = 0.4 * 1.6 + 0.6 * 2.4
    assert StochasticPool(3).eval()(x).item() == pytest.approx(expected)


def test_training_draws_one_of_the_values() -> None:
    x = torch.tensor([[[[0, 0, 0], [0, 1.6, 0], [0, 0, 2.4]]]])
    pool = StochasticPool(3, generator=torch.Generator().manual_seed(0))
    assert {round(pool(x).item(), 1) for _ in range(50)} == {1.6, 2.4}


@pytest.mark.parametrize("scale", [1.0, 1e-36, 1e36])
def test_frequencies(scale: float) -> None:
    values = torch.tensor([0.5, 0.0, 1.0, -3.0, 2.5, 4.0])
    draws = 20_000
    x = (values * scale).expand(draws, 1, 6)
    pool = StochasticPool(6, generator=torch.Generator().manual_seed(1))
    y = pool(x).flatten() / scale
    drawable = values[values > 0]
    counts = torch.tensor([((y - value).abs() < 1e-3).sum() for value in drawable])
    assert counts.sum() == draws
    expected = drawable / drawable.sum() * draws
    assert chisquare(counts.double(), expected.double() * draws / expected.sum()).pvalue > 0.001


def test_frequencies_with_padding_stride_and_channels() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).repeat(20_000, 1, 1)
    pool = StochasticPool(2, 2, [(1, 0)], generator=torch.Generator().manual_seed(2))
    y = pool(x)
    assert (y[:, 0, 0] == 1).all()  # the other place is padding
    assert (y[:, 1, 0] == 4).all()
    for channel, (low, high) in enumerate([(2.0, 3.0), (5.0, 6.0)]):
        lows, highs = (y[:, channel, 1] == low).sum(), (y[:, channel, 1] == high).sum()
        assert lows + highs == 20_000
        share = low / (low + high)
        assert chisquare([lows, highs], [20_000 * share, 20_000 * (1 - share)]).pvalue > 0.001


def test_windows_draw_independently() -> None:
    x = torch.ones(5_000, 1, 4)
    x[..., 1::2] = 3.0
    y = StochasticPool(2, generator=torch.Generator().manual_seed(3))(x)[:, 0] == 3.0
    pairs = torch.bincount(2 * y[:, 0].long() + y[:, 1].long(), minlength=4)
    assert chisquare(pairs, [5_000 * f for f in (1 / 16, 3 / 16, 3 / 16, 9 / 16)]).pvalue > 0.001


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_is_the_slow_expectation(data: st.DataObject, cases: st.SearchStrategy[Case]) -> None:
    case = data.draw(cases)

    def expectation(window: list[Place]) -> float:
        values = [max(place.value, 0.0) for place in window]
        total = sum(values)
        return sum(value / total * value for value in values) if total else 0.0

    pool = StochasticPool(case.kernel, case.stride, case.padding, ceil_mode=case.ceil_mode).eval()
    torch.testing.assert_close(pool(case.x), case.slowly(expectation), rtol=1e-9, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_draws_a_real_positive_value_of_its_window(
    data: st.DataObject, cases: st.SearchStrategy[Case]
) -> None:
    case = data.draw(cases)
    torch.manual_seed(data.draw(st.integers(0, 99)))
    y = StochasticPool(case.kernel, case.stride, case.padding, ceil_mode=case.ceil_mode)(case.x)
    drawn = iter(y.flatten().tolist())

    def check(window: list[Place]) -> float:
        value: float = next(drawn)
        positive = [place.value for place in window if place.value > 0]
        assert value in positive if positive else value == 0
        return value

    case.slowly(check)


def test_the_gradient_goes_to_the_value_drawn() -> None:
    x = torch.tensor([[[1.0, 2.0, -1.0, -2.0]]], requires_grad=True)
    torch.manual_seed(0)
    y = StochasticPool(2)(x)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[[float(y[0, 0, 0] == 1), float(y[0, 0, 0] == 2), 0, 0]]]


@pytest.mark.parametrize("training", [True, False])
def test_a_window_without_positive_values_gives_zero(training: bool) -> None:
    # The first window's first place is padding, and the input's first value is not in the last.
    x = torch.tensor([[[5.0, -1.0, 0.0, -2.0]]], requires_grad=True)
    y = StochasticPool(2, 2, [(0, 1)]).train(training)(x)
    padded = StochasticPool(2, 2, 1).train(training)(-x)
    assert y.tolist() == [[[5, 0]]]
    assert padded.tolist() == [[[0, 1, 2]]]
    (y.sum() + padded.sum()).backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("training", [True, False])
def test_nan_is_not_hidden(training: bool) -> None:
    x = torch.tensor([[[1.0, torch.nan, 1.0, 1.0]]])
    y = StochasticPool(2).train(training)(x)[0, 0]
    assert y[0].isnan()
    assert y[1] == 1
