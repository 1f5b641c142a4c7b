"""The pooling family: a window that slides, or covers everything."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from striate.geometry import pooling_cost
from striate.notation.construct import Construct, striate_layer, torch_layer
from striate.notation.kind import (
    Applied,
    Argument,
    Flag,
    LayerKind,
    Option,
    Shape,
    Site,
    layer_kind,
    unchanged,
)
from striate.notation.specs.arguments import Dilation, Padding
from striate.notation.specs.sliding import Slide, has_axes, slide
from striate.notation.values import (
    Size,
    number,
    number_or,
    size,
    yes_or_no,
)

_KERNEL = "the size of the window, or `global`"


@dataclass(frozen=True)
class Pooling(LayerKind):
    """What poolings with a sliding window share: the stride is the window unless given."""

    pooling: ClassVar[str] = ""

    kernel: Annotated[Size | None, Argument(size("the window", "2x2"), _KERNEL)] = None
    everywhere: Annotated[bool, Flag("one window over the whole input", "global")] = False
    stride: Annotated[Size | None, Option(size("stride", "2"), "the step from one to the next")] = (
        None
    )
    pad: Padding = "valid"
    ceil: Annotated[bool, Flag("a last window that hangs over the edge is kept")] = False

    def apply(self, shape: Shape, site: Site) -> Applied:
        """One value a window; the channels stay."""
        if not has_axes(shape, site):
            return unchanged(shape)
        if self.everywhere:
            return self._over_everything(shape, site)
        if self.kernel is None:
            name = site.layer.name
            if not site.mistaken:
                site.error(
                    f"`{name}` needs the size of the window, or `global`",
                    suggestion=f"as in `{name} 2x2` or `{name} global`",
                )
            return unchanged(shape)
        slid = slide(
            shape, site, self.kernel, self.stride, self.pad, self._dilation(), self.ceil, True
        )
        output = (shape[0], *slid.sizes)
        cost = pooling_cost(output, parameters=self.parameters())
        return Applied(output, self.module(slid), cost, slid.chains, rounds_up=self.ceil)

    def _over_everything(self, shape: Shape, site: Site) -> Applied:
        for field in ("kernel", "stride", "pad", "ceil", "dilation", "countpad"):
            if field in site.words:
                site.error(
                    f"`global` is one window over the whole input and takes no {field}",
                    at=field,
                    suggestion=f"leave out the {field} or `global`",
                )
        output = (shape[0], *(1 for _ in shape[1:]))
        cost = pooling_cost(output, parameters=self.parameters())
        return Applied(output, self.global_module(len(shape) - 1), cost, sees_all=True)

    def _dilation(self) -> Size:
        return (1,)

    def options(self) -> dict[str, Any]:
        """The pooling's own arguments of its module."""
        return {}

    def parameters(self) -> int:
        """How many parameters the pooling learns."""
        return 0

    def module(self, slid: Slide) -> Construct:
        """The module for a sliding window."""
        return striate_layer(
            f"pooling.{self.pooling}",
            slid.kernel,
            stride=slid.stride,
            padding=slid.padding,
            ceil_mode=self.ceil,
            **self.options(),
        )

    def global_module(self, axes: int) -> Construct:  # noqa: ARG002 (torch's classes need it)
        """The module for one window over everything."""
        return striate_layer(f"pooling.{self.pooling}", "global", **self.options())


@layer_kind("maxpool", stem="pool", also=("maxpool2d", "maxpooling", "max", "pool", "pooling"))
@dataclass(frozen=True)
class MaxPool(Pooling):
    """The largest value of each window."""

    pooling = "MaxPool"

    dilation: Dilation = (1,)

    def _dilation(self) -> Size:
        return self.dilation

    def options(self) -> dict[str, Any]:
        """The dilation."""
        return {"dilation": self.dilation[0] if len(self.dilation) == 1 else self.dilation}

    def module(self, slid: Slide) -> Construct:
        """nn.MaxPool where the padding is the same on both sides."""
        sides = _torch_padding(slid)
        if sides is None:
            return super().module(slid)
        return torch_layer(
            f"MaxPool{len(slid.sizes)}d",
            slid.kernel,
            stride=slid.stride,
            padding=sides,
            dilation=slid.dilation,
            ceil_mode=self.ceil,
        )

    def global_module(self, axes: int) -> Construct:
        """nn.AdaptiveMaxPool."""
        return torch_layer(f"AdaptiveMaxPool{axes}d", 1)


