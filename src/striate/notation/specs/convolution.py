"""Convolutions: plain, depthwise, separable, transposed."""

from dataclasses import dataclass
from math import gcd

from striate.geometry import (
    Cost,
    TransposedWindow,
    convolution_cost,
    size_formula,
    transposed_cost,
)
from striate.notation.construct import Chain, Construct, striate_layer, torch_layer
from striate.notation.kind import Applied, LayerKind, Shape, Site, argument, layer_kind, option
from striate.notation.specs.sliding import Slide, along_axes, has_axes, pad_of, pad_text, slide
from striate.notation.values import (
    Pad,
    Size,
    choice,
    count,
    number,
    padding,
    size,
    times,
    yes_or_no,
)

BOUNDARIES = ("zeros", "constant", "replicate", "reflect", "symmetric", "circular", "none")

_CHANNELS = "the number of output channels"
_KERNEL = "the size of the kernel"
_STRIDE = "the step from one window to the next"
_PAD = "rows added around the input: `same`, `valid`, `full`, or numbers"
_DILATION = "the step between the taps of the kernel"
_BOUNDARY = "what the padding is filled with"
_VALUE = "the constant that fills the padding"
_BIAS = "whether a bias is added to each channel"


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

    channels: int = argument(count("the number of channels"), _CHANNELS)
    kernel: Size = argument(size("the kernel"), _KERNEL)
    stride: Size = option(size("stride", "2"), _STRIDE, (1,))
    pad: Pad = option(padding(), _PAD, "valid")
    dilation: Size = option(size("dilation", "2"), _DILATION, (1,))
    groups: int = option(
        count("groups", "2"), "the number of groups that the channels are divided into", 1
    )
    boundary: str = option(choice("boundary", *BOUNDARIES), _BOUNDARY, "zeros")
    value: float = option(number("value", "0.5"), _VALUE, 0.0)
    bias: bool = option(yes_or_no("bias"), _BIAS, True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Slide the kernel; groups must divide the channels on both sides."""
        if not has_axes(shape, site):
            return _instead(shape, (self.channels,))
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

    kernel: Size = argument(size("the kernel"), _KERNEL)
    stride: Size = option(size("stride", "2"), _STRIDE, (1,))
    pad: Pad = option(padding(), _PAD, "valid")
    dilation: Size = option(size("dilation", "2"), _DILATION, (1,))
    multiplier: int = option(
        count("multiplier", "2"), "the number of outputs made of each channel", 1
    )
    boundary: str = option(choice("boundary", *BOUNDARIES), _BOUNDARY, "zeros")
    value: float = option(number("value", "0.5"), _VALUE, 0.0)
    bias: bool = option(yes_or_no("bias"), _BIAS, True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """As a convolution with as many groups as channels."""
        if not has_axes(shape, site):
            return _instead(shape, shape)
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

    channels: int = argument(count("the number of channels"), _CHANNELS)
    kernel: Size = argument(size("the kernel"), _KERNEL)
    stride: Size = option(size("stride", "2"), _STRIDE, (1,))
    pad: Pad = option(padding(), _PAD, "valid")
    dilation: Size = option(size("dilation", "2"), _DILATION, (1,))
    boundary: str = option(choice("boundary", *BOUNDARIES), _BOUNDARY, "zeros")
    value: float = option(number("value", "0.5"), _VALUE, 0.0)
    bias: bool = option(yes_or_no("bias"), _BIAS, True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The depthwise part slides, the 1x1 part mixes."""
        if not has_axes(shape, site):
            return _instead(shape, (self.channels,))
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


@layer_kind(
    "transposed",
    also=("deconv", "convtranspose", "convtranspose2d", "conv_transpose", "transposedconv"),
)
@dataclass(frozen=True)
class Transposed(LayerKind):
    """Transposed convolution: each input value writes a kernel into the output."""

    channels: int = argument(count("the number of channels"), _CHANNELS)
    kernel: Size = argument(size("the kernel"), _KERNEL)
    stride: Size = option(size("stride", "2"), "the step from one kernel to the next", (1,))
    pad: Pad = option(padding(), "rows taken off the output on each side", "valid")
    outputpad: Size = option(
        size("outputpad", "1", least=0), "rows added at the end of the output", (0,)
    )
    dilation: Size = option(size("dilation", "2"), _DILATION, (1,))
    groups: int = option(
        count("groups", "2"), "the number of groups that the channels are divided into", 1
    )
    bias: bool = option(yes_or_no("bias"), _BIAS, True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Write the kernels, take off the padding."""
        if not has_axes(shape, site):
            return _instead(shape, (self.channels,))
        windows = self._windows(shape, site)
        sizes = tuple(w.output_size(n) for n, w in zip(shape[1:], windows, strict=True))
        if 0 in sizes:
            formulas = [size_formula(w, n) for n, w in zip(shape[1:], windows, strict=True)]
            site.error(
                "the padding takes the whole output off",
                at="pad",
                formula="; ".join(dict.fromkeys(formulas)),
                suggestion=f"`pad {self._most_padding(shape, windows)}` is the most that fits",
            )
            sizes = tuple(max(n, 1) for n in sizes)
        groups = common_groups(self.groups, shape[0], self.channels, site)
        kernel = tuple(w.kernel for w in windows)
        module = torch_layer(
            f"ConvTranspose{len(sizes)}d",
            shape[0],
            self.channels,
            kernel_size=kernel,
            stride=tuple(w.stride for w in windows),
            padding=tuple(w.before for w in windows),
            output_padding=tuple(w.output_padding for w in windows),
            dilation=tuple(w.dilation for w in windows),
            groups=groups,
            bias=self.bias,
        )
        cost = transposed_cost(
            shape[0], self.channels, kernel, shape[1:], sizes, groups=groups, bias=self.bias
        )
        return Applied((self.channels, *sizes), module, cost, tuple((w,) for w in windows))

    def _windows(self, shape: Shape, site: Site) -> tuple[TransposedWindow, ...]:
        axes = len(shape) - 1
        kernel = along_axes(self.kernel, axes, "kernel", site)
        stride = along_axes(self.stride, axes, "stride", site)
        dilation = along_axes(self.dilation, axes, "dilation", site)
        extra = along_axes(self.outputpad, axes, "outputpad", site)
        pads = self._pads(kernel, dilation, site)
        limits = tuple(max(s, d) - 1 for s, d in zip(stride, dilation, strict=True))
        if any(e > most for e, most in zip(extra, limits, strict=True)):
            site.error(
                f"outputpad {times(self.outputpad)} must be smaller than the stride or the "
                "dilation",
                at="outputpad",
                suggestion=f"`outputpad {min(limits)}` is the most",
            )
            extra = tuple(min(e, most) for e, most in zip(extra, limits, strict=True))
        return tuple(
            TransposedWindow(k, s, before, after, e, d)
            for k, s, (before, after), e, d in zip(
                kernel, stride, pads, extra, dilation, strict=True
            )
        )

    def _pads(self, kernel: Size, dilation: Size, site: Site) -> tuple[tuple[int, int], ...]:
        if self.pad in ("same", "full"):
            site.error(
                f"`pad {self.pad}` has no agreed meaning for a transposed convolution",
                at="pad",
                suggestion="give a number: with stride s, kernel s + 2p and pad p the output is "
                "s times the input",
            )
            return ((0, 0),) * len(kernel)
        pads = pad_of(self.pad, kernel, dilation, site)
        if any(before != after for before, after in pads):
            site.error(
                f"a transposed convolution takes the same padding off both sides, not "
                f"{pad_text(pads)}",
                at="pad",
                suggestion="give one number an axis, and `outputpad` for a longer end",
            )
            return tuple((min(sides), min(sides)) for sides in pads)
        return pads

    def _most_padding(self, shape: Shape, windows: tuple[TransposedWindow, ...]) -> str:
        most = []
        for n, w in zip(shape[1:], windows, strict=True):
            whole = TransposedWindow(w.kernel, w.stride, 0, 0, w.output_padding, w.dilation)
            most.append(min((whole.output_size(n) - 1) // 2, w.before))
        return times(tuple(most)) if len(set(most)) > 1 else str(most[0])


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


def common_groups(groups: int, in_channels: int, out_channels: int, site: Site) -> int:
    """The groups when they divide both numbers of channels; else reports it and goes on with 1."""
    if in_channels % groups == 0 and out_channels % groups == 0:
        return groups
    common = gcd(in_channels, out_channels)
    channels = f"{in_channels} input channels and {out_channels} output channels"
    if in_channels == out_channels:
        channels = f"{in_channels} channels"
    site.error(
        f"groups {groups} does not divide {channels}",
        at="groups",
        suggestion=f"groups must divide {common}: {divisors_text(common)}",
    )
    return 1


def divisors_text(n: int, most: int = 12) -> str:
    """The divisors of n, the first `most` of them: `1, 2, 3, 5, 6, 10, 15, 30`."""
    found = [d for d in range(1, min(n, 1_000) + 1) if n % d == 0]
    if n > 1_000 or len(found) > most:
        return ", ".join(str(d) for d in found[:most]) + " ..."
    return ", ".join(str(d) for d in found)


def _instead(shape: Shape, output: Shape) -> Applied:
    """What goes on after a layer that cannot stand where it is."""
    return Applied(output, torch_layer("Identity"), Cost())
