"""The 34-layer network that finds arrhythmias in an electrocardiogram of one lead."""

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import nn

from striate.errors import ModelError
from striate.layers import convolution
from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions

Output = Literal["sequence", "record"]

_BLOCKS = 16
_KERNEL = 16
_BLOCKS_A_WIDTH = 4


class SignalBlock(nn.Module):
    """Two convolutions of 16 samples, each after batch normalisation and a ReLU; dropout between.

    The first has the stride. The shortcut takes the maximum of each stride, and zeros for new
    channels. `preactivated` is False where the layer in front has normalised and rectified already.
    (N, C, L) -> (N, C', ceil(L/stride)).
    Source: Hannun et al. 2019, methods and extended data figure 1; the published code.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        *,
        dropout: float,
        preactivated: bool = True,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if preactivated:
            layers += [_norm(in_channels), nn.ReLU(inplace=True)]
        layers += [
            convolution(1, in_channels, out_channels, _KERNEL, stride, padding="same"),
            _norm(out_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            convolution(1, out_channels, out_channels, _KERNEL, padding="same"),
        ]
        self.body = nn.Sequential(*layers)
        self.pool = nn.MaxPool1d(stride, ceil_mode=True) if stride > 1 else None
        self.extra = out_channels - in_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of the body and the pooled input."""
        shortcut = x if self.pool is None else self.pool(x)
        if self.extra:
            shortcut = F.pad(shortcut, (0, 0, 0, self.extra))
        y: torch.Tensor = self.body(x)
        return y + shortcut


class ArrhythmiaNet(nn.Module):
    """33 convolutions of 16 samples in residual blocks, and a linear layer for every 256 samples.

    Every second block halves the rate; channels double at every fourth, from `width`. `output` is
    "sequence", scores for each interval of 256 samples (1.28 s at 200 Hz), or "record", their mean.
    (N, C, L) -> (N, classes, ceil(L / 256)) or (N, classes).
    Raises ModelError for an unknown output.
    Source: Hannun, Rajpurkar et al., Cardiologist-level arrhythmia detection and classification in
    ambulatory electrocardiograms using a deep neural network, Nature Medicine 25, 2019, methods.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        output: Output = "sequence",
        width: int = 32,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        if output not in get_args(Output):
            raise ModelError(f"output (={output!r}) must be 'sequence' or 'record'")
        self.stem = nn.Sequential(
            convolution(1, in_channels, width, _KERNEL, padding="same"),
            _norm(width),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.Sequential()
        channels = width
        for block in range(_BLOCKS):
            out_channels = width << (block // _BLOCKS_A_WIDTH)
            self.blocks.append(
                SignalBlock(
                    channels,
                    out_channels,
                    stride=1 + block % 2,
                    dropout=dropout,
                    preactivated=block > 0,
                )
            )
            channels = out_channels
        self.norm = _norm(channels)
        self.relu = nn.ReLU(inplace=True)
        self.classifier = nn.Conv1d(channels, classes, 1)
        self.mean = nn.AdaptiveAvgPool1d(1) if output == "record" else None
        he_normal_convolutions(self, "fan_in")
        nn.init.xavier_uniform_(self.classifier.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes, for every interval or for the record."""
        scores: torch.Tensor = self.classifier(self.relu(self.norm(self.blocks(self.stem(x)))))
        return scores if self.mean is None else self.mean(scores).flatten(1)


def arrhythmia(
    input_shape: tuple[int, ...] = (1, 5888),
    classes: int = 12,
    *,
    output: Output = "sequence",
    width: int = 32,
    dropout: float = 0.2,
) -> ArrhythmiaNet:
    """The arrhythmia network for an input (C, L)."""
    return ArrhythmiaNet(input_shape[0], classes, output=output, width=width, dropout=dropout)


def _norm(channels: int) -> nn.BatchNorm1d:
    # The defaults of Keras, which the published code uses.
    return nn.BatchNorm1d(channels, eps=1e-3, momentum=0.01)


ENTRIES = (
    Entry(
        name="arrhythmia",
        title="Arrhythmia network, 34 layers",
        family="arrhythmia",
        year=2019,
        paper="Hannun et al., Cardiologist-level arrhythmia detection, Nature Medicine 25, 2019",
        build=arrhythmia,
        input_shape=(1, 5888),
        classes=12,
        parameters=10_468_204,
        multiply_adds=1_594_823_680,
        least=(1,),
        task="segmentation",
        accuracy=Accuracy(
            0.837, "iRhythm test set, average F1 over 12 rhythms", "Hannun et al. 2019, abstract"
        ),
        differences="The input is 30 s at 200 Hz, cut to a multiple of 256 samples as by the "
        "published code; here any length will do, the last interval being shorter. New channels "
        "of a shortcut are zeros, the layer in front of the first block normalises for it, and "
        "batch normalisation has Keras's constants, all as in that code.",
    ),
)
