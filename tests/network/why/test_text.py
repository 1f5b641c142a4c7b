"""Explanations as they are printed, compared with those in the folder `printed`."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.layers import BoundaryConv2d
from striate.network import Network
from striate.network.why import Why, explanation

PRINTED = Path(__file__).parent / "printed"


def network(layer: nn.Module, weight: Any = None, bias: Any = None) -> nn.Module:
    """A layer with given weights as a network."""
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None:
            setattr(layer, name, nn.Parameter(torch.tensor(given, dtype=torch.float32)))
    return nn.Sequential(OrderedDict(layer=layer))


def why(module: nn.Module, x: Any, channel: int, *position: int, layer: str = "layer") -> Why:
    batch = torch.as_tensor(x, dtype=torch.float32)[None]
    return Network(module.eval(), batch).trace(batch).why(layer, channel, position)


class Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def ramp(*shape: int) -> Tensor:
    """Numbers that are easy to check by hand."""
    count = torch.Size(shape).numel()
    return (torch.arange(count) % 7 - 3).reshape(shape).float()


CORRELATION = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[[[1, 0, 1], [0, 1, 0], [1, 0, 1]]]]
SURROUND = [[[[-1, -1, -1], [-1, 1, -1], [-1, -1, -1]]]]
FIGURE = [[1, 0, 1, 0, 0], [1, 0, 1, 0, 1], [1, 1, 1, 0, 0], [1, 0, 1, 0, 1], [1, 0, 1, 0, 1]]
POOLED = [[-1, 2, 0, 0], [0, 1, 3, -2], [0, 0, -1, 4], [3, -1, -2, -2]]


CASES: dict[str, Callable[[], Why]] = {
    # The lectures' examples: 4, 0, 4 and -1 are the values in the decks.
    "correlation": lambda: why(
        network(nn.Conv2d(1, 1, 3, bias=False), CROSS), [CORRELATION], 0, 1, 1
    ),
    "correlation with padding": lambda: why(
        network(nn.Conv2d(1, 1, 3, padding=1, bias=False), SURROUND), [FIGURE], 0, 0, 0
    ),
    "maximum": lambda: why(network(nn.MaxPool2d(2)), [POOLED], 0, 1, 1),
    "correlation of a signal": lambda: why(
        network(nn.Conv1d(1, 1, 3, bias=False), [[[-1, 1, -1]]]),
        [[0, 0, 1, 1, 1, 0, 1, 0, 0, 0]],
        0,
        5,
    ),
    # By hand.
    "channels": lambda: why(
        network(nn.Conv2d(6, 2, 3, padding=1), ramp(2, 6, 3, 3).tolist(), [0.5, -0.25]),
        ramp(6, 4, 4) / 2,
        1,
        0,
        2,
    ),
    "mirror": lambda: why(
        network(
            BoundaryConv2d(1, 1, 3, padding=1, boundary="reflect"), ramp(1, 1, 3, 3).tolist(), [1]
        ),
        ramp(1, 3, 4),
        0,
        2,
        3,
    ),
    "transposed": lambda: why(
        network(nn.ConvTranspose2d(1, 1, 3, stride=2), ramp(1, 1, 3, 3).tolist(), [0.5]),
        ramp(1, 3, 3),
        0,
        2,
        2,
    ),
    "volume": lambda: why(
        network(nn.Conv3d(1, 1, (2, 2, 3), bias=False), ramp(1, 1, 2, 2, 3).tolist()),
        ramp(1, 3, 3, 4),
        0,
        1,
        0,
        1,
    ),
    "linear": lambda: why(
        network(nn.Linear(200, 2), (ramp(2, 200) / 10).tolist(), [0, 0.125]),
        torch.arange(200) / 100,
        1,
    ),
    "softmax": lambda: why(network(nn.Softmax(1)), [0.0, 1.0, 2.0, -1.0], 1),
    "residual": lambda: why(Function(lambda x: x + 0.5 * x.relu()), ramp(2, 5), 1, 0, layer="add"),
    "moved": lambda: why(
        Function(lambda x: torch.cat([x, x.sin()], 1).permute(0, 2, 1)),
        ramp(3, 4),
        2,
        1,
        layer="permute",
    ),
    "enlarged": lambda: why(
        Function(lambda x: F.interpolate(x, scale_factor=2, mode="bilinear")),
        ramp(1, 3, 3),
        0,
        1,
        2,
        layer="upsample_bilinear2d",
    ),
    "global average": lambda: why(network(nn.AdaptiveAvgPool2d(1)), ramp(1, 12, 12), 0, 0, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed(name: str) -> None:
    text = explanation(CASES[name]()).plain + "\n"
    file = PRINTED / f"{name}.txt"
    assert text == file.read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in PRINTED.iterdir()} == set(CASES)


def test_nothing_is_wider_than_asked_for_and_numbers_stay_whole() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(40, 30, 5, padding=2), nn.GroupNorm(3, 30), nn.Softmax(1))
    x = torch.randn(1, 40, 9, 9)
    trace = Network(module, x).trace(x)
    for layer in trace:
        for width in (60, 80, 120):
            text = explanation(trace.why(layer, 7, (0, 4)), width).plain
            assert max(map(len, text.splitlines())) <= width, text
            assert not any(line.endswith(" ") for line in text.splitlines())


def test_what_is_left_out_is_summed() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 300, 5, 5)
    trace = Network(nn.Sequential(nn.Conv2d(300, 2, 3)), x).trace(x)
    found = trace.why("0", 1, (1, 2))
    text = explanation(found).plain
    shown = [float(line.rpartition("sum ")[2]) for line in text.splitlines() if ": sum " in line]
    assert "and 297 more channels: sum " in text
    assert len(shown) == 4
    assert sum(shown) == pytest.approx(found.steps[0].value, abs=1e-4)


def test_the_winner_is_shown_however_large_the_window_is() -> None:
    x = torch.randn(1, 1, 30, 30, generator=torch.Generator().manual_seed(0))
    why = Network(nn.Sequential(nn.AdaptiveMaxPool2d(1)), x).trace(x).why("0", 0, (0, 0))
    assert f"[{why.unit.value:.6g}]" in explanation(why).plain
