"""U-Net: a contracting path, an expanding path, and the maps of the one handed to the other."""

from math import sqrt
from typing import Literal, get_args

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions

Padding = Literal["valid", "same"]


class UNet(nn.Module):
    """Two 3x3 convolutions at each of `depth` + 1 scales, down and up again, and one score a pixel.

    Channels double at each scale, from `width`. A map of the way down is cropped about its middle
    and joined to that of the way up. With `padding` "valid" the border that the convolutions cannot
    reach is lost: 572 becomes 388, and sides must be such that every pooling gets an even one. With
    "same" the output has the size of the input, whatever it is.
    (N, C, H, W) -> (N, classes, H', W'), H' = `valid_size(H, depth)` or H.
    Raises ModelError for an unknown padding, depth or width; for an input that is too small or
    gives a pooling an odd side.
    Source: Ronneberger, Fischer and Brox, U-Net: convolutional networks for biomedical image
    segmentation, 2015, section 2 and figure 1.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        padding: Padding = "valid",
        width: int = 64,
        depth: int = 4,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if padding not in get_args(Padding):
            raise ModelError(f"padding (={padding!r}) of a U-Net must be 'valid' or 'same'")
        for name, number in (("width", width), ("depth", depth)):
            if number < 1:
                raise ModelError(f"{name} (={number}) of a U-Net must be at least 1")
        self.padding = padding
        self.depth = depth
        outwards = 1 if padding == "same" else 0
        self.contracting = nn.ModuleList()
        self.pools = nn.ModuleList(nn.MaxPool2d(2) for _ in range(depth))
        for scale in range(depth + 1):
            # The published network drops units at the two coarsest scales.
            dropped = dropout if scale >= depth - 1 else 0.0
            self.contracting.append(_pair(in_channels, width << scale, outwards, dropped))
            in_channels = width << scale
        self.raising = nn.ModuleList()
        self.expanding = nn.ModuleList()
        for scale in reversed(range(depth)):
            channels = width << scale
            self.raising.append(nn.ConvTranspose2d(2 * channels, channels, 2, stride=2))
            self.expanding.append(_pair(2 * channels, channels, outwards))
        self.score = nn.Conv2d(width, classes, 1)
        self._initialise()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes at every pixel that the network can reach."""
        if self.padding == "valid":
            for side in x.shape[2:]:
                valid_size(side, self.depth)
        skipped: list[torch.Tensor] = []
        for scale, pair in enumerate(self.contracting):
            x = pair(self.pools[scale - 1](x) if scale else x)
            skipped.append(x)
        skipped.pop()
        for raise_, pair in zip(self.raising, self.expanding, strict=True):
            finer = skipped.pop()
            if self.padding == "valid":
                x = raise_(x)
                finer = centre_crop(finer, x)
            else:
                x = raise_(x, output_size=finer.shape[2:])
            x = pair(torch.cat((finer, x), dim=1))
        scores: torch.Tensor = self.score(x)
        return scores

    @torch.no_grad()
    def _initialise(self) -> None:
        """N(0, 2/n), n the values that one unit reads (section 3.1: He et al. 2015)."""
        he_normal_convolutions(self, "fan_in")
        for module in self.modules():
            if isinstance(module, nn.ConvTranspose2d):
                # With a stride as long as the kernel a unit reads one value of each channel.
                nn.init.normal_(module.weight, std=sqrt(2 / module.in_channels))
                if module.bias is not None:
                    nn.init.zeros_(module.bias)


def valid_size(side: int, depth: int = 4) -> int:
    """The side of what a U-Net without padding gives for a side, in pixels.

    Down: (n - 4)/2 at each scale; n - 4 at the bottom; up: 2n - 4. 572 gives 388.
    Raises ModelError for a side that leaves nothing or gives a pooling an odd one, with sides that
    work.
    """
    step = 1 << depth
    lost_above = 4 * (step - 1)  # by the pairs of the way down, in input pixels
    least = _least_bottom(depth) * step + lost_above
    if side < least:
        raise ModelError(
            f"a side of {side} pixels leaves nothing in a U-Net of depth {depth} without padding: "
            f"the least is {least}, or any with padding='same'"
        )
    if (side - lost_above) % step:
        smaller = side - (side - lost_above) % step
        raise ModelError(
            f"a side of {side} pixels gives a pooling of the U-Net an odd one, and its map would "
            f"not lie over the middle of the finer one: take {smaller} or {smaller + step}, or any "
            "with padding='same'"
        )
    return _expanded((side - lost_above) // step, depth)


def centre_crop(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The middle of x, of the height and width of another map."""
    (top, height), (left, width) = (
        ((size - wanted) // 2, wanted)
        for size, wanted in zip(x.shape[2:], like.shape[2:], strict=True)
    )
    return x[:, :, top : top + height, left : left + width]


def unet(
    input_shape: tuple[int, ...] = (1, 572, 572),
    classes: int = 2,
    *,
    padding: Padding = "valid",
    width: int = 64,
    depth: int = 4,
    dropout: float = 0.5,
) -> UNet:
    """U-Net for an input (C, H, W)."""
    return UNet(input_shape[0], classes, padding=padding, width=width, depth=depth, dropout=dropout)


def _pair(in_channels: int, out_channels: int, padding: int, dropped: float = 0.0) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(in_channels, out_channels, 3, padding=padding),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3, padding=padding),
        nn.ReLU(inplace=True),
    ]
    if dropped:
        layers.append(nn.Dropout(dropped))
    return nn.Sequential(*layers)


def _expanded(bottom: int, depth: int) -> int:
    side = bottom - 4
    for _ in range(depth):
        side = 2 * side - 4
    return side


def _least_bottom(depth: int) -> int:
    bottom = 5
    while _expanded(bottom, depth) < 1:
        bottom += 1
    return bottom


ENTRIES = (
    Entry(
        name="unet",
        title="U-Net",
        family="unet",
        year=2015,
        paper="Ronneberger, Fischer and Brox, U-Net, MICCAI 2015, figure 1",
        build=unet,
        input_shape=(1, 572, 572),
        classes=2,
        parameters=31_030_658,
        multiply_adds=150_428_424_448,
        least=(188, 188),
        task="segmentation",
        accuracy=Accuracy(
            0.9203, "ISBI cell tracking 2015, PhC-U373, IOU", "Ronneberger et al. 2015, table 2"
        ),
        differences="Units are dropped where the published code does so, at the two coarsest "
        "scales with probability 0.5; the paper says at the end of the contracting path. As in "
        "the paper, nothing is rectified after an up-convolution; the published code does so.",
    ),
)
