"""Networks without convolutions: a linear classifier, and two hidden layers."""

from collections import OrderedDict
from functools import partial
from math import prod

from torch import nn

from striate.models.entry import Accuracy, Entry
from striate.models.initialisation import uniform_by_inputs
from striate.models.scaled_tanh import ScaledTanh
from striate.models.sequence_text import sequence_text

_LECUN = "LeCun, Bottou, Bengio and Haffner, Gradient-based learning, 1998"


def linear(input_shape: tuple[int, ...] = (1, 28, 28), classes: int = 10) -> nn.Sequential:
    """One weighted sum of all pixels for each class. (N, *input_shape) -> (N, classes).

    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section III-C.
    """
    network = nn.Sequential(
        OrderedDict(flatten=nn.Flatten(), linear=nn.Linear(prod(input_shape), classes))
    )
    uniform_by_inputs(network)
    return network


def mlp(input_shape: tuple[int, ...] = (1, 28, 28), classes: int = 10) -> nn.Sequential:
    """Hidden layers of 300 and 100 units with scaled tanh. (N, *input_shape) -> (N, classes).

    Sources: LeCun et al. 1998, section III-C; Harley, An interactive node-link visualization of
    convolutional neural networks, 2015, section 4.
    """
    network = nn.Sequential(
        OrderedDict(
            flatten=nn.Flatten(),
            linear1=nn.Linear(prod(input_shape), 300),
            tanh1=ScaledTanh(),
            linear2=nn.Linear(300, 100),
            tanh2=ScaledTanh(),
            linear3=nn.Linear(100, classes),
        )
    )
    uniform_by_inputs(network)
    return network


ENTRIES = (
    Entry(
        name="linear",
        title="Linear classifier",
        family="linear",
        year=1998,
        paper=f"{_LECUN}, section III-C",
        build=linear,
        input_shape=(1, 28, 28),
        classes=10,
        parameters=7_850,
        multiply_adds=7_840,
        least=(1, 1),
        accuracy=Accuracy(0.88, "MNIST", "LeCun et al. 1998, section III-C"),
        text=partial(sequence_text, linear, "Linear classifier"),
    ),
    Entry(
        name="mlp",
        title="Two hidden layers, 300 and 100",
        family="linear",
        year=1998,
        paper=f"{_LECUN}, section III-C; the node-link demos of Harley, ISVC 2015, section 4",
        build=mlp,
        input_shape=(1, 28, 28),
        classes=10,
        parameters=266_610,
        multiply_adds=266_200,
        least=(1, 1),
        accuracy=Accuracy(0.9695, "MNIST", "LeCun et al. 1998, section III-C"),
        differences="The outputs are class scores: the paper and the demos squash them too, which "
        "changes no answer.",
        text=partial(sequence_text, mlp, "Two hidden layers, LeCun et al. 1998, Harley 2015"),
    ),
)
