"""LeNet-5 as it was and as it is usually built, and the small networks of two demos."""

import math
from collections import OrderedDict
from functools import partial

from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import uniform_by_inputs
from striate.models.lenet_layers import (
    TABLE_I,
    PartialConvolution,
    RadialBasisOutput,
    Subsampling,
)
from striate.models.scaled_tanh import ScaledTanh
from striate.models.sequence_text import sequence_text
from striate.models.sizing import output_shape

_LECUN = (
    "LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, "
    "Proceedings of the IEEE 86, 1998"
)
_WHOLE_MAPS = (
    "C5 sees whole maps whatever the input, so that other sizes than 32x32 give one answer too."
)


def lenet5_1998(input_shape: tuple[int, ...] = (1, 32, 32), classes: int = 10) -> nn.Sequential:
    """LeNet-5 as the paper has it: 60,000 parameters that are learned.

    Convolutions and subsampling layers that learn, table I between S2 and C3, scaled tanh
    everywhere, and radial basis units with fixed codes at the end. (N, C, H, W) -> (N, classes).
    Source: LeCun, Bottou, Bengio and Haffner, 1998, section II-B.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        c1=nn.Conv2d(input_shape[0], 6, 5),
        c1_tanh=ScaledTanh(),
        s2=Subsampling(6),
        s2_tanh=ScaledTanh(),
        c3=PartialConvolution(TABLE_I, 5),
        c3_tanh=ScaledTanh(),
        s4=Subsampling(16),
        s4_tanh=ScaledTanh(),
    )
    channels, height, width = output_shape(nn.Sequential(layers), input_shape)
    layers.update(
        c5=nn.Conv2d(channels, 120, (height, width)),
        c5_tanh=ScaledTanh(),
        flatten=nn.Flatten(),
        f6=nn.Linear(120, 84),
        f6_tanh=ScaledTanh(),
        output=RadialBasisOutput(classes),
    )
    network = nn.Sequential(layers)
    uniform_by_inputs(network)
    return network


def lenet5(input_shape: tuple[int, ...] = (1, 32, 32), classes: int = 10) -> nn.Sequential:
    """LeNet-5 as it is usually built: full connections, tanh, average pooling, class scores.

    (N, C, H, W) -> (N, classes).
    Source: LeCun, Bottou, Bengio and Haffner, 1998, section II-B.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        c1=nn.Conv2d(input_shape[0], 6, 5),
        c1_tanh=nn.Tanh(),
        s2=nn.AvgPool2d(2),
        c3=nn.Conv2d(6, 16, 5),
        c3_tanh=nn.Tanh(),
        s4=nn.AvgPool2d(2),
    )
    channels, height, width = output_shape(nn.Sequential(layers), input_shape)
    layers.update(
        c5=nn.Conv2d(channels, 120, (height, width)),
        c5_tanh=nn.Tanh(),
        flatten=nn.Flatten(),
        f6=nn.Linear(120, 84),
        f6_tanh=nn.Tanh(),
        output=nn.Linear(84, classes),
    )
    network = nn.Sequential(layers)
    uniform_by_inputs(network)
    return network


