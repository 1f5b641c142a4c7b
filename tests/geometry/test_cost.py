"""Costs against the parameters of torch's layers, its flop counter, and published counts."""

import re
from math import prod

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from striate.errors import GeometryError
from striate.geometry import (
    Cost,
    conv_size,
    convolution_cost,
    elementwise_cost,
    linear_cost,
    normalisation_cost,
    pooling_cost,
    transposed_cost,
    transposed_size,
)


def measured(layer: nn.Module, *shape: int) -> Cost:
    """The cost as torch counts it: real parameters, half its flops, bytes of the real output."""
    with FlopCounterMode(display=False) as counter:
        output = layer(torch.zeros(1, *shape))
    return Cost(
        sum(parameter.numel() for parameter in layer.parameters()),
        counter.get_total_flops() // 2,
        output.numel() * output.element_size(),
    )


@settings(max_examples=100, deadline=None)
@given(
    size=st.tuples(st.integers(3, 8), st.integers(3, 8)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 2),
    groups=st.integers(1, 3),
    times=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_convolutions(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: int,
    groups: int,
    times: tuple[int, int],
) -> None:
    channels, filters = groups * times[0], groups * times[1]
    bias = times != (1, 1)
    output = conv_size(size, kernel, stride)
    layer = nn.Conv2d(channels, filters, kernel, stride, groups=groups, bias=bias)
    assert convolution_cost(
        channels, filters, kernel, output, groups=groups, bias=bias
    ) == measured(layer, channels, *size)

    up = nn.ConvTranspose2d(channels, filters, kernel, stride, groups=groups, bias=bias)
    output = transposed_size(size, kernel, stride)
    ours = transposed_cost(channels, filters, kernel, size, output, groups=groups, bias=bias)
    theirs = measured(up, channels, *size)
    assert ours.parameters == theirs.parameters
    assert ours.activation_bytes == theirs.activation_bytes
    # torch's counter leaves the groups out of the weights of a transposed convolution's input.
    assert ours.multiply_adds == prod(size) * prod(kernel) * channels * (filters // groups)
    if groups == 1:
        assert ours == theirs


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias: bool) -> None:
    assert linear_cost(20, 7, bias=bias) == measured(nn.Linear(20, 7, bias=bias), 20)
    assert linear_cost(20, 7, bias=bias, positions=6) == measured(
        nn.Linear(20, 7, bias=bias), 6, 20
    )


def test_layers_without_products() -> None:
    assert normalisation_cost((3, 4, 4)) == measured(nn.BatchNorm2d(3), 3, 4, 4)
    assert normalisation_cost((3, 4, 4), scale=False) == Cost(3, 0, 192)
    assert normalisation_cost((3, 4), parameters_per_kind=12) == measured(
        nn.LayerNorm((3, 4)), 3, 4
    )
    assert pooling_cost((3, 2, 2)) == measured(nn.MaxPool2d(2), 3, 4, 4)
    assert elementwise_cost((3, 4, 4)) == measured(nn.ReLU(), 3, 4, 4)
    assert elementwise_cost((3, 4, 4), parameters=1) == measured(nn.PReLU(), 3, 4, 4)


def test_costs_add() -> None:
    assert Cost(1, 2, 3) + Cost(10, 20, 30) == Cost(11, 22, 33)
    assert sum([Cost(1, 2, 3), Cost(4, 5, 6)], Cost()) == Cost(5, 7, 9)


def test_bytes_follow_the_width_of_a_value() -> None:
    assert convolution_cost(1, 2, (3,), (5,), bytes_per_value=2).activation_bytes == 20


def test_published_counts() -> None:
    """LeNet-5's C3 with all maps connected; VGG-16 (Simonyan and Zisserman 2014): 138M, 15.5G."""
    assert convolution_cost(6, 16, (5, 5), (10, 10)).parameters == 2416
    total, channels, size = Cost(), 3, 224
    for filters, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            total += convolution_cost(channels, filters, (3, 3), (size, size))
            channels = filters
        size //= 2
    for features, outputs in ((512 * 7 * 7, 4096), (4096, 4096), (4096, 1000)):
        total += linear_cost(features, outputs)
    assert total.parameters == 138_357_544
    assert total.multiply_adds == 15_470_264_320


def test_channels_that_groups_do_not_divide() -> None:
    message = "input channels (=5) must be divisible by groups (=2)"
    with pytest.raises(GeometryError, match=re.escape(message)):
        convolution_cost(5, 4, (3,), (3,), groups=2)
