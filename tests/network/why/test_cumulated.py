"""Cumulative sums and products: against NumPy, and the support of the gradient."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tests.network.why.applied import close, explanations, parents_of, read_from, traced
from torch import Tensor


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize(
    ("cumulate", "slowly"), [(torch.cumsum, np.cumsum), (torch.cumprod, np.cumprod)]
)
def test_it_is_what_numpy_finds(
    cumulate: Callable[..., Tensor], slowly: Callable[..., object], axis: int
) -> None:
    x = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).double()
    trace, layer = traced(lambda x: cumulate(x, axis), x, gradients=True)
    expected = np.asarray(slowly(x.numpy(), axis))
    for index, why in explanations(trace, layer):
        assert close(why.total, why.unit.value, x)
        assert close(why.total, float(expected[index]), x)
        assert parents_of(why) == read_from(trace, layer, index)


def test_its_words() -> None:
    x = torch.tensor([[1.0, 2.0, 4.0]])
    trace, layer = traced(lambda x: x.cumsum(1), x)
    why = trace.why(layer.name, 1)
    assert why.summary == "y = sum of 2 values, those up to its own place along axis 1"
    assert why.steps[-1].formula == "1 + 2"


def test_a_single_number_is_its_own_sum() -> None:
    trace, layer = traced(lambda x: x.sum().cumsum(0), torch.ones(1, 3))
    ((_, why),) = explanations(trace, layer)
    assert why.total == why.unit.value == 3
