"""ZFNet: AlexNet with a finer beginning, found by looking at what its layers see."""

from collections import OrderedDict
from functools import partial
from math import prod

from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import normal_weights
from striate.models.response_norm import ResponseNorm
from striate.models.sequence_text import sequence_text
from striate.models.sizing import output_shape


def zfnet(input_shape: tuple[int, ...] = (3, 224, 224), classes: int = 1000) -> nn.Sequential:
    """Five convolutions, the first of 7x7 with stride 2, and three linear layers.

    (N, C, H, W) -> (N, classes). Weights start from N(0, 0.01^2), biases from 0 (section 3.1).
    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014, figure 3.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(input_shape[0], 96, 7, stride=2, padding=1),
        relu1=nn.ReLU(inplace=True),
        pool1=nn.MaxPool2d(3, stride=2, padding=1),
        norm1=ResponseNorm(),
        conv2=nn.Conv2d(96, 256, 5, stride=2),
        relu2=nn.ReLU(inplace=True),
        pool2=nn.MaxPool2d(3, stride=2, padding=1),
        norm2=ResponseNorm(),
        conv3=nn.Conv2d(256, 384, 3, padding=1),
        relu3=nn.ReLU(inplace=True),
        conv4=nn.Conv2d(384, 384, 3, padding=1),
        relu4=nn.ReLU(inplace=True),
        conv5=nn.Conv2d(384, 256, 3, padding=1),
        relu5=nn.ReLU(inplace=True),
        pool5=nn.MaxPool2d(3, stride=2),
    )
    maps = output_shape(nn.Sequential(layers), input_shape)
    layers.update(
        flatten=nn.Flatten(),
        fc6=nn.Linear(prod(maps), 4096),
        relu6=nn.ReLU(inplace=True),
        drop6=nn.Dropout(0.5),
        fc7=nn.Linear(4096, 4096),
        relu7=nn.ReLU(inplace=True),
        drop7=nn.Dropout(0.5),
        fc8=nn.Linear(4096, classes),
    )
    network = nn.Sequential(layers)
    normal_weights(network, 0.01)
    return network


ENTRIES = (
    Entry(
        name="zfnet",
        title="ZFNet",
        family="zfnet",
        year=2014,
        paper="Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014, "
        "figure 3",
        build=zfnet,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=62_357_608,
        multiply_adds=1_168_032_896,
        least=(53, 53),
        accuracy=Accuracy(0.616, "ImageNet", "Zeiler and Fergus 2014, table 2 (1 convnet)"),
        differences="The paper names the sizes of the maps and not the padding: a pad of 1 in the "
        "first convolution and the first two poolings gives them. Contrast normalisation has "
        "AlexNet's constants.",
        text=partial(sequence_text, zfnet, "ZFNet, Zeiler and Fergus 2014"),
    ),
)
