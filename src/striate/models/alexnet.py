"""AlexNet: the paper's network in two groups, and the one in a single column."""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import normal_weights
from striate.models.response_norm import ResponseNorm
from striate.models.sequence_text import sequence_text
from striate.models.sizing import output_shape


class AlexNet(nn.Module):
    """Five convolutions and three linear layers, in one column. (N, C, H, W) -> (N, classes).

    Source: Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014,
    section 5, in the form of torchvision.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...] = (3, 224, 224),
        classes: int = 1000,
        *,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(input_shape[0], 64, 11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, classes),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The class scores."""
        scores: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return scores


def alexnet_2012(
    input_shape: tuple[int, ...] = (3, 227, 227), classes: int = 1000, *, pad: int = 0
) -> nn.Sequential:
    """The paper's AlexNet: two groups, one for each of its processors, and response normalisation.

    `pad` is that of the first convolution: 0 gives 55x55 maps of a 227x227 input, 2 of the 224x224
    that the paper speaks of. Weights start from N(0, 0.01^2), biases of the second, fourth and
    fifth convolution and of the hidden linear layers from 1 (section 5).
    (N, C, H, W) -> (N, classes).
    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural
    networks, 2012, section 3.5 and figure 2.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(input_shape[0], 96, 11, stride=4, padding=pad),
        relu1=nn.ReLU(inplace=True),
        norm1=ResponseNorm(),
        pool1=nn.MaxPool2d(3, stride=2),
        conv2=nn.Conv2d(96, 256, 5, padding=2, groups=2),
        relu2=nn.ReLU(inplace=True),
        norm2=ResponseNorm(),
        pool2=nn.MaxPool2d(3, stride=2),
        conv3=nn.Conv2d(256, 384, 3, padding=1),
        relu3=nn.ReLU(inplace=True),
        conv4=nn.Conv2d(384, 384, 3, padding=1, groups=2),
        relu4=nn.ReLU(inplace=True),
        conv5=nn.Conv2d(384, 256, 3, padding=1, groups=2),
        relu5=nn.ReLU(inplace=True),
        pool5=nn.MaxPool2d(3, stride=2),
    )
    channels, height, width = output_shape(nn.Sequential(layers), input_shape)
    layers.update(
        flatten=nn.Flatten(),
        fc6=nn.Linear(channels * height * width, 4096),
        relu6=nn.ReLU(inplace=True),
        drop6=nn.Dropout(0.5),
        fc7=nn.Linear(4096, 4096),
        relu7=nn.ReLU(inplace=True),
        drop7=nn.Dropout(0.5),
        fc8=nn.Linear(4096, classes),
    )
    network = nn.Sequential(layers)
    normal_weights(network, 0.01)
    for name in ("conv2", "conv4", "conv5", "fc6", "fc7"):
        nn.init.ones_(network.get_parameter(f"{name}.bias"))
    return network


ENTRIES = (
    Entry(
        name="alexnet",
        title="AlexNet, single column",
        family="alexnet",
        year=2014,
        paper="Krizhevsky, One weird trick for parallelizing convolutional neural networks, arXiv "
        "1404.5997, section 5",
        build=AlexNet,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=61_100_840,
        multiply_adds=714_188_480,
        least=(63, 63),
        accuracy=Accuracy(0.56522, "ImageNet", "torchvision, AlexNet_Weights.IMAGENET1K_V1"),
        differences="As torchvision's: 256 maps in the fourth convolution where the paper has 384, "
        "and an adaptive pooling to 6x6, which lets other sizes in and is nothing at 224x224. The "
        "paper gives no first weights: they are torch's own.",
        layout="torchvision",
        text=partial(sequence_text, AlexNet, "AlexNet in a single column, Krizhevsky 2014"),
    ),
    Entry(
        name="alexnet_2012",
        title="AlexNet, the original in two groups",
        family="alexnet",
        year=2012,
        paper="Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional "
        "neural networks, NeurIPS 2012, section 3.5",
        build=alexnet_2012,
        input_shape=(3, 227, 227),
        classes=1000,
        parameters=60_965_224,
        multiply_adds=724_406_816,
        least=(67, 67),
        accuracy=Accuracy(0.593, "ImageNet", "Krizhevsky et al. 2012, table 2 (1 CNN)"),
        differences="The paper speaks of 224x224 inputs, of which windows of 11x11 with stride 4 "
        "do not give the 55x55 maps of its figure 2: 227x227 gives them, or 224x224 with "
        "`pad=2`. Response normalisation runs across the border of the two groups.",
        text=partial(sequence_text, alexnet_2012, "AlexNet, Krizhevsky et al. 2012"),
    ),
)
