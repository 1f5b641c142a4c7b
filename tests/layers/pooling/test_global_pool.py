from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.errors import LayerError
from striate.layers.pooling import (
    AveragePool,
    GaussianL2Pool,
    GlobalPool,
    LpPool,
    MaxPool,
    MixedPool,
    StochasticPool,
)


def test_average_and_maximum_are_torchs() -> None:
    x = torch.randn(2, 3, 5, 6)
    torch.testing.assert_close(GlobalPool()(x), nn.AdaptiveAvgPool2d(1)(x))
    assert torch.equal(GlobalPool("max")(x), nn.AdaptiveMaxPool2d(1)(x))


@pytest.mark.parametrize("shape", [(7,), (5, 6), (3, 4, 5)])
@pytest.mark.parametrize(
    ("kind", "options", "windowed"),
    [
        ("average", {}, AveragePool),
        ("max", {}, MaxPool),
        ("lp", {"p": 3}, LpPool),
        ("lp", {"p": 9}, LpPool),
        ("gaussian", {}, GaussianL2Pool),
        ("mixed", {"a": 0.3}, MixedPool),
        ("stochastic", {}, StochasticPool),
    ],
)
def test_is_one_window_over_everything(
    shape: tuple[int, ...], kind: Any, options: dict[str, Any], windowed: Any
) -> None:
    x = torch.randn(2, 3, *shape, dtype=torch.float64)
    pool = GlobalPool(kind, **options).eval()
    y: Tensor = pool(x)
    assert y.shape == (2, 3, *(1,) * len(shape))
    assert pool.output_shape(shape) == y.shape[2:]
    torch.testing.assert_close(y, windowed(shape, **options).eval()(x))


def test_stochastic_draws_from_everything() -> None:
    x = torch.rand(4, 2, 3, 3)
    y = GlobalPool("stochastic")(x)
    assert ((x == y).flatten(2).sum(dim=-1) == 1).all()


def test_learned_mixture_has_its_parameter() -> None:
    assert [name for name, _ in GlobalPool("mixed", a="learned").named_parameters()] == [
        "pool.logit"
    ]


def test_bad_arguments() -> None:
    with pytest.raises(LayerError, match="must be one of 'average'"):
        GlobalPool("median")  # type: ignore[arg-type]
    with pytest.raises(LayerError, match="have no meaning"):
        MaxPool("global", 2)
    with pytest.raises(LayerError, match="or 'global'"):
        MaxPool("whole")  # type: ignore[arg-type]
    with pytest.raises(LayerError, match="above 0"):
        GlobalPool("lp", p=-1)
