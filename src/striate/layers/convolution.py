"""Convolution layers in 1 to 3 axes, with each way of dealing with the boundary.

As everywhere in the field, a convolution layer correlates: the kernel is not flipped. torch's own
kernels do the work; where torch lacks the boundary the input is padded first.
"""

from typing import Any, ClassVar

import torch
from torch import nn

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis, Window, transposed_windows, windows
from striate.layers.boundary import Boundary, known_boundary, pad

_Sides = tuple[tuple[int, int], ...]


class _BoundaryConv(nn.Module):
    """What the three have in common; beside it stands the torch class that convolves."""

    axes: ClassVar[int]
    sides: _Sides
    boundary: Boundary
    value: float

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: PerAxis,
        stride: PerAxis = 1,
        *,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        boundary: Boundary = "zeros",
        value: float = 0.0,
    ) -> None:
        sliding = windows(self.axes, kernel, stride, padding, dilation)
        _check_channels(in_channels, out_channels, groups)
        _check_boundary(sliding, boundary, value)
        make_torch_class: Any = super().__init__
        make_torch_class(in_channels, out_channels, **_steps(sliding), groups=groups, bias=bias)
        self.sides = tuple((window.before, window.after) for window in sliding)
        self.boundary = boundary
        self.value = value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The output of the torch class over the padded input."""
        y: torch.Tensor = super().forward(pad(x, self.sides, self.boundary, self.value))
        return y

    def extra_repr(self) -> str:
        """As torch's, with the boundary and the amounts."""
        value = f", value={self.value:g}" if self.boundary == "constant" else ""
        return f"{super().extra_repr()}, sides={self.sides}, boundary={self.boundary!r}{value}"


class BoundaryConv1d(_BoundaryConv, nn.Conv1d):
    """nn.Conv1d over an input padded by any boundary: (N, C, L) -> (N, C', L').

    Parameters, their names and their first values are those of nn.Conv1d. Arguments and errors
    as `convolution`.
    """

    axes = 1


class BoundaryConv2d(_BoundaryConv, nn.Conv2d):
    """nn.Conv2d over an input padded by any boundary: (N, C, H, W) -> (N, C', H', W').

    Parameters, their names and their first values are those of nn.Conv2d. Arguments and errors
    as `convolution`.
    """

    axes = 2


class BoundaryConv3d(_BoundaryConv, nn.Conv3d):
    """nn.Conv3d over an input padded by any boundary: (N, C, D, H, W) -> (N, C', D', H', W').

    Parameters, their names and their first values are those of nn.Conv3d. Arguments and errors
    as `convolution`.
    """

    axes = 3


Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
TransposedConvolution = nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d