def node_link_cnn(input_shape: tuple[int, ...] = (1, 32, 32), classes: int = 10) -> nn.Sequential:
    """The convolutional network of the 2-D and 3-D node-link demos. (N, C, H, W) -> (N, classes).

    Source: Harley, An interactive node-link visualization of convolutional neural networks, 2015,
    section 4; connections, activation and their order from the demo's published code.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(input_shape[0], 6, 5),
        conv1_tanh=ScaledTanh(),
        pool1=nn.MaxPool2d(2),
        conv2=PartialConvolution(TABLE_I, 5),
        conv2_tanh=ScaledTanh(),
        pool2=nn.MaxPool2d(2),
    )
    maps = output_shape(nn.Sequential(layers), input_shape)
    layers.update(
        flatten=nn.Flatten(),
        linear1=nn.Linear(math.prod(maps), 120),
        linear1_tanh=ScaledTanh(),
        linear2=nn.Linear(120, 100),
        linear2_tanh=ScaledTanh(),
        linear3=nn.Linear(100, classes),
    )
    network = nn.Sequential(layers)
    uniform_by_inputs(network)
    return network


def convnetjs_cifar10(
    input_shape: tuple[int, ...] = (3, 32, 32), classes: int = 10
) -> nn.Sequential:
    """The network that the ConvNetJS demo trains on CIFAR-10. (N, C, H, W) -> (N, classes).

    Weights start from N(0, 1/F), F the number of inputs of a unit, and biases in front of a ReLU
    from 0.1, as the demo's do.
    Source: Karpathy, ConvNetJS, 2014, CIFAR-10 demo.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(input_shape[0], 16, 5, padding=2),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(16, 20, 5, padding=2),
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),
        conv3=nn.Conv2d(20, 20, 5, padding=2),
        relu3=nn.ReLU(),
        pool3=nn.MaxPool2d(2),
    )
    maps = output_shape(nn.Sequential(layers), input_shape)
    layers.update(flatten=nn.Flatten(), linear=nn.Linear(math.prod(maps), classes))
    network = nn.Sequential(layers)
    for name, parameter in network.named_parameters():
        if name.endswith("weight"):
            nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
        else:
            nn.init.constant_(parameter, 0.1 if name.startswith("conv") else 0.0)
    return network


ENTRIES = (
    Entry(
        name="lenet5_1998",
        title="LeNet-5, the original",
        family="lenet",
        year=1998,
        paper=f"{_LECUN}, section II-B",
        build=lenet5_1998,
        input_shape=(1, 32, 32),
        classes=10,
        parameters=60_000,
        multiply_adds=325_680,
        least=(16, 16),
        accuracy=Accuracy(0.9905, "MNIST", "LeCun et al. 1998, section III-B"),
        differences="The outputs are minus the paper's penalties, so that the largest is the "
        "answer. The pictures of the digits that serve as codes are drawn after figure 3, not "
        "copied dot by dot; for other than ten classes the codes are drawn at random, the paper's "
        f"alternative. {_WHOLE_MAPS}",
    ),
    Entry(
        name="lenet5",
        title="LeNet-5, the usual one",
        family="lenet",
        year=1998,
        paper=f"{_LECUN}, section II-B",
        build=lenet5,
        input_shape=(1, 32, 32),
        classes=10,
        parameters=61_706,
        multiply_adds=416_520,
        least=(16, 16),
        differences="As it is usually built today: every map of C3 sees all maps of S2, poolings "
        f"learn nothing, tanh is not scaled, and the outputs are class scores. {_WHOLE_MAPS}",
        text=partial(sequence_text, lenet5, "LeNet-5, LeCun et al. 1998"),
    ),
    Entry(
        name="node_link_cnn",
        title="Convolutional network of the node-link demos",
        family="lenet",
        year=2015,
        paper="Harley, An interactive node-link visualization of convolutional neural networks, "
        "ISVC 2015, section 4",
        build=node_link_cnn,
        input_shape=(1, 32, 32),
        classes=10,
        parameters=62_902,
        multiply_adds=328_600,
        least=(16, 16),
        differences="The outputs are class scores: the demo squashes them too, which changes no "
        "answer. That the second convolution is connected by table I of LeNet-5 is seen in the "
        "demo's code; the paper does not say it.",
    ),
    Entry(
        name="convnetjs_cifar10",
        title="The browser demo's CIFAR-10 network",
        family="lenet",
        year=2014,
        paper="Karpathy, ConvNetJS, CIFAR-10 demo, cs.stanford.edu/people/karpathy/convnetjs",
        build=convnetjs_cifar10,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=22_466,
        multiply_adds=3_920_000,
        least=(8, 8),
        text=partial(sequence_text, convnetjs_cifar10, "The CIFAR-10 network of ConvNetJS"),
    ),
)
