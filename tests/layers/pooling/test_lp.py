from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from striate.errors import GeometryError, LayerError
from striate.layers.pooling import LpPool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place

POWERS = (0.5, 1.0, 1.7, 2.0, 3.0, 4.0, 4.5, 12.0, inf)


def test_the_norm_of_each_window() -> None:
    x = torch.tensor([[[3.0, -4, 0, 2]]])
    assert LpPool(2)(x).tolist() == [[[5, 2]]]
    assert LpPool(2, p=1)(x).tolist() == [[[7, 2]]]
    assert LpPool(2, p=inf)(x).tolist() == [[[4, 2]]]
    torch.testing.assert_close(LpPool(2, p=3)(x), torch.tensor([[[91 ** (1 / 3), 2.0]]]))


def test_weights_multiply_the_powers() -> None:
    x = torch.tensor([[[3.0, -4, 0, 2]]])
    weighted = LpPool(2, weights=[1.0, 0.5])
    torch.testing.assert_close(weighted(x), torch.tensor([[[17**0.5, 2**0.5]]]))
    assert LpPool(2, p=inf, weights=[1, 0])(x).tolist() == [[[3, 0]]]


@settings(max_examples=80, deadline=None)
@given(data=st.data(), p=st.sampled_from(POWERS), weighted=st.booleans())
def test_is_the_slow_norm(
    data: st.DataObject, p: float, weighted: bool, cases: st.SearchStrategy[Case]
) -> None:
    case = data.draw(cases)
    seed = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    weights = torch.rand(case.kernel, generator=seed, dtype=torch.float64)
    if weights.numel() > 1:
        weights.view(-1)[0] = 0.0
    flat: list[float] = weights.flatten().tolist() if weighted else [1.0] * weights.numel()

    def norm(window: list[Place]) -> float:
        pairs = [(w, abs(place.value)) for w, place in zip(flat, window, strict=True)]
        if p == inf:
            return max(value if w > 0 else 0.0 for w, value in pairs)
        total: float = sum(w * value**p for w, value in pairs)
        root: float = total ** (1 / p)
        return root

    pool = LpPool(
        case.kernel,
        case.stride,
        case.padding,
        p=p,
        weights=weights if weighted else None,
        ceil_mode=case.ceil_mode,
    )
    torch.testing.assert_close(pool(case.x), case.slowly(norm), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, 5.0, 6.0])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (3, 1)])
def test_is_torch_where_torch_is_defined(p: float, kernel: int, stride: int) -> None:
    x = torch.randn(2, 3, 9, 9, dtype=torch.float64)
    if p % 2:  # of odd powers torch keeps the sign
        x = x.abs()
    torch.testing.assert_close(LpPool(kernel, stride, p=p)(x), nn.LPPool2d(p, kernel, stride)(x))


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("weights", [None, [[1.0, 0.0], [0.5, 2.0]]])
@pytest.mark.parametrize("value", [0.0, 1e-38, 1e-30, -1e-12, 1.0, 1e12, -1e30, 1e36])
def test_gradients_are_finite_at_any_size(
    p: float, weights: list[list[float]] | None, value: float
) -> None:
    x = torch.tensor([[value, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, value / 2]])[None, None]
    x.requires_grad_()
    y = LpPool(2, p=p, weights=weights)(x)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    last = 0.0 if weights is None else 2.0
    expected = abs(value) * torch.tensor([1.0, 0.5 * (last ** (1 / p) if last else 1.0)])
    torch.testing.assert_close(y.flatten(), expected, rtol=2e-5, atol=1e-44)


@pytest.mark.parametrize("p", POWERS)
def test_windows_of_very_different_size_do_not_disturb_each_other(p: float) -> None:
    x = torch.tensor([[[1e4, 1e4, 1e-4, 1e-4]]])
    count = 2 ** (1 / p)
    torch.testing.assert_close(
        LpPool(2, p=p)(x), torch.tensor([[[1e4 * count, 1e-4 * count]]]), rtol=1e-5, atol=0
    )


def test_nan_stays_in_its_window_and_infinity_is_infinite() -> None:
    x = torch.tensor([[[nan, 1.0, 3.0, 4.0, inf, 1.0]]])
    for p in (1.0, 2.0, 9.0):
        beside_infinity = LpPool(2, p=p)(x[..., 2:])[0, 0]
        torch.testing.assert_close(beside_infinity, LpPool(2, p=p)(x)[0, 0, 1:])
        y = LpPool(2, p=p)(x)[0, 0]
        assert y[0].isnan()
        assert y[1] == pytest.approx((3**p + 4**p) ** (1 / p))
        assert y[2] == inf


def test_bfloat16_is_computed_in_float32() -> None:
    x = torch.randn(1, 4, 32, 32).bfloat16()
    expected = LpPool(4, p=3)(x.float()).bfloat16()
    assert torch.equal(LpPool(4, p=3)(x), expected)


def test_weights_are_in_the_state() -> None:
    pool = LpPool(2, weights=[[1.0, 2.0], [3.0, 4.0]])
    other = LpPool(2, weights=torch.ones(2, 2))
    other.load_state_dict(pool.state_dict())
    x = torch.randn(1, 1, 4, 4)
    assert torch.equal(other(x), pool(x))


@pytest.mark.parametrize("p", [0, -1.0, nan, True, "2"])
def test_p_must_be_above_zero(p: float) -> None:
    with pytest.raises(LayerError, match="must be a number above 0"):
        LpPool(2, p=p)


def test_weights_must_fit_the_window() -> None:
    with pytest.raises(LayerError, match="do not fit a window of kernel 2"):
        LpPool(2, weights=[[1.0, 1.0, 1.0]])
    with pytest.raises(LayerError, match="do not fit"):
        LpPool((2, 3), weights=torch.ones(3, 2))
    with pytest.raises(LayerError, match="not negative"):
        LpPool(2, weights=[1.0, -1.0])
    with pytest.raises(LayerError, match="not all zero"):
        LpPool(2, weights=[0.0, 0.0])
    with pytest.raises(LayerError, match="table of numbers"):
        LpPool(2, weights=[[1.0, 2.0], [3.0]])
    with pytest.raises(LayerError, match="takes no weights"):
        LpPool("global", weights=[1.0, 1.0])
    with pytest.raises(GeometryError, match="2 entries"):
        LpPool(2, weights=torch.ones(2, 2))(torch.zeros(1, 1, 4))
