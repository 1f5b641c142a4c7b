"""Fully convolutional networks on VGG-16: FCN-32s, FCN-16s, FCN-8s.

A classifier's linear layers become convolutions, so that it gives a coarse map of class scores; the
map is brought back to the size of the image, with finer maps added on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions

_VGG_16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and 3x3 convolutions of each stage; a 2x2 max pooling ends it."""

Stride = Literal[8, 16, 32]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the units of a layer lie over the input: unit i is centred at step*i + origin."""

    step: Fraction = Fraction(1)
    origin: Fraction = Fraction(0)

    def convolved(self, kernel: int, stride: int = 1, padding: int = 0) -> "Grid":
        """After a convolution or pooling: step*stride, origin + step*((kernel - 1)/2 - padding)."""
        centre = Fraction(kernel - 1, 2) - padding
        return Grid(self.step * stride, self.origin + self.step * centre)

    def upsampled(self, kernel: int, stride: int) -> "Grid":
        """After a transposed convolution: step/stride, origin - step/stride*(kernel - 1)/2."""
        step = self.step / stride
        return Grid(step, self.origin - step * Fraction(kernel - 1, 2))

    def skipped(self, other: "Grid") -> int:
        """How many of the other layer's first units are cropped, for unit 0 to lie on unit 0.

        (origin - other.origin) / step. Raises ModelError where no unit lies there.
        """
        units = (self.origin - other.origin) / self.step
        if self.step != other.step or units.denominator != 1 or units < 0:
            raise ModelError(
                f"a layer centred at {self.step}*i + {self.origin} cannot be laid over one at "
                f"{other.step}*i + {other.origin}: the steps must be equal and the second begin a "
                "whole number of steps before the first"
            )
        return int(units)


def bilinear_kernel(size: int) -> torch.Tensor:
    """The kernel with which a transposed convolution of stride ceil(size/2) interpolates linearly.

    w[i, j] = (1 - |i - c|/f) (1 - |j - c|/f), f = floor((size + 1)/2), c the middle. Gives
    (size, size).
    Source: Long et al. 2015, section 3.3; the published code.
    """
    factor = (size + 1) // 2
    middle = factor - 1 if size % 2 else factor - 0.5
    tent = 1 - (torch.arange(size) - middle).abs() / factor
    return tent[:, None] * tent[None, :]


class BilinearUpsampling(nn.Module):
    """Each channel interpolated linearly, without parameters.

    (N, C, H, W) -> (N, C, (H + 1) stride, (W + 1) stride): the border fades to 0 and is cropped
    later.
    Source: Long et al. 2015, sections 3.3 and 4.3 (the last upsampling is fixed).
    """

    kernel: torch.Tensor

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        kernel = bilinear_kernel(2 * stride).expand(channels, 1, -1, -1)
        self.register_buffer("kernel", kernel.clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The larger map."""
        return F.conv_transpose2d(x, self.kernel, stride=self.stride, groups=x.shape[1])

    def extra_repr(self) -> str:
        """The number of channels and the stride."""
        return f"{self.kernel.shape[0]}, stride={self.stride}"


def learned_upsampling(classes: int) -> nn.ConvTranspose2d:
    """A transposed convolution by 2 that starts as linear interpolation of each channel."""
    layer = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(classes)[:, :, None, None] * bilinear_kernel(4))
    return layer


