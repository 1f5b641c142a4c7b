"""C3D: 3x3x3 convolutions over space and time."""

from collections import OrderedDict
from functools import partial
from math import prod
from typing import Literal, get_args

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions, normal_linears
from striate.models.sequence_text import sequence_text
from striate.models.sizing import output_shape

FirstWeights = Literal["he", "published"]

_STAGES = ((64, "a"), (128, "a"), (256, "ab"), (512, "ab"), (512, "ab"))
"""Channels and convolutions of each stage; a pooling ends it."""


class C3D(nn.Module):
    """Eight 3x3x3 convolutions, five max poolings, three linear layers.

    Every pooling halves time and space, only the first leaves time as it is; halves are rounded up.
    `first_weights` are "he", of He et al. 2015, or "published", those of the published code: normal
    of deviation 0.01, biases of 1. They are meant for pixels from 0 to 255 and for millions of
    steps; what tells two clips apart shrinks a thousandfold on its way through.
    (N, C, frames, H, W) -> (N, classes), any size.
    Raises ModelError for other first weights.
    Source: Tran, Bourdev, Fergus, Torresani and Paluri, Learning spatiotemporal features with 3D
    convolutional networks, 2015, section 3.2 and figure 3.
    """

    def __init__(
        self, input_shape: tuple[int, ...], classes: int, first_weights: FirstWeights = "he"
    ) -> None:
        super().__init__()
        if first_weights not in get_args(FirstWeights):
            raise ModelError(f"first_weights (={first_weights!r}) must be 'he' or 'published'")
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        in_channels = input_shape[0]
        for stage, (channels, letters) in enumerate(_STAGES, start=1):
            for letter in letters:
                layers[f"conv{stage}{letter}"] = nn.Conv3d(in_channels, channels, 3, padding=1)
                layers[f"relu{stage}{letter}"] = nn.ReLU(inplace=True)
                in_channels = channels
            window = (1, 2, 2) if stage == 1 else (2, 2, 2)
            layers[f"pool{stage}"] = nn.MaxPool3d(window, ceil_mode=True)
        self.features = nn.Sequential(layers)
        pooled = prod(output_shape(self.features, input_shape, "features"))
        self.fc6 = nn.Linear(pooled, 4096)
        self.relu6 = nn.ReLU(inplace=True)
        self.drop6 = nn.Dropout()
        self.fc7 = nn.Linear(4096, 4096)
        self.relu7 = nn.ReLU(inplace=True)
        self.drop7 = nn.Dropout()
        self.fc8 = nn.Linear(4096, classes)
        if first_weights == "published":
            self._initialise_as_published()
        else:
            he_normal_convolutions(self, "fan_in")
            normal_linears(self, 0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        x = self.features(x).flatten(1)
        x = self.drop6(self.relu6(self.fc6(x)))
        x = self.drop7(self.relu7(self.fc7(x)))
        scores: torch.Tensor = self.fc8(x)
        return scores

    def _initialise_as_published(self) -> None:
        """Only the first and the last layer's biases start at 0."""
        for module in self.modules():
            if isinstance(module, (nn.Conv3d, nn.Linear)):
                hidden = module in (self.fc6, self.fc7)
                nn.init.normal_(module.weight, std=0.005 if hidden else 0.01)
                ends = module in (self.features.conv1a, self.fc8)
                nn.init.constant_(module.bias, 0.0 if ends else 1.0)  # type: ignore[arg-type]


def c3d(
    input_shape: tuple[int, ...] = (3, 16, 112, 112),
    classes: int = 487,
    *,
    first_weights: FirstWeights = "he",
) -> C3D:
    """C3D for a clip (C, frames, H, W)."""
    return C3D(input_shape, classes, first_weights)


ENTRIES = (
    Entry(
        name="c3d",
        title="C3D",
        family="video",
        year=2015,
        paper="Tran et al., Learning spatiotemporal features with 3D ConvNets, ICCV 2015, figure 3",
        build=c3d,
        input_shape=(3, 16, 112, 112),
        classes=487,
        parameters=79_991_015,
        multiply_adds=38_548_959_232,
        least=(1, 1, 1),
        accuracy=Accuracy(
            0.611, "Sports-1M, video hit at 1", "Tran et al. 2015, table 2, pre-trained on I380K"
        ),
        differences="The last pooling rounds 7 up to 4 as the published code does, which gives the "
        "8,192 values that the paper does not state. With 101 classes (UCF101) it has 78,409,573 "
        "parameters. First weights are He et al. 2015; `first_weights='published'` has the code's.",
        text=partial(sequence_text, c3d, "C3D, Tran et al. 2015"),
    ),
)