@layer_kind(
    "avgpool",
    stem="pool",
    also=(
        "avgpool2d",
        "avgpooling",
        "averagepool",
        "averagepooling",
        "globalavgpool",
        "meanpool",
        "avg",
        "average",
        "mean",
        "gap",
        "pool",
        "pooling",
    ),
)
@dataclass(frozen=True)
class AveragePool(Pooling):
    """The mean of each window."""

    pooling = "AveragePool"

    countpad: Annotated[
        bool, Option(yes_or_no("countpad"), "whether padding counts as zeros in the mean")
    ] = False

    def options(self) -> dict[str, Any]:
        """Whether padding counts."""
        return {"count_padding": self.countpad}

    def module(self, slid: Slide) -> Construct:
        """nn.AvgPool where the padding is the same on both sides.

        nn.AvgPool3d refuses a window that is larger than the input without padding.
        """
        sides = _torch_padding(slid)
        larger = any(w.kernel > n for n, w in zip(slid.before, slid.windows, strict=True))
        if sides is None or (larger and len(slid.sizes) == 3):
            return super().module(slid)
        return torch_layer(
            f"AvgPool{len(slid.sizes)}d",
            slid.kernel,
            stride=slid.stride,
            padding=sides,
            ceil_mode=self.ceil,
            count_include_pad=self.countpad,
        )

    def global_module(self, axes: int) -> Construct:
        """nn.AdaptiveAvgPool."""
        return torch_layer(f"AdaptiveAvgPool{axes}d", 1)


@layer_kind("topleftpool", stem="pool", also=("subsample", "downsample"))
@dataclass(frozen=True)
class TopLeftPool(Pooling):
    """The first value of each window: plain subsampling."""

    pooling = "TopLeftPool"


@layer_kind("lppool", stem="pool", also=("l2pool", "lppool2d"))
@dataclass(frozen=True)
class LpPool(Pooling):
    """The p-norm of each window."""

    pooling = "LpPool"

    p: Annotated[float, Option(number("p", "2", above=0), "the exponent of the norm")] = 2.0

    def options(self) -> dict[str, Any]:
        """The exponent."""
        return {"p": self.p}


@layer_kind("gaussianpool", stem="pool")
@dataclass(frozen=True)
class GaussianPool(Pooling):
    """The root of the mean square of each window, weighted by a Gaussian."""

    pooling = "GaussianL2Pool"

    sigma: Annotated[
        float | None,
        Option(number("sigma", "1", above=0), "the width of the Gaussian, in elements"),
    ] = None

    def options(self) -> dict[str, Any]:
        """The width."""
        return {"sigma": self.sigma}


@layer_kind("mixedpool", stem="pool")
@dataclass(frozen=True)
class MixedPool(Pooling):
    """a times the maximum and 1 - a times the mean of each window."""

    pooling = "MixedPool"

    a: Annotated[
        float | str, Option(number_or("a", "0.5", "random", "learned"), "the share of the maximum")
    ] = 0.5

    def options(self) -> dict[str, Any]:
        """The share."""
        return {"a": self.a}

    def parameters(self) -> int:
        """The share, when it is learned."""
        return int(self.a == "learned")


@layer_kind("stochasticpool", stem="pool")
@dataclass(frozen=True)
class StochasticPool(Pooling):
    """A value of each window drawn with a probability in proportion to it."""

    pooling = "StochasticPool"


def _torch_padding(slid: Slide) -> tuple[int, ...] | None:
    """The padding as torch's poolings take it: the same on both sides, at most half a window."""
    if all(w.before == w.after <= w.kernel // 2 for w in slid.windows):
        return tuple(w.before for w in slid.windows)
    return None
