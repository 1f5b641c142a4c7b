"""Network in Network: small perceptrons, as 1x1 convolutions, slide over the maps."""

from collections import OrderedDict
from functools import partial

from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import he_normal_convolutions
from striate.models.sequence_text import sequence_text

_PAPER = "Lin, Chen and Yan, Network in network, ICLR 2014"
_DIFFERENCES = (
    "The paper does not give the numbers of maps, windows and poolings; they are those of the "
    "authors' published models. Weights start as He et al. 2015 draw them: the paper does not say."
)


class MlpConvolution(nn.Sequential):
    """A convolution and two 1x1 convolutions, each rectified: a perceptron at every position.

    `widths` are the channels of the three. (N, C, H, W) -> (N, widths[2], H', W').
    Source: Lin, Chen and Yan, Network in network, 2014, section 3.1.
    """

    def __init__(
        self,
        in_channels: int,
        widths: tuple[int, int, int],
        kernel: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__(
            OrderedDict(
                conv=nn.Conv2d(in_channels, widths[0], kernel, stride, padding),
                conv_relu=nn.ReLU(inplace=True),
                mlp1=nn.Conv2d(widths[0], widths[1], 1),
                mlp1_relu=nn.ReLU(inplace=True),
                mlp2=nn.Conv2d(widths[1], widths[2], 1),
                mlp2_relu=nn.ReLU(inplace=True),
            )
        )


def nin(input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10) -> nn.Sequential:
    """Three mlpconv layers for small images; global average pooling gives the class scores.

    (N, C, H, W) -> (N, classes).
    Source: Lin, Chen and Yan, Network in network, 2014, sections 3 and 4.2.
    """
    network = nn.Sequential(
        OrderedDict(
            block1=MlpConvolution(input_shape[0], (192, 160, 96), 5, padding=2),
            pool1=nn.MaxPool2d(3, stride=2, ceil_mode=True),
            drop1=nn.Dropout(0.5),
            block2=MlpConvolution(96, (192, 192, 192), 5, padding=2),
            pool2=nn.AvgPool2d(3, stride=2, ceil_mode=True),
            drop2=nn.Dropout(0.5),
            block3=MlpConvolution(192, (192, 192, classes), 3, padding=1),
            pool3=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
        )
    )
    he_normal_convolutions(network, "fan_in")
    return network


def nin_imagenet(
    input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000
) -> nn.Sequential:
    """Four mlpconv layers for photographs. (N, C, H, W) -> (N, classes).

    Source: Lin, Chen and Yan, Network in network, 2014, and the authors' model for Caffe.
    """
    network = nn.Sequential(
        OrderedDict(
            block1=MlpConvolution(input_shape[0], (96, 96, 96), 11, stride=4),
            pool1=nn.MaxPool2d(3, stride=2, ceil_mode=True),
            block2=MlpConvolution(96, (256, 256, 256), 5, padding=2),
            pool2=nn.MaxPool2d(3, stride=2, ceil_mode=True),
            block3=MlpConvolution(256, (384, 384, 384), 3, padding=1),
            pool3=nn.MaxPool2d(3, stride=2, ceil_mode=True),
            drop3=nn.Dropout(0.5),
            block4=MlpConvolution(384, (1024, 1024, classes), 3, padding=1),
            pool4=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
        )
    )
    he_normal_convolutions(network, "fan_in")
    return network


ENTRIES = (
    Entry(
        name="nin",
        title="Network in Network, CIFAR-10",
        family="nin",
        year=2014,
        paper=f"{_PAPER}, section 4.2",
        build=nin,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=966_986,
        multiply_adds=222_486_528,
        least=(4, 4),
        accuracy=Accuracy(0.8959, "CIFAR-10", "Lin et al. 2014, table 1 (no augmentation)"),
        differences=_DIFFERENCES,
        text=partial(sequence_text, nin, "Network in Network for CIFAR-10, Lin et al. 2014"),
    ),
    Entry(
        name="nin_imagenet",
        title="Network in Network, ImageNet",
        family="nin",
        year=2014,
        paper=f"{_PAPER}; the authors' model for Caffe",
        build=nin_imagenet,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=7_595_176,
        multiply_adds=1_100_188_800,
        least=(39, 39),
        accuracy=Accuracy(0.5936, "ImageNet", "the authors' page of the Caffe model"),
        differences=_DIFFERENCES,
        text=partial(
            sequence_text, nin_imagenet, "Network in Network for ImageNet, Lin et al. 2014"
        ),
    ),
)
