"""Sums, products and choices, and element-wise operations in general."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.network import Network


class Joins(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(3, 1, 1, dtype=torch.float64))

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        return [
            x + y,
            torch.add(x, y, alpha=-0.3),
            x + 0.1,
            x - y,
            torch.sub(x, y, alpha=2),
            torch.rsub(x, y, alpha=3),
            0.1 - x,
            x * y,
            x * x,
            x * y[:, :, :1, :1],
            self.scale * x,
            x * 0.7,
            x / y,
            0.3 / x,
            torch.div(x, y, rounding_mode="floor"),
            torch.div(x, y, rounding_mode="trunc"),
            torch.maximum(x, y),
            torch.minimum(x, y[:1]),
            torch.maximum(x, self.scale),
            x.abs() ** y,
            x**3,
            2.0**x,
            torch.where(x > y, x, y),
            torch.where(x > 0, x, 0.25),
            torch.where(x.isfinite() & (x > 0.1), 1.0, y),
            torch.lerp(x, y, 0.3),
            torch.lerp(x, y, x),
            torch.addcmul(x, x, y, value=0.5),
            torch.addcdiv(x, x, y, value=-0.5),
            torch.atan2(x, y),
            torch.hypot(x, y),
            torch.logaddexp(x, self.scale),
            torch.copysign(x, y),
            torch.fmod(x, 0.3),
            torch.remainder(x, y),
            x.masked_fill(y > 0, -7.0),
        ]


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(0)
    return (
        torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=chance),
        torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=chance),
    )


def test_the_operands_give_the_value(pair: tuple[Tensor, Tensor], check_every_layer: Any) -> None:
    check_every_layer(Joins(), *pair, units=20)


def test_a_scaled_residual_shows_its_summands(pair: tuple[Tensor, Tensor]) -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gain = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1))

        def forward(self, x: Tensor) -> Tensor:
            return torch.add(x, x.relu() * self.gain, alpha=0.5)

    x = pair[0].float().abs()
    trace = Network(Residual(), x).trace(x)
    why = trace.why("add", 2, (1, 3))
    first, second = why.patches
    assert (first.layer, second.layer) == ("input", "mul")
    assert float(second.terms) == 0.5 * float(second.values)
    assert float(first.terms) + float(second.terms) == pytest.approx(why.unit.value, rel=1e-6)
    assert why.summary == "input + 0.5 * mul"
    scaled = trace.why("mul", 2, (1, 3))
    assert scaled.patches[0].weights == 3
    assert scaled.summary == "relu * gain"


def test_the_larger_of_two_wins(pair: tuple[Tensor, Tensor]) -> None:
    class Larger(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.maximum(x, -x)

    x = pair[0]
    trace = Network(Larger(), x).trace(x)
    for index in [(0, 0, 0), (1, 2, 3), (2, 3, 4)]:
        why = trace.why("maximum", index[0], index[1:])
        assert why.winner is not None
        assert why.patches[why.winner[0]].layer == ("input" if x[0][index] > 0 else "neg")


class Writes(nn.Module):
    """Writes to tensors and to parts of them, some of which have been read before."""

    one: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("one", torch.ones((), dtype=torch.float64))

    def forward(self, x: Tensor) -> list[Tensor]:
        a = x * self.one
        a[:, 1:, ::2] += x[:, 1:, ::2]
        b = x.sin()
        b[:, 0] = x[:, 2]
        c = x.cos()
        c[..., 1] = 3.0
        d = torch.zeros_like(x)
        d[:, :, 1:-1] = x[:, :, 1:-1].abs()
        e = x.exp()
        before = e + 0.0
        e.mul_(x).clamp_(min=0.0)
        f = x.tanh()
        f.transpose(2, 3)[:, :, 2].mul_(5.0)
        g = x.clone()
        g[x > 0.5] = 0.5
        h = x.sin()
        h[:, [0, 2], 1] = x[:, :2, 3]
        drawn = torch.empty_like(x).bernoulli_(0.5)
        return [a, b, c, d, e, before, f, g, h, drawn, torch.rand_like(x)]


def test_values_written_in_place_come_from_what_was_written(
    pair: tuple[Tensor, Tensor], check_every_layer: Any
) -> None:
    check_every_layer(Writes(), pair[0], units=40)
