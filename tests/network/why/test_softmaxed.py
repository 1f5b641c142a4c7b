"""Softmax: shares of a sum of exponentials, against NumPy."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.network.why.applied import close, explanations, parents_of, read_from, traced
from torch import Tensor


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_shares_and_their_logarithms(axis: int, dtype: torch.dtype, x: Tensor) -> None:
    x = x.to(dtype)
    powers = np.exp(x.double().numpy())
    shares = powers / powers.sum(axis, keepdims=True)
    for function, expected in (
        (lambda x: F.softmax(x, axis), shares),
        (lambda x: F.log_softmax(x, axis), np.log(shares)),
    ):
        trace, node = traced(function, x, gradients=True)
        for index, why in explanations(trace, node):
            assert close(why.total, why.unit.value, x)
            assert close(why.total, float(expected[index]), x)
            assert parents_of(why) == read_from(trace, node, index)
            assert len(why.parents) == x.shape[axis]


def test_a_softmin_is_the_softmax_of_the_opposite(x: Tensor) -> None:
    trace, node = traced(lambda x: F.softmin(x, 1), x)
    assert node.operation == "softmax"
    for _, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        assert {parent.layer for parent in why.parents} == {"neg"}


def test_numbers_whose_exponentials_are_out_of_range() -> None:
    x = torch.tensor([[1000.0, 999.0, -1000.0]], dtype=torch.float64)
    trace, node = traced(lambda x: F.softmax(x, 1), x)
    for _, why in explanations(trace, node):
        assert why.total == pytest.approx(why.unit.value, rel=1e-12)
    trace, node = traced(lambda x: F.log_softmax(x, 1), x)
    for _, why in explanations(trace, node):
        assert why.total == pytest.approx(why.unit.value, rel=1e-12)


def test_the_formula_has_the_numbers_in_it() -> None:
    x = torch.log(torch.tensor([[1.0, 2.0, 1.0]], dtype=torch.float64))
    trace, node = traced(lambda x: F.softmax(x, 1), x)
    why = trace.why(node.name, 2)
    assert why.summary == "y = exp(x_i) / sum of exp(x), i = 2 of 3 along axis 1"
    assert [(step.label, step.formula) for step in why.steps] == [
        ("maximum", "max(0, 0.693147, 0)"),
        ("sum of exp(x - maximum)", "0.5 + 1 + 0.5"),
        ("exponential", "exp(0 - 0.693147)"),
        ("share", "0.5 / 2"),
    ]
    np.testing.assert_allclose(why.patches[0].terms, [0.5, 1, 0.5])
