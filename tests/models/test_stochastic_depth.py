import copy
from types import ModuleType
from typing import Literal

import pytest
import torch

from striate.errors import LayerError
from striate.models.stochastic_depth import StochasticDepth, linear_decay


def test_evaluation_leaves_the_body_as_it_is() -> None:
    x = torch.randn(4, 3, 2, 2)
    assert StochasticDepth(0.9).eval()(x) is x


def test_without_a_chance_training_leaves_the_body_as_it_is() -> None:
    x = torch.randn(4, 3, 2, 2)
    assert StochasticDepth(0.0).train()(x) is x


def test_each_example_is_kept_whole_or_dropped_whole() -> None:
    torch.manual_seed(0)
    y = StochasticDepth(0.25, "row")(torch.ones(4000, 3, 2))
    values, counts = torch.unique(y, dim=0, return_counts=True)
    assert values.shape[0] == 2
    torch.testing.assert_close(values[0], torch.zeros(3, 2))
    torch.testing.assert_close(values[1], torch.full((3, 2), 1 / 0.75))
    # Four standard deviations of a binomial about its mean.
    assert abs(int(counts[0]) - 1000) < 4 * (4000 * 0.25 * 0.75) ** 0.5


def test_the_batch_is_kept_or_dropped_as_one() -> None:
    torch.manual_seed(0)
    layer = StochasticDepth(0.5, "batch")
    seen = {tuple(layer(torch.ones(8, 1)).unique().tolist()) for _ in range(40)}
    assert seen == {(0.0,), (2.0,)}


def test_what_is_certain_to_be_dropped_is_zero() -> None:
    assert not StochasticDepth(1.0)(torch.randn(5, 2)).any()


@pytest.mark.parametrize("mode", ["row", "batch"])
@pytest.mark.parametrize("p", [0.1, 0.5, 1.0])
def test_same_draws_as_torchvision(
    torchvision: ModuleType, mode: Literal["row", "batch"], p: float
) -> None:
    x = torch.randn(16, 3, 4, 4)
    ours = StochasticDepth(p, mode)
    theirs = torchvision.ops.StochasticDepth(p, mode)
    for seed in range(5):
        torch.manual_seed(seed)
        y = ours(x)
        torch.manual_seed(seed)
        torch.testing.assert_close(y, theirs(x))


def test_the_gradient_is_that_of_the_factor() -> None:
    torch.manual_seed(1)
    x = torch.randn(64, 2, dtype=torch.float64, requires_grad=True)
    y = StochasticDepth(0.5)(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient * x, y)


def test_it_can_be_copied_and_says_what_it_is() -> None:
    assert repr(copy.deepcopy(StochasticDepth(0.2))) == "StochasticDepth(p=0.2, mode='row')"


def test_the_paper_s_linear_decay() -> None:
    # Section 3: 54 blocks, p_L = 0.5 of surviving: the first survives with 1 - 1/54 * 0.5.
    dropped = linear_decay(54, 0.5)
    assert len(dropped) == 54
    assert dropped[0] == pytest.approx(1 / 54 * 0.5)
    assert dropped[-1] == 0.5
    # "(3L - 1)/4 of the blocks are left on average": about 40 of 54.
    assert sum(1 - p for p in dropped) == pytest.approx((3 * 54 - 1) / 4)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_p_that_is_no_probability(p: float) -> None:
    with pytest.raises(LayerError, match=r"is a probability: give 0 to 1"):
        StochasticDepth(p)


def test_an_unknown_mode() -> None:
    with pytest.raises(LayerError, match="must be 'row' or 'batch'"):
        StochasticDepth(0.1, "column")  # type: ignore[arg-type]
