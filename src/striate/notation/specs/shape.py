"""Layers that change the shape or nothing: linear, flatten, upsample, scale, dropout, identity."""

from dataclasses import dataclass
from math import prod
from typing import Annotated

from striate.geometry import (
    Cost,
    TransposedWindow,
    elementwise_cost,
    flatten_size,
    linear_cost,
    upsampling_window,
)
from striate.notation.construct import Construct, striate_layer, torch_layer
from striate.notation.kind import (
    Applied,
    Argument,
    Flag,
    LayerKind,
    Option,
    SameShape,
    Shape,
    Site,
    layer_kind,
    unchanged,
)
from striate.notation.specs.arguments import Bias
from striate.notation.specs.sliding import along_axes, axes_text, has_axes
from striate.notation.values import Size, choice, count, number, size, times


@layer_kind("linear", also=("dense", "fc", "fullyconnected", "fully_connected"))
@dataclass(frozen=True)
class Linear(LayerKind):
    """Every output is a weighted sum of all values: fully connected."""

    features: Annotated[int, Argument(count("the number of outputs", "10"), "how many outputs")]
    bias: Bias = True

    def apply(self, shape: Shape, site: Site) -> Applied:
        """(C,) -> (features,)."""
        values = prod(shape)
        if len(shape) > 1:
            site.error(
                f"`linear` needs flat values, and the input is {times(shape)}",
                suggestion=f"put `flatten` before it, which gives {values:,} values",
            )
        module = torch_layer("Linear", values, self.features, bias=self.bias)
        cost = linear_cost(values, self.features, bias=self.bias)
        return Applied((self.features,), module, cost, sees_all=True)


@layer_kind("flatten", also=("reshape", "view"))
@dataclass(frozen=True)
class Flatten(LayerKind):
    """All values in one row: channel by channel, each row by row."""

    def apply(self, shape: Shape, site: Site) -> Applied:  # noqa: ARG002 (flattens any shape)
        """(C, H, W) -> (C*H*W,). The values stay where they are: they cost no memory."""
        return Applied((flatten_size(shape),), torch_layer("Flatten"), Cost())


@layer_kind("identity", also=("noop", "pass"))
@dataclass(frozen=True)
class Identity(SameShape):
    """The input as it is, for a branch or a shortcut."""

    def module(self, shape: Shape) -> Construct:  # noqa: ARG002 (takes any shape)
        """nn.Identity."""
        return torch_layer("Identity")

    def cost(self, shape: Shape) -> Cost:  # noqa: ARG002 (takes any shape)
        """Nothing."""
        return Cost()


@layer_kind("scale", also=("multiply",))
@dataclass(frozen=True)
class Scale(SameShape):
    """Every value times a constant."""

    factor: Annotated[float, Argument(number("the factor", "0.125"), "the factor")]

    def module(self, shape: Shape) -> Construct:  # noqa: ARG002 (takes any shape)
        """striate.layers.Scale."""
        return striate_layer("Scale", self.factor)


@layer_kind("dropout", also=("dropout2d", "dropout1d", "dropout3d"))
@dataclass(frozen=True)
class Dropout(SameShape):
    """Values set to zero at random while training; the others grow to make up for it."""

    probability: Annotated[
        float,
        Argument(number("the probability", "0.5", least=0, below=1), "the probability of zero"),
    ] = 0.5
    channels: Annotated[bool, Flag("whole channels at a time")] = False

    def inspect(self, shape: Shape, site: Site) -> None:
        """Whole channels have positions to set to zero."""
        if self.channels:
            has_axes(shape, site)

    def module(self, shape: Shape) -> Construct:
        """nn.Dropout, or nn.Dropout1d to 3d for channels."""
        name = f"Dropout{len(shape) - 1}d" if self.channels else "Dropout"
        return torch_layer(name, self.probability)


@layer_kind("upsample", also=("interpolate", "resize", "upsampling2d"))
@dataclass(frozen=True)
class Upsample(LayerKind):
    """More rows and columns: repeated values, or interpolated ones."""

    factor: Annotated[Size, Argument(size("the factor", "2"), "how many times larger")]
    mode: Annotated[
        str,
        Option(choice("mode", "nearest", "linear", "cubic"), "how values in between are made"),
    ] = "nearest"

    def apply(self, shape: Shape, site: Site) -> Applied:
        """(C, H, W) -> (C, factor*H, factor*W)."""
        if not has_axes(shape, site):
            return unchanged(shape)
        axes = len(shape) - 1
        factor = along_axes(self.factor, axes, "factor", site)
        mode = self.mode
        if mode == "cubic" and axes != 2:
            site.error(
                f"`mode cubic` is for images, and the input has {axes_text(axes)}",
                at="mode",
                suggestion="`mode linear` works for any input",
            )
            mode = "linear"
        names = {
            "linear": {1: "linear", 2: "bilinear", 3: "trilinear"}[axes],
            "cubic": "bicubic",
            "nearest": "nearest",
        }
        output = (shape[0], *(n * f for n, f in zip(shape[1:], factor, strict=True)))
        module = torch_layer("Upsample", scale_factor=factor, mode=names[mode])
        if mode == "cubic":
            windows = tuple((_cubic_window(f),) for f in factor)
        else:
            windows = tuple((upsampling_window(f, linear=mode == "linear"),) for f in factor)
        return Applied(output, module, elementwise_cost(output), windows)


def _cubic_window(factor: int) -> TransposedWindow:
    """The transposed window that reads what cubic upsampling reads: two inputs on each side."""
    if factor == 1:
        return TransposedWindow(1)
    crop = 3 * factor // 2
    return TransposedWindow(4 * factor - factor % 2, factor, crop, crop)
