from __future__ import annotations

from math import exp, sqrt
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import LayerError
from striate.layers.pooling import GaussianL2Pool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def test_by_hand() -> None:
    x = torch.tensor([[[1.0, 2.0, 3.0]]])
    side = exp(-0.5)  # one sigma from the centre
    expected = sqrt((1 * side + 4 + 9 * side) / (1 + 2 * side))
    assert GaussianL2Pool(3, sigma=1)(x).item() == pytest.approx(expected)


def test_a_constant_stays() -> None:
    x = torch.full((1, 2, 9, 9), -3.0)
    torch.testing.assert_close(GaussianL2Pool(5, 2)(x), torch.full((1, 2, 3, 3), 3.0))


def test_the_weights_can_be_read() -> None:
    weights = GaussianL2Pool(3, sigma=(0.5, 2.0)).window_weights((3, 3))
    assert weights.sum().item() == pytest.approx(1)
    assert (weights[0, 1] / weights[1, 1]).item() == pytest.approx(exp(-2))
    assert (weights[1, 0] / weights[1, 1]).item() == pytest.approx(exp(-1 / 8))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), sigma=st.one_of(st.none(), st.floats(0.3, 5)))
def test_is_the_slow_norm(
    data: st.DataObject, sigma: float | None, cases: st.SearchStrategy[Case]
) -> None:
    case = data.draw(cases)
    offsets = torch.cartesian_prod(*(torch.arange(k) for k in case.kernel)).reshape(
        -1, len(case.kernel)
    )
    raw = [
        exp(
            -sum(
                (int(o) - (k - 1) / 2) ** 2 / (2 * (sigma or k / 4) ** 2)
                for o, k in zip(offset, case.kernel, strict=True)
            )
        )
        for offset in offsets
    ]

    def norm(window: list[Place]) -> float:
        return sqrt(
            sum(w * place.value**2 for w, place in zip(raw, window, strict=True)) / sum(raw)
        )

    pool = GaussianL2Pool(
        case.kernel, case.stride, case.padding, sigma=sigma, ceil_mode=case.ceil_mode
    )
    torch.testing.assert_close(pool(case.x), case.slowly(norm), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.0, -1.0, float("nan"), float("inf"), (1.0, 0.0)])
def test_sigma_must_be_above_zero(sigma: float) -> None:
    with pytest.raises(LayerError, match="must be above 0"):
        GaussianL2Pool(3, sigma=sigma)


def test_sigma_must_fit_the_axes() -> None:
    with pytest.raises(LayerError, match="1 axes"):
        GaussianL2Pool(3, sigma=(1.0, 1.0))(torch.zeros(1, 1, 5))
