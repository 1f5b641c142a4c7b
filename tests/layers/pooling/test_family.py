"""What every member of the pooling family must do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from math import inf
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.errors import GeometryError, LayerError
from striate.layers.pooling import (
    POOLINGS,
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

Make = Callable[[], nn.Module]

WINDOWED: dict[str, Make] = {
    "max": lambda: MaxPool(3, 2, 1),
    "max uneven": lambda: MaxPool(3, 2, "same"),
    "average": lambda: AveragePool(3, 2, 1),
    "average uneven": lambda: AveragePool(2, 1, "same"),
    "top-left": lambda: TopLeftPool(3, 2, 1),
    "L2": lambda: LpPool(3, 2, 1),
    "L1": lambda: LpPool(2, p=1),
    "L0.5": lambda: LpPool(2, p=0.5),
    "L3": lambda: LpPool(3, 2, p=3),
    "L9": lambda: LpPool(3, 2, 1, p=9),
    "Linf": lambda: LpPool(2, p=inf),
    "L9.5 ceil": lambda: LpPool(3, 2, p=9.5, ceil_mode=True),
    "gaussian": lambda: GaussianL2Pool(3, 1, 1),
    "mixed": lambda: MixedPool(3, 2, 1, a=0.3),
    "mixed random": lambda: MixedPool(3, 2, a="random"),
    "mixed learned": lambda: MixedPool(3, 2, a="learned"),
    "stochastic": lambda: StochasticPool(3, 2, 1),
}
SIZED: dict[str, Make] = {
    "fractional random": lambda: FractionalMaxPool(ratio=1.4, mode="random"),
    "fractional overlapping": lambda: FractionalMaxPool(
        ratio=1.4, mode="pseudorandom", overlapping=True, per="call"
    ),
    "spectral even": lambda: SpectralPool(output_size=4),
    "spectral odd": lambda: SpectralPool(output_size=3),
}
GLOBAL: dict[str, Make] = {
    "global average": GlobalPool,
    "global max": lambda: GlobalPool("max"),
    "global L3": lambda: GlobalPool("lp", p=3),
    "global stochastic": lambda: GlobalPool("stochastic"),
}
FAMILY = WINDOWED | SIZED | GLOBAL
RANDOM = ("mixed random", "stochastic", "fractional random", "fractional overlapping")

every = pytest.mark.parametrize("make", FAMILY.values(), ids=FAMILY.keys())
in_both_modes = pytest.mark.parametrize("training", [True, False])


@every
@in_both_modes
@pytest.mark.parametrize("shape", [(7,), (6, 5), (4, 5, 4)])
def test_gradients(make: Make, training: bool, shape: tuple[int, ...]) -> None:
    pool = make().train(training).double()
    seed = torch.Generator().manual_seed(len(shape))
    # Values that lie apart from each other and from zero: no ties or kinks within the step.
    count = torch.Size(shape).numel()
    order = torch.randperm(count, generator=seed).double().reshape(1, 1, *shape)
    x = ((order - (count - 1) / 2 + 0.1) / count).requires_grad_()

    def pooled(x: Tensor) -> Tensor:
        torch.manual_seed(3)
        y: Tensor = pool(x)
        return y

    assert torch.autograd.gradcheck(pooled, (x,), atol=1e-4, fast_mode=len(shape) == 3)


def test_gradient_of_the_learned_mixture() -> None:
    pool = MixedPool(2, a="learned").double()
    assert pool.logit is not None
    x = torch.randn(2, 2, 4, 4, dtype=torch.float64)

    def pooled(logit: Tensor) -> Tensor:
        return torch.func.functional_call(pool, {"logit": logit}, (x,))  # type: ignore[no-any-return]

    assert torch.autograd.gradcheck(pooled, (pool.logit.detach().requires_grad_(),))


@every
@in_both_modes
@pytest.mark.parametrize("value", [0.0, -1.0, 1e-30, 1e30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_finite(make: Make, training: bool, value: float, dtype: torch.dtype) -> None:
    x = torch.full((2, 2, 6, 7), value, dtype=dtype)
    x[0, 0, 1, 2] = 0
    x.requires_grad_()
    y = make().train(training)(x)
    assert y.isfinite().all()
    (y / (abs(value) or 1)).sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@every
@in_both_modes
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_near_single(make: Make, training: bool, dtype: torch.dtype) -> None:
    x = torch.randn(2, 4, 8, 8).to(dtype)
    pool = make().train(training)
    torch.manual_seed(0)
    half = pool(x)
    torch.manual_seed(0)
    single = pool(x.float())
    assert half.dtype == dtype
    torch.testing.assert_close(half.float(), single, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("make", (WINDOWED | SIZED).values(), ids=(WINDOWED | SIZED).keys())
@in_both_modes
@pytest.mark.parametrize(
    ("shape", "layout"),
    [((2, 4, 8, 8), torch.channels_last), ((2, 4, 5, 6, 7), torch.channels_last_3d)],
)
def test_the_layout_is_kept(
    make: Make, training: bool, shape: tuple[int, ...], layout: torch.memory_format
) -> None:
    x = torch.randn(shape)
    pool = make().train(training)
    torch.manual_seed(0)
    plain = pool(x)
    torch.manual_seed(0)
    reordered = pool(x.to(memory_format=layout))
    torch.testing.assert_close(reordered, plain)
    assert reordered.is_contiguous(memory_format=layout)
    assert plain.is_contiguous()


@every
def test_exports(make: Make) -> None:
    pool = make().eval()
    x = torch.randn(2, 2, 6, 7)
    batch = torch.export.Dim("batch", min=2)
    program = torch.export.export(pool, (x,), dynamic_shapes=({0: batch},), strict=False)
    larger = torch.randn(5, 2, 6, 7)
    torch.testing.assert_close(program.module()(larger), pool(larger))


@pytest.mark.parametrize("name", RANDOM)
def test_draws_follow_the_seed(name: str) -> None:
    pool = FAMILY[name]()
    x = torch.rand(16, 2, 9, 9)
    torch.manual_seed(5)
    first, second = pool(x), pool(x)
    torch.manual_seed(5)
    assert torch.equal(pool(x), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    "make",
    [
        lambda g: MixedPool(2, a="random", generator=g),
        lambda g: StochasticPool(2, generator=g),
        lambda g: FractionalMaxPool(ratio=1.4, generator=g),
        lambda g: FractionalMaxPool(ratio=1.4, mode="pseudorandom", generator=g),
    ],
)
def test_draws_follow_the_given_generator(make: Callable[[torch.Generator], nn.Module]) -> None:
    x = torch.rand(16, 2, 8, 8)
    before = torch.get_rng_state()
    first = make(torch.Generator().manual_seed(5))(x)
    again = make(torch.Generator().manual_seed(5))(x)
    other = make(torch.Generator().manual_seed(6))(x)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@every
def test_copies_and_saves(make: Make) -> None:
    pool = make().eval()
    twin = copy.deepcopy(pool)
    twin.load_state_dict(pool.state_dict())
    x = torch.randn(1, 2, 6, 6)
    assert torch.equal(twin(x), pool(x))
    assert repr(twin) == repr(pool)


def test_each_says_what_it_is() -> None:
    assert repr(MaxPool(2)) == "MaxPool(kernel=2, stride=2)"
    assert (
        repr(MaxPool(3, 2, [(0, 1), (1, 1)], dilation=2, ceil_mode=True))
        == "MaxPool(kernel=3, stride=2, padding=((0, 1), (1, 1)), dilation=2, ceil_mode=True)"
    )
    assert (
        repr(AveragePool((2, 3), padding="same", count_padding=True))
        == "AveragePool(kernel=(2, 3), stride=(2, 3), padding='same', count_padding=True)"
    )
    assert repr(LpPool(2, p=inf)) == "LpPool(kernel=2, stride=2, p=inf)"
    assert (
        repr(LpPool(2, 1, weights=[1.0, 0.5]))
        == "LpPool(kernel=(2,), stride=1, p=2, weights=[1.0, 0.5])"
    )
    assert repr(GaussianL2Pool(3, 1)) == "GaussianL2Pool(kernel=3, stride=1)"
    assert repr(MixedPool(2)) == "MixedPool(kernel=2, stride=2, a=0.5)"
    assert (
        repr(MixedPool(2, a="random")) == "MixedPool(kernel=2, stride=2, a='random', per='example')"
    )
    assert (
        repr(FractionalMaxPool(ratio=1.5))
        == "FractionalMaxPool(ratio=1.5, mode='random', per='example')"
    )
    assert repr(SpectralPool(output_size=(3, 4))) == "SpectralPool(output_size=(3, 4))"
    assert repr(MaxPool("global")) == "MaxPool(kernel=global)"


def test_the_notation_names_every_pooling() -> None:
    assert set(POOLINGS) == {
        "maxpool",
        "avgpool",
        "topleftpool",
        "lppool",
        "gaussianpool",
        "mixedpool",
        "stochasticpool",
        "fractionalpool",
        "spectralpool",
    }


@every
def test_inputs_it_cannot_take(make: Make) -> None:
    pool = make()
    with pytest.raises(LayerError, match=r"shape \(4, 4\).*\(N, C, H, W\)"):
        pool(torch.zeros(4, 4))
    with pytest.raises(LayerError, match="shape"):
        pool(torch.zeros(1, 1, 2, 2, 2, 2))
    with pytest.raises(LayerError, match="float"):
        pool(torch.zeros(1, 1, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": 0}, r"kernel \(=0\) must be at least 1"),
        ({"kernel": 2, "stride": 0}, r"stride \(=0\) must be at least 1"),
        ({"kernel": (2, 2), "stride": (1, 1, 1)}, "3 entries"),
        ({"kernel": 2.5}, "whole number"),
        ({"kernel": 2, "padding": 2}, "smaller than the window"),
        ({"kernel": 2, "padding": -1}, "at least 0"),
        ({"kernel": 2, "padding": "mirror"}, "'mirror'"),
        ({"kernel": 2, "padding": [(1, 0, 1)]}, "before, after"),
        ({"kernel": (1, 1, 1, 1)}, "4 axes"),
        ({"kernel": ()}, "0 axes"),
    ],
)
def test_arguments_no_window_can_have(arguments: dict[str, Any], message: str) -> None:
    for pooling in (MaxPool, AveragePool, TopLeftPool, LpPool, MixedPool, StochasticPool):
        with pytest.raises((GeometryError, LayerError), match=message):
            pooling(**arguments)


def test_arguments_that_do_not_fit_the_input() -> None:
    with pytest.raises(GeometryError, match="larger than the padded input"):
        MaxPool(5)(torch.zeros(1, 1, 4, 4))
    with pytest.raises(GeometryError, match="2 entries"):
        MaxPool((2, 2))(torch.zeros(1, 1, 4))
