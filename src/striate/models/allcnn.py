"""All-CNN: convolutions with a stride in place of poolings, and no linear layers."""

from functools import partial

from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.sequence_text import sequence_text

_PAPER = (
    "Springenberg, Dosovitskiy, Brox and Riedmiller, Striving for simplicity: the all "
    "convolutional net, ICLR 2015 workshop"
)
_DIFFERENCES = (
    "The input is padded everywhere but in the last 3x3 convolution, which gives the 6x6 maps of "
    "table 1. The paper does not say how weights start: they are drawn as by He et al. 2015."
)
_KERNELS = {"a": (5,), "b": (5, 1), "c": (3, 3)}
"""The kernels of the convolutions before each convolution with a stride (table 1)."""


def allcnn_a(input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10) -> nn.Sequential:
    """All-CNN-A: one 5x5 convolution before each with a stride. (N, C, H, W) -> (N, classes).

    Source: Springenberg et al., Striving for simplicity, 2015, tables 1 and 2.
    """
    return _allcnn(_KERNELS["a"], input_shape, classes)


def allcnn_b(input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10) -> nn.Sequential:
    """All-CNN-B: a 5x5 and a 1x1 convolution before each with a stride.

    (N, C, H, W) -> (N, classes).
    Source: Springenberg et al., Striving for simplicity, 2015, tables 1 and 2.
    """
    return _allcnn(_KERNELS["b"], input_shape, classes)


def allcnn_c(input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10) -> nn.Sequential:
    """All-CNN-C: two 3x3 convolutions before each with a stride. (N, C, H, W) -> (N, classes).

    Source: Springenberg et al., Striving for simplicity, 2015, tables 1 and 2.
    """
    return _allcnn(_KERNELS["c"], input_shape, classes)


def _allcnn(kernels: tuple[int, ...], input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Dropout(0.2)]
    before = input_shape[0]

    def convolve(channels: int, kernel: int, stride: int = 1, padding: int | None = None) -> None:
        nonlocal before
        padding = kernel // 2 if padding is None else padding
        layers.append(nn.Conv2d(before, channels, kernel, stride, padding))
        layers.append(nn.ReLU(inplace=True))
        before = channels

    for channels in (96, 192):
        for kernel in kernels:
            convolve(channels, kernel)
        convolve(channels, 3, stride=2)
        layers.append(nn.Dropout(0.5))
    convolve(192, 3, padding=0)
    convolve(192, 1)
    convolve(classes, 1)
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    he_normal_convolutions(network, "fan_in")
    return network


ENTRIES = (
    Entry(
        name="allcnn_a",
        title="All-CNN-A",
        family="allcnn",
        year=2015,
        paper=_PAPER,
        build=allcnn_a,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=1_254_250,
        multiply_adds=181_145_088,
        least=(9, 9),
        accuracy=Accuracy(0.8970, "CIFAR-10", "Springenberg et al. 2015, table 3"),
        differences=_DIFFERENCES,
        text=partial(sequence_text, allcnn_a, "All-CNN-A, Springenberg et al. 2015"),
    ),
    Entry(
        name="allcnn_b",
        title="All-CNN-B",
        family="allcnn",
        year=2015,
        paper=_PAPER,
        build=allcnn_b,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=1_300_618,
        multiply_adds=200_019_456,
        least=(9, 9),
        accuracy=Accuracy(0.9090, "CIFAR-10", "Springenberg et al. 2015, table 3"),
        differences=_DIFFERENCES,
        text=partial(sequence_text, allcnn_b, "All-CNN-B, Springenberg et al. 2015"),
    ),
    Entry(
        name="allcnn_c",
        title="All-CNN-C",
        family="allcnn",
        year=2015,
        paper=_PAPER,
        build=allcnn_c,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=1_369_738,
        multiply_adds=270_798_336,
        least=(9, 9),
        accuracy=Accuracy(0.9092, "CIFAR-10", "Springenberg et al. 2015, table 3"),
        differences=_DIFFERENCES,
        text=partial(sequence_text, allcnn_c, "All-CNN-C, Springenberg et al. 2015"),
    ),
)
