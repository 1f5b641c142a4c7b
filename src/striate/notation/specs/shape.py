"""Layers that change the shape or nothing: linear, flatten, upsample, scale, dropout, identity."""

from dataclasses import dataclass
from math import prod

from striate.geometry import Cost, elementwise_cost, flatten_size, linear_cost, upsampling_window
from striate.notation.construct import striate_layer, torch_layer
from striate.notation.kind import (
    Applied,
    LayerKind,
    Shape,
    Site,
    argument,
    flag,
    layer_kind,
    option,
)
from striate.notation.specs.sliding import along_axes, has_axes
from striate.notation.values import Size, choice, count, number, size, times, yes_or_no


@layer_kind("linear", also=("dense", "fc", "fullyconnected", "affine", "fully_connected"))
@dataclass(frozen=True)
class Linear(LayerKind):
    """Every output is a weighted sum of all values: fully connected."""

    features: int = argument(count("the number of outputs", "10"), "the number of outputs")
    bias: bool = option(yes_or_no("bias"), "whether a bias is added to each output", True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Works on flat values only."""
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
    """All values in one row: channels first, then rows, then columns."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """(C, H, W) -> (C*H*W,). The values stay where they are: they cost no memory."""
        return Applied((flatten_size(shape),), torch_layer("Flatten"), Cost())


@layer_kind("identity", also=("noop", "skip", "none"))
@dataclass(frozen=True)
class Identity(LayerKind):
    """The input as it is, for a branch or a shortcut."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        return Applied(shape, torch_layer("Identity"), Cost())


@layer_kind("scale", also=("multiply", "lambda"))
@dataclass(frozen=True)
class Scale(LayerKind):
    """Every value times a constant."""

    factor: float = argument(number("the factor", "0.125"), "the factor")

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        return Applied(shape, striate_layer("Scale", self.factor), elementwise_cost(shape))


@layer_kind("dropout", also=("dropout2d", "dropout1d", "dropout3d"))
@dataclass(frozen=True)
class Dropout(LayerKind):
    """Values set to zero at random while training; the others grow to make up for it."""

    probability: float = argument(
        number("the probability", "0.5", least=0, below=1), "the probability of zero", 0.5
    )
    channels: bool = flag("whole channels at a time")

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        name = "Dropout"
        if self.channels and has_axes(shape, site):
            name = f"Dropout{len(shape) - 1}d"
        return Applied(shape, torch_layer(name, self.probability), elementwise_cost(shape))


@layer_kind("upsample", also=("interpolate", "resize", "upsampling2d"))
@dataclass(frozen=True)
class Upsample(LayerKind):
    """More rows and columns: repeated values, or interpolated ones."""

    factor: Size = argument(size("the factor", "2"), "how many times larger")
    mode: str = option(
        choice("mode", "nearest", "linear", "cubic"), "how values in between are made", "nearest"
    )

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Each size times the factor."""
        if not has_axes(shape, site):
            return Applied(shape, torch_layer("Identity"), Cost())
        axes = len(shape) - 1
        factor = along_axes(self.factor, axes, "factor", site)
        mode = self.mode
        if mode == "cubic" and axes != 2:
            site.error(
                f"`mode cubic` is for images, and the input has {axes} "
                f"{'axis' if axes == 1 else 'axes'}",
                at="mode",
                suggestion="`mode linear` works in any number of axes",
            )
            mode = "linear"
        names = {
            "linear": {1: "linear", 2: "bilinear", 3: "trilinear"}[axes],
            "cubic": "bicubic",
            "nearest": "nearest",
        }
        output = (shape[0], *(n * f for n, f in zip(shape[1:], factor, strict=True)))
        module = torch_layer("Upsample", scale_factor=factor, mode=names[mode])
        windows = tuple((upsampling_window(f, linear=mode != "nearest"),) for f in factor)
        return Applied(output, module, elementwise_cost(output), windows)
