"""Axes reduced to one value: against NumPy, torch's indices, and the support of the gradient."""

from collections.abc import Callable
from math import inf, isnan, nan

import numpy as np
import numpy.typing as npt
import pytest
import torch
from tests.network.why.applied import (
    close,
    explanations,
    parents_of,
    read_from,
    traced,
    winner_of,
)
from torch import Tensor

Array = npt.NDArray[np.float64]
CASES: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Array], Array]]] = {
    "global mean": (lambda x: x.mean([2, 3]), lambda x: x.mean((2, 3))),
    "kept axes": (lambda x: x.mean((2, 3), keepdim=True), lambda x: x.mean((2, 3), keepdims=True)),
    "channels": (lambda x: x.mean(1, keepdim=True), lambda x: x.mean(1, keepdims=True)),
    "batch": (lambda x: x.mean(0), lambda x: x.mean(0)),
    "all": (lambda x: x.mean(), lambda x: x.mean()),
    "batch and rows": (lambda x: x.sum((0, 2)), lambda x: x.sum((0, 2))),
    "sum": (lambda x: x.sum(-1), lambda x: x.sum(-1)),
    "product": (lambda x: x.prod(1), lambda x: x.prod(1)),
    "logsumexp": (lambda x: x.logsumexp((1, 3)), lambda x: np.log(np.exp(x).sum((1, 3)))),
    "norm": (lambda x: x.norm(dim=1), lambda x: np.sqrt((x**2).sum(1))),
    "1-norm": (
        lambda x: torch.linalg.vector_norm(x, 1, dim=(2, 3)),
        lambda x: np.abs(x).sum((2, 3)),
    ),
    "3-norm": (
        lambda x: torch.linalg.vector_norm(x, 3, dim=(2, 3)),
        lambda x: (np.abs(x) ** 3).sum((2, 3)) ** (1 / 3),
    ),
    "-1-norm": (
        lambda x: torch.linalg.vector_norm(x, -1, dim=1),
        lambda x: 1 / (1 / np.abs(x)).sum(1),
    ),
    "variance": (lambda x: x.var((2, 3)), lambda x: x.var((2, 3), ddof=1)),
    "variance over n": (lambda x: x.var(1, unbiased=False), lambda x: x.var(1)),
    "corrected": (
        lambda x: x.var((1, 2), correction=2, keepdim=True),
        lambda x: x.var((1, 2), ddof=2, keepdims=True),
    ),
    "deviation": (lambda x: x.std((0, 2, 3)), lambda x: x.std((0, 2, 3), ddof=1)),
    "variance of both": (lambda x: torch.var_mean(x, 1)[0], lambda x: x.var(1, ddof=1)),
    "mean of both": (lambda x: torch.std_mean(x, 1)[1], lambda x: x.mean(1)),
}


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_reduction_is_what_numpy_finds(name: str, dtype: torch.dtype, x: Tensor) -> None:
    reduce, slowly = CASES[name]
    x = x.to(dtype)
    trace, layer = traced(reduce, x, gradients=True)
    expected = slowly(x.double().numpy())
    for index, why in explanations(trace, layer):
        assert close(why.total, why.unit.value, x)
        assert close(why.total, float(expected[index]), x)
        assert parents_of(why) == read_from(trace, layer, index)


@pytest.mark.parametrize("axis", [0, 1, 3])
def test_the_first_of_equal_values_wins(axis: int, x: Tensor) -> None:
    x = (2 * x).round()
    for reduce, find in ((torch.max, torch.argmax), (torch.min, torch.argmin)):
        expected = find(x, axis)
        for number, operation in enumerate(
            (
                lambda x, reduce=reduce: reduce(x, axis)[0],
                lambda x, reduce=reduce: reduce(x, axis)[1],
                lambda x, find=find: find(x, axis),
            )
        ):
            trace, layer = traced(operation, x)
            for index, why in explanations(trace, layer):
                at = (*index[:axis], int(expected[index]), *index[axis:])
                assert winner_of(why) == at
                assert why.total == why.unit.value == (float(x[at]) if number == 0 else at[axis])


