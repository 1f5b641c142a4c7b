"""Dropout: what was dropped and what was scaled, found from the traced values."""

from typing import Any

import numpy as np
import pytest
import torch
from tests.network.why.applied import close, explanations, parents_of, traced
from torch import Tensor, nn

DROPOUTS = (nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout)


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("kind", DROPOUTS)
def test_nothing_changes_in_evaluation(kind: Any, x: Tensor) -> None:
    trace, node = traced(kind(0.4), x)
    for index, why in explanations(trace, node):
        assert why.total == why.unit.value == float(x[index])
        assert [step.label for step in why.steps] == ["kept"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("kind", DROPOUTS)
def test_values_in_training(kind: Any, p: float, dtype: torch.dtype, x: Tensor) -> None:
    x = x.to(dtype)
    torch.manual_seed(0)
    trace, node = traced(kind(p), x, training=True)
    dropped = np.zeros(x.shape, np.bool_)
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        assert parents_of(why) == {index}
        dropped[index] = why.steps[-1].label == "dropped"
    share = dropped.mean()
    assert share == p if p in (0, 1) else 0.1 < share < 0.7
    if kind in (nn.Dropout2d, nn.FeatureAlphaDropout):
        channels = dropped.reshape(2, 4, -1)
        assert (channels == channels[:, :, :1]).all()


def test_what_is_kept_grows(x: Tensor) -> None:
    torch.manual_seed(0)
    trace, node = traced(nn.Dropout(0.5), x, training=True)
    for index, why in explanations(trace, node):
        if why.steps[-1].label == "kept and scaled":
            assert why.total == 2 * float(x[index])
            assert why.steps[-1].formula == f"{float(x[index]):.6g} / (1 - 0.5)"
        else:
            assert why.steps[-1].formula == "0, the value was dropped"


def test_a_zero_may_have_been_dropped_or_not() -> None:
    trace, node = traced(nn.Dropout(0.5), torch.zeros(1, 4, dtype=torch.float64), training=True)
    for _, why in explanations(trace, node):
        assert why.total == 0
        assert why.steps[-1].formula == "0, dropped or not"


def test_the_numbers_of_alpha_dropout() -> None:
    """Mean 0 and variance 1 stay what they are, which is how scale and shift are chosen."""
    x = torch.randn(1, 20_000, generator=torch.Generator().manual_seed(0)).double()
    torch.manual_seed(0)
    trace, node = traced(nn.AlphaDropout(0.3), x, training=True)
    y = trace[node.name]
    assert abs(float(y.mean())) < 0.03
    assert abs(float(y.var()) - 1) < 0.03
    scale, shift, _ = trace.why(node.name, 0).steps
    kept = y != y.mode().values  # all that was dropped has the same value
    torch.testing.assert_close(y[kept], scale.value * x[kept] + shift.value)