class FCN(nn.Module):
    """VGG-16 as a map of scores every 32 pixels, brought to every pixel.

    With `stride` 16, scores of pool4 are added at half the distance; with 8, those of pool3 as
    well. The first convolution pads by `padding`, so that the 7x7 window of fc6 fits on any image,
    and what lies outside of it is cropped: `crops` are the offsets at pool4, pool3 (where
    used) and the image, 5, 9 and 31 with the published padding of 100.
    (N, C, H, W) -> (N, classes, H, W), any H and W.
    Raises ModelError for another stride and a padding that leaves border pixels without scores.
    Source: Long, Shelhamer and Darrell, Fully convolutional networks for semantic segmentation,
    2015, sections 3 and 4; crop offsets of the published code.
    """

    def __init__(
        self, in_channels: int, classes: int, stride: Stride = 8, padding: int = 100
    ) -> None:
        super().__init__()
        if stride not in (8, 16, 32):
            raise ModelError(f"stride (={stride}) of the finest scores must be 8, 16 or 32 pixels")
        self.stride = stride
        layers: list[nn.Module] = []
        grids: list[Grid] = []
        grid = Grid().convolved(3, padding=padding)
        for channels, convolutions in _VGG_16:
            for _ in range(convolutions):
                outwards = 1 if layers else padding
                layers += [
                    nn.Conv2d(in_channels, channels, 3, padding=outwards),
                    nn.ReLU(inplace=True),
                ]
                in_channels = channels
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            grid = grid.convolved(2, stride=2)
            grids.append(grid)
        self.features = nn.Sequential(*layers)
        self._pools = [at for at, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
        self.fc6 = nn.Conv2d(in_channels, 4096, 7)
        self.relu6 = nn.ReLU(inplace=True)
        self.drop6 = nn.Dropout()
        self.fc7 = nn.Conv2d(4096, 4096, 1)
        self.relu7 = nn.ReLU(inplace=True)
        self.drop7 = nn.Dropout()
        self.score_fr = nn.Conv2d(4096, classes, 1)
        grid = grid.convolved(7)
        crops: list[int] = []
        if stride < 32:
            self.upscore2 = learned_upsampling(classes)
            self.score_pool4 = nn.Conv2d(_VGG_16[3][0], classes, 1)
            grid = grid.upsampled(4, 2)
            crops.append(grid.skipped(grids[3]))
        if stride == 8:
            self.upscore_pool4 = learned_upsampling(classes)
            self.score_pool3 = nn.Conv2d(_VGG_16[2][0], classes, 1)
            grid = grid.upsampled(4, 2)
            crops.append(grid.skipped(grids[2]))
        self.upscore = BilinearUpsampling(classes, stride)
        grid = grid.upsampled(2 * stride, stride)
        if grid.origin > 0:
            raise ModelError(
                f"padding (={padding}) leaves {grid.origin} pixels at the border without scores: "
                f"FCN-{stride}s needs at least {padding + grid.origin}"
            )
        self.crops = (*crops, Grid().skipped(grid))
        he_normal_convolutions(self)
        for name, module in self.named_children():
            if name.startswith("score_") and isinstance(module, nn.Conv2d):
                nn.init.zeros_(module.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes at every pixel."""
        image = x
        pooled: list[torch.Tensor] = []
        for at, layer in enumerate(self.features):
            x = layer(x)
            if at in self._pools:
                pooled.append(x)
        x = self.drop6(self.relu6(self.fc6(x)))
        x = self.drop7(self.relu7(self.fc7(x)))
        x = self.score_fr(x)
        if self.stride < 32:
            x = self.upscore2(x)
            x = x + cropped(self.score_pool4(pooled[3]), self.crops[0], x)
        if self.stride == 8:
            x = self.upscore_pool4(x)
            x = x + cropped(self.score_pool3(pooled[2]), self.crops[1], x)
        return cropped(self.upscore(x), self.crops[-1], image)


def cropped(x: torch.Tensor, offset: int, like: torch.Tensor) -> torch.Tensor:
    """As many rows and columns of x as another map has, from the offset on."""
    height, width = like.shape[2:]
    return x[:, :, offset : offset + height, offset : offset + width]


def load_vgg16(network: FCN, state: Mapping[str, torch.Tensor]) -> None:
    """Put the weights of a VGG-16 classifier into the network; its scores stay as they are.

    The linear layers become convolutions: fc6[o, c, y, x] = linear[o, (c*7 + y)*7 + x]. `state` has
    the names of torchvision's `vgg16` (`features.0.weight` ... `classifier.3.bias`).
    Raises ModelError for a name that is missing or a shape that does not fit.
    Source: Long et al. 2015, section 3.1.
    """
    own = dict(network.named_parameters())
    sources = {name: name for name in own if name.startswith("features.")}
    for layer, linear in (("fc6", "classifier.0"), ("fc7", "classifier.3")):
        sources |= {f"{layer}.{kind}": f"{linear}.{kind}" for kind in ("weight", "bias")}
    for name, source in sources.items():
        if source not in state:
            raise ModelError(f"the weights lack {source!r}: a state dict of VGG-16 is needed")
        fits = state[source].numel() == own[name].numel()
        if not fits or state[source].shape[0] != own[name].shape[0]:
            raise ModelError(
                f"{source!r} of shape {tuple(state[source].shape)} does not fit {name} of shape "
                f"{tuple(own[name].shape)}: a VGG-16 for the same input channels is needed"
            )
    with torch.no_grad():
        for name, source in sources.items():
            own[name].copy_(state[source].view_as(own[name]))


def fcn(
    input_shape: tuple[int, ...] = (3, 500, 500),
    classes: int = 21,
    *,
    stride: Stride = 8,
    padding: int = 100,
) -> FCN:
    """FCN-32s, FCN-16s or FCN-8s, as `stride` says, for an input (C, H, W)."""
    return FCN(input_shape[0], classes, stride, padding)


def _entry(stride: Stride, accuracy: float, parameters: int, multiply_adds: int) -> Entry:
    return Entry(
        name=f"fcn_{stride}s",
        title=f"FCN-{stride}s",
        family="fcn",
        year=2015,
        paper="Long, Shelhamer and Darrell, Fully convolutional networks, CVPR 2015, section 4",
        build=partial(fcn, stride=stride),
        input_shape=(3, 500, 500),
        classes=21,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        task="segmentation",
        accuracy=Accuracy(
            accuracy, "PASCAL VOC 2011 validation, mean IU", "Long et al. 2015, table 2"
        ),
        differences="The paper starts from trained VGG-16 weights (`load_vgg16`); without them "
        "convolutions start as He et al. 2015. The last upsampling is fixed and the ones before it "
        "are learned, as the paper says; in the published code all are fixed.",
    )


ENTRIES = (
    _entry(32, 0.594, 134_346_581, 180_925_453_056),
    _entry(16, 0.624, 134_364_410, 180_950_913_792),
    _entry(8, 0.627, 134_376_863, 181_002_186_048),
)
