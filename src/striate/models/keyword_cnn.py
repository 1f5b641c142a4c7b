"""A small convolutional network that finds keywords in the spectrogram of speech."""

from functools import partial
from math import prod

import torch
from torch import nn

from striate.models.entry import Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.sequence_text import sequence_text
from striate.models.sizing import output_shape


class KeywordCNN(nn.Module):
    """cnn-trad-fpool3: convolution, pooling in frequency, convolution, three linear layers.

    The windows are 20 frames by 8 bands and 10 by 4, without padding; pooling takes 3 bands, so
    that the pitch of a voice matters less. The first linear layer has no activation: it and the
    next are one matrix of rank 32.
    (N, C, frames, bands) -> (N, classes); at least 29 frames and 19 bands.
    Source: Sainath and Parada, Convolutional neural networks for small-footprint keyword spotting,
    Interspeech 2015, section 3.1 and table 1.
    """

    def __init__(self, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(input_shape[0], 64, (20, 8)),
            nn.ReLU(inplace=True),
            nn.MaxPool2d((1, 3)),
            nn.Conv2d(64, 64, (10, 4)),
            nn.ReLU(inplace=True),
        )
        self.low_rank = nn.Linear(prod(output_shape(self.features, input_shape, "features")), 32)
        self.hidden = nn.Linear(32, 128)
        self.relu = nn.ReLU(inplace=True)
        self.classifier = nn.Linear(128, classes)
        he_normal_convolutions(self, "fan_in")
        for layer in (self.low_rank, self.hidden, self.classifier):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the keywords."""
        features = self.low_rank(self.features(x).flatten(1))
        scores: torch.Tensor = self.classifier(self.relu(self.hidden(features)))
        return scores


def keyword_cnn(input_shape: tuple[int, ...] = (1, 32, 40), classes: int = 4) -> KeywordCNN:
    """cnn-trad-fpool3 for a spectrogram (C, frames, bands)."""
    return KeywordCNN(input_shape, classes)


ENTRIES = (
    Entry(
        name="keyword_cnn",
        title="Keyword network cnn-trad-fpool3",
        family="sound",
        year=2015,
        paper="Sainath and Parada, Small-footprint keyword spotting, Interspeech 2015, table 1",
        build=keyword_cnn,
        input_shape=(1, 32, 40),
        classes=4,
        parameters=244_516,
        multiply_adds=9_705_984,
        least=(29, 19),
        differences="Layers have biases, which the paper's count of 244.2 K leaves out. The paper "
        "does not say how weights start; here as He et al. 2015.",
        text=partial(sequence_text, keyword_cnn, "cnn-trad-fpool3, Sainath and Parada 2015"),
    ),
)