_PLAIN: dict[int, type[Convolution]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_BOUNDARY: dict[int, type[BoundaryConv1d | BoundaryConv2d | BoundaryConv3d]] = {
    1: BoundaryConv1d,
    2: BoundaryConv2d,
    3: BoundaryConv3d,
}
_TRANSPOSED: dict[int, type[TransposedConvolution]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}


def convolution(
    axes: int,
    in_channels: int,
    out_channels: int,
    kernel: PerAxis,
    stride: PerAxis = 1,
    *,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias: bool = True,
    boundary: Boundary = "zeros",
    value: float = 0.0,
) -> Convolution:
    """A convolution layer: torch's own class where it can do what is asked, else a BoundaryConv.

    torch's own does zeros and replicate with the same padding on both sides of an axis, and
    everything that pads nothing. (Its circular and reflect fail on small inputs.) The state
    dict is the torch class's either way.
    (N, C, H, W) -> (N, C', H', W') with the sizes of `striate.geometry.conv_size`.
    `padding` is in elements, or `same`, `valid`, `full`; `value` fills the `constant` boundary.
    Raises GeometryError for a kernel, stride, dilation or padding out of range; LayerError for
    another number of axes than 1 to 3, groups that do not divide the channels, an unknown boundary,
    padding where the boundary is `none`, and a `value` where it is not `constant`.
    """
    _check_axes(axes)
    sliding = windows(axes, kernel, stride, padding, dilation)
    _check_channels(in_channels, out_channels, groups)
    _check_boundary(sliding, boundary, value)
    padded = any(window.before or window.after for window in sliding)
    even = all(window.before == window.after for window in sliding)
    if padded and not (even and boundary in ("zeros", "replicate")):
        return _BOUNDARY[axes](
            in_channels,
            out_channels,
            kernel,
            stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=bias,
            boundary=boundary,
            value=value,
        )
    arguments: dict[str, Any] = {
        **_steps(sliding),
        "padding": tuple(window.before for window in sliding),
        "padding_mode": "replicate" if padded and boundary == "replicate" else "zeros",
    }
    return _PLAIN[axes](in_channels, out_channels, **arguments, groups=groups, bias=bias)


def transposed_convolution(
    axes: int,
    in_channels: int,
    out_channels: int,
    kernel: PerAxis,
    stride: PerAxis = 1,
    *,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    bias: bool = True,
) -> TransposedConvolution:
    """A transposed convolution layer, torch's own class.

    (N, C, H, W) -> (N, C', H', W') with the sizes of `striate.geometry.transposed_size`.
    `padding` is what is cropped from the ends of the output, in elements.
    Raises GeometryError for a kernel, stride, dilation or padding out of range; LayerError for
    another number of axes than 1 to 3, groups that do not divide the channels, and padding that
    differs between the two ends of an axis.
    Source: Zeiler, Krishnan, Taylor and Fergus, Deconvolutional networks, 2010.
    """
    _check_axes(axes)
    sliding = transposed_windows(axes, kernel, stride, padding, output_padding, dilation=dilation)
    _check_channels(in_channels, out_channels, groups)
    for window in sliding:
        if window.before != window.after:
            raise LayerError(
                f"padding (={window.before}, {window.after}) of a transposed convolution must be "
                "the same at both ends of an axis; output_padding makes the far end longer"
            )
    arguments: dict[str, Any] = {
        "kernel_size": tuple(window.kernel for window in sliding),
        "stride": tuple(window.stride for window in sliding),
        "padding": tuple(window.before for window in sliding),
        "output_padding": tuple(window.output_padding for window in sliding),
        "dilation": tuple(window.dilation for window in sliding),
    }
    return _TRANSPOSED[axes](in_channels, out_channels, **arguments, groups=groups, bias=bias)


def _steps(sliding: tuple[Window, ...]) -> dict[str, tuple[int, ...]]:
    return {
        "kernel_size": tuple(window.kernel for window in sliding),
        "stride": tuple(window.stride for window in sliding),
        "dilation": tuple(window.dilation for window in sliding),
    }


def _check_axes(axes: int) -> None:
    if axes not in _PLAIN:
        raise LayerError(f"axes (={axes}) must be 1, 2 or 3: torch convolves no others")


def _check_channels(in_channels: int, out_channels: int, groups: int) -> None:
    for name, number in (
        ("in_channels", in_channels),
        ("out_channels", out_channels),
        ("groups", groups),
    ):
        if number < 1:
            raise LayerError(f"{name} (={number}) must be at least 1")
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise LayerError(f"{name} (={channels}) must be divisible by groups (={groups})")


def _check_boundary(sliding: tuple[Window, ...], boundary: str, value: float) -> None:
    known_boundary(boundary)
    sides = tuple((window.before, window.after) for window in sliding)
    if boundary == "none" and any(map(any, sides)):
        raise LayerError(
            f"padding (={sides}) with the boundary `none`: choose another boundary or leave the "
            "padding out"
        )
    if boundary != "constant" and value != 0:
        raise LayerError(
            f"value (={value:g}) fills the boundary `constant`, and the boundary is `{boundary}`"
        )
