"""What a layer costs: parameters, multiply-adds, bytes of activation, for one example.

One convention throughout: a multiply-add is one product of a kernel or weight with a value, in
convolutions, transposed convolutions and linear layers. Biases, normalisation, activations
and pooling count none. The published figures of the well-known networks count this way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from striate.errors import GeometryError
from striate.geometry.axes import whole


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters, multiply-adds and bytes of output; costs add.

    `activation_bytes` is what the layer's own output takes, not what its inputs do.
    """

    parameters: int = 0
    multiply_adds: int = 0
    activation_bytes: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.parameters + other.parameters,
            self.multiply_adds + other.multiply_adds,
            self.activation_bytes + other.activation_bytes,
        )


def convolution_cost(
    in_channels: int,
    out_channels: int,
    kernel: Sequence[int],
    output: Sequence[int],
    *,
    groups: int = 1,
    bias: bool = True,
    bytes_per_value: int = 4,
) -> Cost:
    """The cost of a convolution.

    Parameters: out_channels * (in_channels/groups) * prod(kernel), and out_channels biases.
    Multiply-adds: the weights times prod(output).
    `kernel` and `output` have one entry a spatial axis.
    Raises GeometryError when groups does not divide both numbers of channels.
    """
    weights = _weights(in_channels, out_channels, kernel, groups)
    return Cost(
        weights + out_channels * bias,
        weights * prod(output),
        out_channels * prod(output) * bytes_per_value,
    )


def transposed_cost(
    in_channels: int,
    out_channels: int,
    kernel: Sequence[int],
    size: Sequence[int],
    output: Sequence[int],
    *,
    groups: int = 1,
    bias: bool = True,
    bytes_per_value: int = 4,
) -> Cost:
    """The cost of a transposed convolution over an input of the given size.

    Parameters: as the convolution. Multiply-adds: the weights times prod(size), for every input
    value meets every tap of the kernel, those included whose product is cropped.
    `kernel`, `size` and `output` have one entry a spatial axis.
    Raises GeometryError when groups does not divide both numbers of channels.
    """
    weights = _weights(in_channels, out_channels, kernel, groups)
    return Cost(
        weights + out_channels * bias,
        weights * prod(size),
        out_channels * prod(output) * bytes_per_value,
    )


def linear_cost(
    in_features: int,
    out_features: int,
    *,
    bias: bool = True,
    positions: int = 1,
    bytes_per_value: int = 4,
) -> Cost:
    """The cost of a linear layer, applied at so many positions.

    Parameters: in_features * out_features, and out_features biases. Multiply-adds: the weights
    times the positions.
    """
    weights = whole(in_features, "input features", 1) * whole(out_features, "output features", 1)
    return Cost(
        weights + out_features * bias,
        weights * positions,
        out_features * positions * bytes_per_value,
    )


def normalisation_cost(
    shape: Sequence[int],
    *,
    scale: bool = True,
    bias: bool = True,
    parameters_per_kind: int | None = None,
    bytes_per_value: int = 4,
) -> Cost:
    """The cost of a normalisation of an output (C, *spatial).

    Parameters: one scale and one bias a channel, or `parameters_per_kind` of each where the
    normalisation has another number.
    """
    each = shape[0] if parameters_per_kind is None else parameters_per_kind
    return Cost(each * (scale + bias), 0, prod(shape) * bytes_per_value)


def pooling_cost(shape: Sequence[int], *, parameters: int = 0, bytes_per_value: int = 4) -> Cost:
    """The cost of a pooling with an output (C, *spatial): its activation and no more."""
    return Cost(parameters, 0, prod(shape) * bytes_per_value)


def elementwise_cost(
    shape: Sequence[int], *, parameters: int = 0, bytes_per_value: int = 4
) -> Cost:
    """The cost of an activation, a sum or another layer that works on each value by itself."""
    return Cost(parameters, 0, prod(shape) * bytes_per_value)


def _weights(in_channels: int, out_channels: int, kernel: Sequence[int], groups: int) -> int:
    whole(groups, "groups", least=1)
    for name, channels in (("input channels", in_channels), ("output channels", out_channels)):
        if whole(channels, name, least=1) % groups:
            raise GeometryError(f"{name} (={channels}) must be divisible by groups (={groups})")
    return out_channels * (in_channels // groups) * prod(kernel)
