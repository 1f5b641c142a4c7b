"""Convolutions: windows times kernels, what stands in the padding, and where it comes from."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.layers import BoundaryConv1d, BoundaryConv2d, BoundaryConv3d
from striate.network import Network

BOUNDARIES = ("zeros", "constant", "replicate", "reflect", "symmetric", "circular")


class Flat(nn.Module):
    """All kinds of convolutions of maps."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv2d(4, 6, 3, padding=1),
                nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False),
                nn.Conv2d(4, 4, 3, groups=4, stride=2),
                nn.Conv2d(4, 2, (3, 2), stride=(2, 1), padding=(2, 0), dilation=(1, 3)),
                nn.Conv2d(4, 2, 4, padding="same"),
                nn.Conv2d(4, 2, 3, padding="valid"),
                nn.Conv2d(4, 2, 3, padding=1, padding_mode="reflect"),
                nn.Conv2d(4, 2, 1),
                nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1),
                nn.ConvTranspose2d(4, 6, (4, 3), stride=(2, 3), groups=2, dilation=(3, 1)),
                nn.ConvTranspose2d(4, 2, 1, stride=2, bias=False),
                *(
                    BoundaryConv2d(
                        4,
                        2,
                        (4, 3),
                        (1, 2),
                        padding=((2, 3), (4, 1)),
                        boundary=boundary,  # type: ignore[arg-type]
                        value=0.7 if boundary == "constant" else 0.0,
                    )
                    for boundary in BOUNDARIES
                ),
                BoundaryConv2d(4, 4, 3, padding=9, groups=2, dilation=2, boundary="symmetric"),
            ]
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        return [convolution(x) for convolution in self.convolutions]


class Lines(nn.Module):
    """Signals."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv1d(3, 4, 5, stride=2, padding=2),
                nn.Conv1d(3, 6, 3, padding="same", dilation=4, groups=3),
                nn.ConvTranspose1d(3, 2, 4, stride=3, padding=2),
                BoundaryConv1d(3, 2, 5, padding=((3, 6),), boundary="circular"),
            ]
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        return [convolution(x) for convolution in self.convolutions]


class Volumes(nn.Module):
    """Volumes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv3d(2, 4, (3, 1, 2), padding=(1, 0, 1)),
                nn.ConvTranspose3d(2, 2, 3, stride=2, padding=1),
                BoundaryConv3d(2, 2, 3, padding=2, boundary="reflect"),
            ]
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        return [convolution(x) for convolution in self.convolutions]


@pytest.mark.parametrize(
    ("network", "shape"),
    [(Flat, (3, 4, 7, 8)), (Lines, (2, 3, 13)), (Volumes, (2, 2, 4, 5, 3))],
)
def test_the_products_give_the_value(
    network: type[nn.Module], shape: tuple[int, ...], check_every_layer: Any
) -> None:
    torch.manual_seed(0)
    check_every_layer(network().double(), torch.randn(shape).double(), units=30)


def test_kernels_computed_from_weights_and_from_the_input(check_every_layer: Any) -> None:
    class Standardised(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 4, 3)
            self.kernel = nn.Linear(3, 2 * 3 * 3 * 3)

        def forward(self, x: Tensor) -> list[Tensor]:
            weight = self.convolution.weight
            weight = weight / weight.std((1, 2, 3), keepdim=True)
            kernel = self.kernel(x.mean((0, 2, 3))).view(2, 3, 3, 3)
            back = kernel.transpose(0, 1)
            return [
                F.conv2d(x, weight, self.convolution.bias),
                F.conv2d(x, kernel, padding=1),
                F.conv2d(x, kernel, x[0, 0, 0, :2]),
                F.conv_transpose2d(x, back, stride=2),
            ]

    torch.manual_seed(0)
    x = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    check_every_layer(Standardised().double(), x, units=20)
    trace = Network(Standardised().double(), x).trace(x)
    parents = {parent.layer for parent in trace.why("conv2d", 1, (0, 0)).parents}
    assert parents == {"input"}  # the kernel is standardised weights
    parents = {parent.layer for parent in trace.why("conv2d:2", 1, (0, 0)).parents}
    assert parents == {"input", "view"}


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_border_is_marked_and_says_what_stands_there(boundary: Any) -> None:
    layer = BoundaryConv2d(1, 1, 3, padding=2, boundary=boundary, bias=False)
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    trace = Network(nn.Sequential(layer), x).trace(x)
    why = trace.why("0", 0, (0, 5))
    (patch,) = why.patches
    mode = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}.get(boundary, boundary)
    padded = np.pad(x[0, 0].numpy(), 2, mode=mode)
    np.testing.assert_array_equal(patch.values, padded[0:3, 5:8])
    in_padding = np.ones((3, 3), bool)
    in_padding[2, 0] = False  # row 0, column 3
    if boundary in ("zeros", "constant"):
        np.testing.assert_array_equal(patch.inside, ~in_padding)
        assert [parent.index for parent in why.parents] == [(0, 0, 3)]
    else:
        assert patch.inside.all()
        assert patch.border is not None
        np.testing.assert_array_equal(patch.border, in_padding)
        for place in np.ndindex(3, 3):
            assert x[0][patch.index(place)] == patch.values[place]


def test_lectures_correlations(worked_examples: dict[str, Any]) -> None:
    for example in worked_examples["correlation_2d"]:
        image = torch.tensor([[example["image"]]], dtype=torch.float64)
        kernel = torch.tensor([[example["filter"]]], dtype=torch.float64)
        layer = nn.Conv2d(1, 1, kernel.shape[-1], padding=example["padding"], bias=False)
        layer.weight = nn.Parameter(kernel)
        trace = Network(nn.Sequential(layer, nn.ReLU()), image).trace(image)
        for index in np.ndindex(np.shape(example["output"])):
            why = trace.why("0", 0, index)
            (patch,) = why.patches
            assert why.total == np.array(example["output"])[index]
            assert patch.terms.sum() == why.total
            if "relu" in example:
                assert trace.why("1", 0, index).total == np.array(example["relu"])[index]