def test_the_winner_over_several_axes_and_over_all(x: Tensor) -> None:
    trace, layer = traced(lambda x: x.amax((2, 3)), x)
    for index, why in explanations(trace, layer):
        assert why.total == why.unit.value == float(x[winner_of(why)])
        assert winner_of(why)[:2] == index
    for everything in (torch.max, torch.amin, torch.argmax, torch.argmin):
        trace, layer = traced(everything, x)
        ((_, why),) = explanations(trace, layer)
        assert why.total == why.unit.value
        assert len(why.parents) == x.numel()


@pytest.mark.parametrize("axis", [0, 1, 3])
def test_both_ends(axis: int, x: Tensor) -> None:
    for number, find in enumerate((np.min, np.max)):
        trace, layer = traced(lambda x, number=number: x.aminmax(dim=axis)[number], x)
        expected = find(x.numpy(), axis)
        for index, why in explanations(trace, layer):
            assert why.total == why.unit.value == expected[index] == float(x[winner_of(why)])


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_the_median_is_the_lower_of_the_two_in_the_middle(axis: int, x: Tensor) -> None:
    expected = np.quantile(x.numpy(), 0.5, axis, method="lower")
    for median in (torch.median, torch.nanmedian):
        trace, layer = traced(lambda x, median=median: median(x, axis)[0], x)
        for index, why in explanations(trace, layer):
            assert why.total == why.unit.value == expected[index] == float(x[winner_of(why)])
            assert len(why.parents) == x.shape[axis]


def test_where_the_median_stands(x: Tensor) -> None:
    x = (2 * x).round()  # with equal values
    trace, layer = traced(lambda x: x.median(3)[1], x)
    for index, why in explanations(trace, layer):
        assert why.total == why.unit.value == winner_of(why)[3]
        assert float(x[winner_of(why)]) == float(x[index].median())


def test_the_median_of_everything_and_of_no_numbers(x: Tensor) -> None:
    trace, layer = traced(torch.median, x)
    ((_, why),) = explanations(trace, layer)
    assert why.total == why.unit.value
    assert why.steps[0].formula.startswith("number 60 of 120 in order: ")
    x = torch.tensor([[1.0, -1.0, 2.0, 3.0]])  # its logarithms have one that is no number
    for median, expected in ((torch.median, nan), (torch.nanmedian, x[0, 2].log().item())):
        trace, layer = traced(lambda x, median=median: median(x.log(), 1)[0], x)
        ((_, why),) = explanations(trace, layer)
        assert why.total == pytest.approx(expected, nan_ok=True)
        assert why.unit.value == pytest.approx(expected, nan_ok=True)
    trace, layer = traced(lambda x: torch.nanmedian((x - 4).log()), x)
    ((_, why),) = explanations(trace, layer)
    assert isnan(why.total)


def test_the_larger_of_two_tensors_is_no_reduction(x: Tensor) -> None:
    trace, layer = traced(lambda x: torch.max(x, -x), x)
    assert layer.shape == (2, 3, 4, 5)
    for index, why in explanations(trace, layer):
        assert why.total == why.unit.value == abs(float(x[index]))
        assert len(why.parents) == 2


@pytest.mark.parametrize("p", [0, inf, -inf])
def test_norms_that_are_no_sums(p: float, x: Tensor) -> None:
    trace, layer = traced(lambda x: torch.linalg.vector_norm(x.relu(), p, dim=(2, 3)), x)
    for _, why in explanations(trace, layer):
        assert why.total == why.unit.value


def test_steps_of_a_variance(x: Tensor) -> None:
    trace, layer = traced(lambda x: x.std(3), x[:1, :1, :1, :3] * 0 + torch.tensor([1.0, 2.0, 6.0]))
    steps = trace.why(layer.name, 0, (0,)).steps
    assert [(step.label, step.formula) for step in steps] == [
        ("mean", "of 3 values"),
        ("sum of (x - mean)^2", "4 + 1 + 9"),
        ("divisor", "3 values - 1"),
        ("variance", "14 / 2"),
        ("standard deviation", "sqrt(7)"),
    ]
