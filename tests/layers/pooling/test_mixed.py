from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import LayerError
from striate.layers.pooling import AveragePool, MaxPool, MixedPool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def test_by_hand() -> None:
    x = torch.tensor([[[1.0, 3.0, 4.0, 0.0]]])
    assert MixedPool(2, a=0.25)(x).tolist() == [[[2.25, 2.5]]]
    assert torch.equal(MixedPool(2, a=1)(x), MaxPool(2)(x))
    assert torch.equal(MixedPool(2, a=0)(x), AveragePool(2)(x))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), a=st.floats(0, 1))
def test_is_the_slow_mixture(data: st.DataObject, a: float, cases: st.SearchStrategy[Case]) -> None:
    case = data.draw(cases)

    def mixture(window: list[Place]) -> float:
        values = [place.value for place in window if place.kind == "real"]
        return a * max(values) + (1 - a) * sum(values) / len(values)

    pool = MixedPool(case.kernel, case.stride, case.padding, a=a, ceil_mode=case.ceil_mode)
    torch.testing.assert_close(pool(case.x), case.slowly(mixture), rtol=1e-12, atol=1e-12)


def test_random_is_the_maximum_or_the_mean_of_each_example() -> None:
    x = torch.randn(400, 2, 4, 4)
    pool = MixedPool(2, a="random", generator=torch.Generator().manual_seed(0))
    largest, mean, y = MaxPool(2)(x), AveragePool(2)(x), pool(x)
    is_max = (y == largest).flatten(1).all(dim=1)
    is_mean = (y == mean).flatten(1).all(dim=1)
    assert (is_max ^ is_mean).all()
    assert 150 < is_max.sum() < 250  # 5 standard deviations
    pool.eval()
    torch.testing.assert_close(pool(x), (largest + mean) / 2)


def test_random_for_a_call_is_one_draw() -> None:
    x = torch.randn(8, 2, 4, 4)
    pool = MixedPool(2, a="random", per="call", generator=torch.Generator().manual_seed(0))
    largest, mean = MaxPool(2)(x), AveragePool(2)(x)
    drawn = [pool(x) for _ in range(30)]
    maxima = sum(torch.equal(y, largest) for y in drawn)
    assert maxima + sum(torch.equal(y, mean) for y in drawn) == 30
    assert 0 < maxima < 30


def test_learned_starts_in_the_middle_and_learns() -> None:
    x = torch.randn(4, 2, 6, 6)
    pool = MixedPool(2, a="learned")
    assert [name for name, _ in pool.named_parameters()] == ["logit"]
    torch.testing.assert_close(pool(x), (MaxPool(2)(x) + AveragePool(2)(x)) / 2)
    optimiser = torch.optim.SGD(pool.parameters(), lr=50.0)
    for _ in range(30):
        optimiser.zero_grad()
        loss = (pool(x) - MaxPool(2)(x)).square().mean()
        loss.backward()
        optimiser.step()
    assert pool.logit is not None
    assert pool.logit.sigmoid() > 0.95


@pytest.mark.parametrize("a", [-0.1, 1.5, True, "learnt", float("nan")])
def test_a_must_be_known(a: float) -> None:
    with pytest.raises(LayerError, match="must be a number from 0"):
        MixedPool(2, a=a)


def test_per_must_be_known() -> None:
    with pytest.raises(LayerError, match="'example'"):
        MixedPool(2, a="random", per="channel")  # type: ignore[arg-type]
