"""Interpolation: the pixels around a place, each with its weight."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.network import Network


class Enlarged(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("one", torch.ones((), dtype=torch.float64))

    def forward(self, x: Tensor) -> list[Tensor]:
        line, volume = x[:, :, 0], torch.unflatten(x, 3, (2, 3))
        return [
            F.interpolate(x, scale_factor=2),
            F.interpolate(x, scale_factor=(1.7, 2.3)),
            F.interpolate(x, size=(7, 4)),
            F.interpolate(x, size=(9, 13), mode="nearest-exact"),
            F.interpolate(x, scale_factor=2, mode="bilinear"),
            F.interpolate(x, size=(11, 3), mode="bilinear", align_corners=True),
            F.interpolate(x, scale_factor=1.3, mode="bilinear", align_corners=False),
            F.interpolate(x, scale_factor=1.3, mode="bilinear", recompute_scale_factor=True),
            F.interpolate(x, size=(9, 13), mode="bicubic"),
            F.interpolate(x, scale_factor=3, mode="bicubic", align_corners=True),
            F.interpolate(x, size=(2, 3), mode="bilinear", antialias=True),
            F.interpolate(x, size=(2, 3), mode="bicubic", antialias=True),
            F.interpolate(x[:, :, :1, :1], size=(3, 3), mode="bicubic"),
            F.interpolate(line, scale_factor=3),
            F.interpolate(line, size=9, mode="nearest-exact"),
            F.interpolate(line, scale_factor=2, mode="linear"),
            F.interpolate(volume, scale_factor=2),
            F.interpolate(volume, size=(3, 5, 7), mode="nearest-exact"),
            F.interpolate(volume, size=(3, 5, 7), mode="trilinear"),
        ]


def test_the_weighted_pixels_give_the_value(check_every_layer: Any) -> None:
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(2, 2, 5, 6, generator=chance, dtype=torch.float64)
    found = check_every_layer(Enlarged(), x, units=30)
    assert sum(len(nodes) for name, nodes in found.items() if "upsample" in name) == 19


def test_bilinear_doubling_has_the_weights_of_the_textbook() -> None:
    class Doubled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.interpolate(x, scale_factor=2, mode="bilinear")

    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    why = Network(Doubled(), x).trace(x).why("upsample_bilinear2d", 0, (2, 3))
    (patch,) = why.patches
    assert patch.first == (0, 0, 1)
    assert patch.weights is not None
    np.testing.assert_allclose(patch.weights, [[3 / 16, 1 / 16], [9 / 16, 3 / 16]])
