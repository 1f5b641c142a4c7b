"""Striate's own poolings: the explanation against slow sums, gradients and what was drawn."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
import torch
from tests.network.why.applied import (
    close,
    explanations,
    parents_of,
    read_from,
    traced,
    weights_of,
    winner_of,
)
from torch import Tensor, nn

from striate.layers.pooling import (
    AveragePool,
    FractionalMaxPool,
    GaussianL2Pool,
    GlobalPool,
    LpPool,
    MaxPool,
    MixedPool,
    SpectralPool,
    StochasticPool,
    TopLeftPool,
)
from striate.layers.pooling.regions import Mode, random_regions
from striate.network.why import Why

LAYERS: dict[str, Callable[[], nn.Module]] = {
    "max": lambda: MaxPool(3, 2, 1),
    "dilated max": lambda: MaxPool((3, 2), 1, ((1, 0), (0, 1)), dilation=(2, 1)),
    "max with uneven padding": lambda: MaxPool(3, 2, "same", ceil_mode=True),
    "average": lambda: AveragePool(3, 2, 1),
    "average with padding": lambda: AveragePool(3, 2, 1, count_padding=True, ceil_mode=True),
    "average with uneven padding": lambda: AveragePool(
        (4, 3), (3, 2), ((2, 1), (1, 0)), count_padding=True, ceil_mode=True
    ),
    "top left": lambda: TopLeftPool(3, 2, 1),
    "L1": lambda: LpPool(2, p=1),
    "L2": lambda: LpPool(3, 2, 1),
    "L0.5": lambda: LpPool(2, p=0.5),
    "L7.5": lambda: LpPool(2, p=7.5),
    "weighted L3": lambda: LpPool(2, p=3, weights=[[1.0, 2.0], [0.5, 4.0]]),
    "L inf": lambda: LpPool(3, 2, 1, p=inf),
    "weighted L inf": lambda: LpPool(2, p=inf, weights=[[1.0, 0.0], [0.0, 4.0]]),
    "gaussian": lambda: GaussianL2Pool(3, 2, 1),
    "gaussian by sigma": lambda: GaussianL2Pool((4, 2), sigma=(1.0, 0.7)),
    "mixed": lambda: MixedPool(3, 2, 1, a=0.3),
    "mixed at random": lambda: MixedPool(2, a="random"),
    "mixed by call": lambda: MixedPool(2, a="random", per="call"),
    "learned mixture": lambda: MixedPool(2, a="learned"),
    "stochastic": lambda: StochasticPool(3, 2, 1),
    "fractional": lambda: FractionalMaxPool(ratio=1.5),
    "fractional, overlapping": lambda: FractionalMaxPool(ratio=(1.4, 1.7), overlapping=True),
    "pseudorandom": lambda: FractionalMaxPool(output_size=3, mode="pseudorandom", per="call"),
    "spectral": lambda: SpectralPool(output_size=(4, 3)),
    "spectral, one axis as it is": lambda: SpectralPool(output_size=(7, 2)),
    "global average": GlobalPool,
    "global max": lambda: GlobalPool("max"),
    "global lp": lambda: GlobalPool("lp", p=3),
    "global gaussian": lambda: GlobalPool("gaussian"),
    "global mixed": lambda: GlobalPool("mixed", a="random"),
    "global stochastic": lambda: GlobalPool("stochastic"),
}


def maps(dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(2, 2, 7, 6, generator=generator, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_the_parts_give_the_value(name: str, training: bool) -> None:
    x = maps()
    torch.manual_seed(0)
    layer = LAYERS[name]().double()
    trace, node = traced(layer, x, training=training, gradients=True)
    assert node.operation == type(layer).__name__
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        parents = parents_of(why)
        assert all(0 <= at < n for place in parents for at, n in zip(place, x.shape, strict=True))
        if index[1] == 1:
            assert read_from(trace, node, index) <= parents


@pytest.mark.parametrize("name", LAYERS)
def test_in_float32_they_do_to_its_precision(name: str) -> None:
    x = maps(torch.float32)
    trace, node = traced(LAYERS[name](), x)
    for _, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)


@pytest.mark.parametrize("axes", [1, 3])
def test_other_numbers_of_axes(axes: int) -> None:
    x = torch.randn(2, 2, *(5, 4, 6)[:axes], dtype=torch.float64)
    for layer in (
        MaxPool(2),
        AveragePool(3, 1, 1),
        TopLeftPool(2),
        LpPool(2, p=3),
        GaussianL2Pool(3, 1, 1),
        MixedPool(2),
        StochasticPool(2),
        FractionalMaxPool(ratio=1.6),
        SpectralPool(output_size=3),
        GlobalPool("lp"),
    ):
        trace, node = traced(layer, x, gradients=True)
        for index, why in explanations(trace, node):
            assert close(why.total, why.unit.value, x)
            assert read_from(trace, node, index) <= parents_of(why)


@pytest.mark.parametrize(
    "name",
    ["max", "dilated max", "max with uneven padding", "L inf", "weighted L inf", "global max"],
)
def test_the_winner_is_where_the_gradient_goes(name: str) -> None:
    trace, node = traced(LAYERS[name](), maps(), gradients=True)
    for index, why in explanations(trace, node):
        assert {winner_of(why)} == read_from(trace, node, index)


@pytest.mark.parametrize("name", ["max", "fractional", "fractional, overlapping", "global max"])
def test_of_equal_values_that_wins_which_gets_the_gradient(name: str) -> None:
    trace, node = traced(LAYERS[name](), maps().round(), gradients=True)
    for index, why in explanations(trace, node):
        assert {winner_of(why)} == read_from(trace, node, index)


def test_padding_is_shown_as_padding() -> None:
    x = maps()
    for layer, fill in ((MaxPool(3, 2, 1), -inf), (AveragePool(3, 2, 1), 0), (LpPool(3, 2, 1), 0)):
        trace, node = traced(layer, x)
        why = trace.why(node.name, 0, (0, 0))
        patch = why.patches[0]
        assert patch.first == (0, -1, -1)
        assert patch.inside.tolist() == [[False] * 3, [False, True, True], [False, True, True]]
        assert (patch.values[~patch.inside] == fill).all()
        assert len(why.parents) == 4


def test_powers_and_weights_of_a_norm() -> None:
    x = maps()
    weights = torch.tensor([[1.0, 2.0], [0.5, 4.0]], dtype=torch.float64)
    trace, node = traced(LpPool(2, p=3, weights=weights), x)
    for index, why in explanations(trace, node):
        n, c, i, j = index
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        powers = weights * window.abs() ** 3
        np.testing.assert_allclose(why.patches[0].terms, powers, rtol=1e-12)
        np.testing.assert_array_equal(weights_of(why), weights)
        assert [step.label for step in why.steps] == ["sum", "root 3"]
        assert why.steps[0].value == pytest.approx(float(powers.sum()), rel=1e-12)


def test_a_gaussian_window() -> None:
    trace, node = traced(GaussianL2Pool(3, 2, 1, sigma=0.8), maps())
    why = trace.why(node.name, 1, (1, 1))
    distance = np.arange(3) - 1
    profile = np.exp(-(distance**2) / (2 * 0.8**2))
    table = np.outer(profile, profile) / profile.sum() ** 2
    np.testing.assert_allclose(weights_of(why), table, rtol=1e-12)
    assert "sigma 0.8" in why.summary


def test_powers_beyond_the_range_of_numbers() -> None:
    x = torch.tensor([[[1e100, -3e100, 2e100]]], dtype=torch.float64)
    trace, node = traced(LpPool(3, p=5), x)
    why = trace.why(node.name, 0, 0)
    assert why.total == pytest.approx((1 + 3**5 + 2**5) ** 0.2 * 1e100, rel=1e-12)
    assert why.total == pytest.approx(why.unit.value, rel=1e-12)
    assert why.steps[0].label == "largest magnitude"


def test_windows_of_zeros() -> None:
    x = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    for layer in (
        LpPool(2),
        LpPool(2, p=0.5),
        GaussianL2Pool(2),
        StochasticPool(2),
        LpPool(2, p=9),
    ):
        for training in (False, True):
            trace, node = traced(layer, x, training=training)
            for _, why in explanations(trace, node):
                assert why.total == why.unit.value == 0


def mixture(why: Why) -> tuple[float, str]:
    (step,) = [step for step in why.steps if step.label == "a"]
    return step.value, step.formula


def test_the_mixture_and_where_it_comes_from() -> None:
    x = maps()
    layer = MixedPool(2, a="learned").double()
    assert layer.logit is not None
    with torch.no_grad():
        layer.logit.fill_(0.4)
    trace, node = traced(layer, x)
    a, how = mixture(trace.why(node.name, 0, (0, 0)))
    assert a == pytest.approx(1 / (1 + np.exp(-0.4)), rel=1e-12)
    assert "learned" in how
    trace, node = traced(MixedPool(2, a="random"), x)
    assert mixture(trace.why(node.name, 0, (0, 0))) == (0.5, "the expectation of 0 or 1")


def test_the_mixture_that_was_drawn_is_that_of_all_windows_of_an_example() -> None:
    x = torch.randn(8, 2, 4, 4, dtype=torch.float64)
    torch.manual_seed(0)
    trace, node = traced(MixedPool(2, a="random"), x, training=True)
    drawn = [set() for _ in range(8)]  # type: list[set[float]]
    for index, why in explanations(trace, node):
        drawn[index[0]].add(mixture(why)[0])
        n, c, i, j = index
        window = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        expected = window.max() if mixture(why)[0] == 1 else window.mean()
        assert why.total == pytest.approx(float(expected), rel=1e-12)
    assert all(len(found) == 1 for found in drawn)
    assert set.union(*drawn) == {0.0, 1.0}


def test_the_chances_of_stochastic_pooling() -> None:
    x = maps()
    trace, node = traced(StochasticPool(3, 2, 1), x)
    for _, why in explanations(trace, node):
        patch = why.patches[0]
        values = np.where(patch.inside, patch.values, 0).clip(min=0)
        total = values.sum() or 1.0
        np.testing.assert_allclose(weights_of(why), values / total, rtol=1e-12)
        assert why.total == pytest.approx((values**2).sum() / total, rel=1e-12)


def test_which_value_was_drawn() -> None:
    x = maps()
    torch.manual_seed(0)
    trace, node = traced(StochasticPool(3, 2, 1), x, training=True, gradients=True)
    for index, why in explanations(trace, node):
        if why.winner is None:
            assert why.steps[-1].formula == "nothing is positive"
            assert read_from(trace, node, index) == set()
        else:
            assert "with a chance of" in why.steps[-1].formula
            assert {winner_of(why)} == read_from(trace, node, index)


@pytest.mark.parametrize("mode", ["random", "pseudorandom"])
@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("ratio", [1.3, 1.9, 2.6])
def test_regions_that_were_drawn_lie_within_what_is_shown(
    mode: Mode, overlapping: bool, ratio: float
) -> None:
    layer = FractionalMaxPool(ratio=ratio, mode=mode, overlapping=overlapping)
    shown: dict[int, set[int]] = {}
    torch.manual_seed(0)
    x = torch.randn(24, 1, 11, dtype=torch.float64)
    trace, node = traced(layer, x, training=True, gradients=True)
    for index, why in explanations(trace, node):
        assert {winner_of(why)} == read_from(trace, node, index)
        assert "not recorded" in why.steps[-1].formula
        shown.setdefault(index[2], set()).update(place[2] for place in parents_of(why))
    drawn = random_regions(4000, 11, node.shape[2], mode, overlapping=overlapping)
    for place, (first, last) in enumerate(zip(*(ends.T.tolist() for ends in drawn), strict=True)):
        reached = {
            at for ends in zip(first, last, strict=True) for at in range(ends[0], ends[1] + 1)
        }
        assert reached == shown[place] if mode == "random" else reached <= shown[place]


def test_the_answer_to_an_impulse() -> None:
    x = maps()
    for size in ((4, 3), (3, 6), (7, 6), (1, 2)):
        trace, node = traced(SpectralPool(output_size=size), x, gradients=True)
        for index, why in list(explanations(trace, node))[::5]:
            gradient = trace.gradients(trace[node.name][index], ["input"])["input"]
            np.testing.assert_allclose(weights_of(why), gradient[index[:2]], rtol=1e-11, atol=1e-13)


def test_the_mode_is_that_of_the_trace_not_of_the_moment() -> None:
    x = maps()
    torch.manual_seed(0)
    layer = StochasticPool(2)
    trace, node = traced(layer, x, training=True)
    layer.eval()
    for _, why in explanations(trace, node):
        assert why.total == why.unit.value
