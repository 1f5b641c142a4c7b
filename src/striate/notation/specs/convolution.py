"""Convolutions: plain, depthwise, separable."""

from dataclasses import dataclass
from typing import Annotated

from striate.geometry import convolution_cost
from striate.notation.construct import Chain, Construct, striate_layer
from striate.notation.kind import (
    Applied,
    LayerKind,
    Option,
    Shape,
    Site,
    layer_kind,
    unchanged,
)
from striate.notation.specs.arguments import (
    BOUNDARIES,
    Bias,
    Boundary,
    Channels,
    Dilation,
    Fill,
    Groups,
    Kernel,
    Padding,
    Stride,
)
from striate.notation.specs.groups import common_groups
from striate.notation.specs.sliding import Slide, has_axes, pad_text, slide
from striate.notation.values import count, times


@dataclass(frozen=True)
class _Convolution(LayerKind):
    """What the convolutions share that slide a window over a padded input."""

    def _boundary(self, boundary: str, value: float, slid: Slide, shape: Shape, site: Site) -> None:
        if value != 0 and boundary != "constant":
            site.error(
                f"`value` is for `boundary constant`, and the boundary is {boundary}",
                at="value",
                suggestion=f"write `boundary constant value {value:g}`",
            )
        padded = any(before or after for before, after in slid.padding)
        if boundary == "none" and padded:
            site.error(
                f"`boundary none` has nothing to fill pad {pad_text(slid.padding)} with",
                at="boundary",
                suggestion="leave out `pad`, or choose among " + ", ".join(BOUNDARIES[:-1]),
            )
        if boundary == "reflect" and padded:
            for n, sides in zip(shape[1:], slid.padding, strict=True):
                if n == 1 and any(sides):
                    site.error(
                        f"`boundary reflect` mirrors about the edge element, and the input "
                        f"{times(shape[1:])} has an axis with no other element to show",
                        at="boundary",
                        suggestion="`boundary symmetric` repeats the edge and works at any size",
                    )
                    break


@layer_kind("conv", also=("conv1d", "conv2d", "conv3d", "convolution", "conv1", "conv2"))
@dataclass(frozen=True)
class Conv(_Convolution):
    """Convolution (as in every library: correlation) in as many axes as the input has."""

    channels: Channels
    kernel: Kernel
    stride: Stride = (1,)
    pad: Padding = "valid"
    dilation: Dilation = (1,)
    groups: Groups = 1
    boundary: Boundary = "zeros"
    value: Fill = 0.0
    bias: Bias = True

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Slide the kernel; groups must divide the channels on both sides."""
        if not has_axes(shape, site):
            return unchanged(shape)
        slid = slide(shape, site, self.kernel, self.stride, self.pad, self.dilation)
        self._boundary(self.boundary, self.value, slid, shape, site)
        groups = common_groups(self.groups, shape[0], self.channels, site)
        output = (self.channels, *slid.sizes)
        module = convolution(
            shape[0], self.channels, slid, groups, self.bias, self.boundary, self.value
        )
        cost = convolution_cost(
            shape[0], self.channels, slid.kernel, slid.sizes, groups=groups, bias=self.bias
        )
        return Applied(output, module, cost, slid.chains)


@layer_kind("depthwise", also=("depthwiseconv", "depthwiseconv2d", "dwconv"))
@dataclass(frozen=True)
class Depthwise(_Convolution):
    """A convolution of each channel by itself."""

    kernel: Kernel
    stride: Stride = (1,)
    pad: Padding = "valid"
    dilation: Dilation = (1,)
    multiplier: Annotated[
        int, Option(count("multiplier", "2"), "the number of outputs made of each channel")
    ] = 1
    boundary: Boundary = "zeros"
    value: Fill = 0.0
    bias: Bias = True

    def apply(self, shape: Shape, site: Site) -> Applied:
        """As a convolution with as many groups as channels."""
        if not has_axes(shape, site):
            return unchanged(shape)
        slid = slide(shape, site, self.kernel, self.stride, self.pad, self.dilation)
        self._boundary(self.boundary, self.value, slid, shape, site)
        channels = shape[0] * self.multiplier
        module = convolution(
            shape[0], channels, slid, shape[0], self.bias, self.boundary, self.value
        )
        cost = convolution_cost(
            shape[0], channels, slid.kernel, slid.sizes, groups=shape[0], bias=self.bias
        )
        return Applied((channels, *slid.sizes), module, cost, slid.chains)


@layer_kind("separable", also=("separableconv", "separableconv2d", "depthwiseseparable"))
@dataclass(frozen=True)
class Separable(_Convolution):
    """A depthwise convolution, then a 1x1 convolution across the channels.

    The bias is added once, at the end: one after the depthwise part would be folded into it.
    """

    channels: Channels
    kernel: Kernel
    stride: Stride = (1,)
    pad: Padding = "valid"
    dilation: Dilation = (1,)
    boundary: Boundary = "zeros"
    value: Fill = 0.0
    bias: Bias = True

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The depthwise part slides, the 1x1 part mixes."""
        if not has_axes(shape, site):
            return unchanged(shape)
        slid = slide(shape, site, self.kernel, self.stride, self.pad, self.dilation)
        self._boundary(self.boundary, self.value, slid, shape, site)
        ones = (1,) * len(slid.sizes)
        output = (self.channels, *slid.sizes)
        across = slide((shape[0], *slid.sizes), site, ones)
        depthwise = convolution(
            shape[0], shape[0], slid, shape[0], False, self.boundary, self.value
        )
        pointwise = convolution(shape[0], self.channels, across, 1, self.bias)
        cost = convolution_cost(
            shape[0], shape[0], slid.kernel, slid.sizes, groups=shape[0], bias=False
        )
        cost += convolution_cost(shape[0], self.channels, ones, slid.sizes, bias=self.bias)
        module = Chain((("depthwise", depthwise), ("pointwise", pointwise)))
        return Applied(output, module, cost, slid.chains)


def convolution(
    in_channels: int,
    out_channels: int,
    slid: Slide,
    groups: int = 1,
    bias: bool = True,
    boundary: str = "zeros",
    value: float = 0.0,
) -> Construct:
    """The module of a convolution."""
    return striate_layer(
        "convolution.convolution",
        len(slid.sizes),
        in_channels,
        out_channels,
        kernel=slid.kernel,
        stride=slid.stride,
        padding=slid.padding,
        dilation=slid.dilation,
        groups=groups,
        bias=bias,
        boundary=boundary,
        value=value,
    )
