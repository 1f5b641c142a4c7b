"""The pooling family."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from striate.geometry import Cost, TransposedWindow, Window, pooling_cost
from striate.notation.construct import Construct, striate_layer, torch_layer
from striate.notation.kind import (
    Applied,
    LayerKind,
    Shape,
    Site,
    WindowChain,
    argument,
    flag,
    layer_kind,
    option,
)
from striate.notation.specs.sliding import Slide, along_axes, has_axes, slide
from striate.notation.values import (
    Pad,
    Size,
    choice,
    number,
    number_or,
    numbers,
    padding,
    size,
    times,
    yes_or_no,
)

_KERNEL = "the size of the window, or `global`"


@dataclass(frozen=True)
class Pooling(LayerKind):
    """What poolings with a sliding window share: the stride is the window unless given."""

    pooling: ClassVar[str] = ""

    kernel: Size | None = argument(size("the window", "2x2"), _KERNEL, None)
    everywhere: bool = flag("one window over the whole input", word="global")
    stride: Size | None = option(size("stride", "2"), "the step from one window to the next", None)
    pad: Pad = option(
        padding(), "rows added around the input: `same`, `valid`, `full`, or numbers", "valid"
    )
    ceil: bool = flag("a last window that hangs over the edge is kept")

    def apply(self, shape: Shape, site: Site) -> Applied:
        """One value a window; the channels stay."""
        if not has_axes(shape, site):
            return Applied(shape, torch_layer("Identity"), Cost())
        if self.everywhere:
            return self._over_everything(shape, site)
        if self.kernel is None:
            name = site.layer.name
            site.error(
                f"`{name}` needs the size of the window, or `global`",
                suggestion=f"as in `{name} 2x2` or `{name} global`",
            )
            return Applied(shape, torch_layer("Identity"), Cost())
        slid = slide(
            shape, site, self.kernel, self.stride, self.pad, self._dilation(), self.ceil, True
        )
        output = (shape[0], *slid.sizes)
        cost = pooling_cost(output, parameters=self.parameters())
        return Applied(output, self.module(slid), cost, slid.chains, rounds_up=self.ceil)

    def _over_everything(self, shape: Shape, site: Site) -> Applied:
        for field, word in (("kernel", "a window"), ("stride", "a stride"), ("pad", "a padding")):
            if field in site.words:
                site.error(
                    f"`global` is one window over the whole input and takes no {word[2:]}",
                    at=field,
                    suggestion=f"leave out `{site.words[field].text}` or `global`",
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


@layer_kind("maxpool", stem="pool", also=("maxpool2d", "maxpool1d", "maxpool3d", "max_pool"))
@dataclass(frozen=True)
class MaxPool(Pooling):
    """The largest value of each window."""

    pooling = "MaxPool"

    dilation: Size = option(size("dilation", "2"), "the step inside a window", (1,))

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


@layer_kind("avgpool", stem="pool", also=("averagepool", "avgpool2d", "meanpool", "avg_pool"))
@dataclass(frozen=True)
class AveragePool(Pooling):
    """The mean of each window."""

    pooling = "AveragePool"

    countpad: bool = option(
        yes_or_no("countpad"), "whether padding counts as zeros in the mean", False
    )

    def options(self) -> dict[str, Any]:
        """Whether padding counts."""
        return {"count_padding": self.countpad}

    def module(self, slid: Slide) -> Construct:
        """nn.AvgPool where the padding is the same on both sides."""
        sides = _torch_padding(slid)
        if sides is None:
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

    p: float = option(number("p", "2", above=0), "the exponent of the norm", 2.0)

    def options(self) -> dict[str, Any]:
        """The exponent."""
        return {"p": self.p}


@layer_kind("gaussianpool", stem="pool")
@dataclass(frozen=True)
class GaussianPool(Pooling):
    """The root of the mean square of each window, weighted by a Gaussian."""

    pooling = "GaussianL2Pool"

    sigma: float | None = option(
        number("sigma", "1", above=0), "the width of the Gaussian, in elements", None
    )

    def options(self) -> dict[str, Any]:
        """The width."""
        return {"sigma": self.sigma}


@layer_kind("mixedpool", stem="pool")
@dataclass(frozen=True)
class MixedPool(Pooling):
    """a times the maximum and 1 - a times the mean of each window."""

    pooling = "MixedPool"

    a: float | str = option(
        number_or("a", "0.5", "random", "learned"), "the share of the maximum", 0.5
    )

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


@dataclass(frozen=True)
class Shrinking(LayerKind):
    """What poolings share that are asked for a size or a ratio, not for a window."""

    pooling: ClassVar[str] = ""

    size: Size | None = option(size("size", "8x8"), "the size of the output", None)
    ratio: tuple[float, ...] | None = option(
        numbers("ratio", "1.5"), "how many times smaller the output is", None
    )

    def sizes(self, shape: Shape, site: Site) -> Size:
        """The output sizes; reports sizes that do not shrink."""
        axes, name = len(shape) - 1, site.layer.name
        if (self.size is None) == (self.ratio is None):
            message = f"`{name}` needs `size` or `ratio`"
            if self.size is not None:
                message = f"`{name}` takes `size` or `ratio`, not both"
            site.error(message, suggestion=f"as in `{name} ratio 1.5` or `{name} size 8x8`")
        if self.size is not None:
            wanted = along_axes(self.size, axes, "size", site)
            if any(m > n for m, n in zip(wanted, shape[1:], strict=True)):
                site.error(
                    f"`{name}` makes maps smaller, and size {times(wanted)} is larger than the "
                    f"{times(shape[1:])} input",
                    at="size",
                    suggestion=f"`size {times(shape[1:])}` is the most",
                )
            return tuple(min(m, n) for m, n in zip(wanted, shape[1:], strict=True))
        ratios = self.ratio or (1.0,)
        if min(ratios) < 1:
            site.error(
                f"ratio (={min(ratios):g}) must be at least 1: it is how many times smaller the "
                "output is",
                at="ratio",
                suggestion=f"write `ratio {1 / min(ratios):.3g}`",
            )
        if len(ratios) not in (1, axes):
            has = f"{axes} {'axis' if axes == 1 else 'axes'}"
            site.error(
                f"ratio has {len(ratios)} numbers and the input has {has}",
                at="ratio",
                suggestion=f"write `ratio {ratios[0]:g}` for every axis",
            )
        return tuple(
            max(int(n / max(Fraction(str(ratio)), 1)), 1)
            for n, ratio in zip(shape[1:], (ratios * axes)[:axes], strict=True)
        )

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Fewer values along each axis; the channels stay."""
        if not has_axes(shape, site):
            return Applied(shape, torch_layer("Identity"), Cost())
        sizes = self.sizes(shape, site)
        output = (shape[0], *sizes)
        module = striate_layer(f"pooling.{self.pooling}", output_size=sizes, **self.options())
        windows = tuple(self.chain(n, m) for n, m in zip(shape[1:], sizes, strict=True))
        return Applied(output, module, pooling_cost(output), windows)

    def chain(self, n: int, m: int) -> WindowChain:
        """What one of m outputs sees of n inputs."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """The pooling's own arguments of its module."""
        return {}


@layer_kind("fractionalpool", stem="pool", also=("fractionalmaxpool",))
@dataclass(frozen=True)
class FractionalPool(Shrinking):
    """The largest value of each region, by a ratio that need not be whole."""

    pooling = "FractionalMaxPool"

    mode: str = option(
        choice("mode", "random", "pseudorandom"), "how the regions are drawn", "random"
    )
    overlapping: bool = flag("neighbouring regions share an element")

    def sizes(self, shape: Shape, site: Site) -> Size:
        """Overlapping regions have two elements at least."""
        sizes = super().sizes(shape, site)
        if self.overlapping and any(m == n for m, n in zip(sizes, shape[1:], strict=True)):
            site.error(
                "overlapping regions share an element with the next, so the output must be "
                f"smaller than the {times(shape[1:])} input along every axis, not {times(sizes)}",
                at="overlapping",
                suggestion="leave out `overlapping`, or choose a smaller size",
            )
        return sizes

    def chain(self, n: int, m: int) -> WindowChain:
        """The longest region, in steps of n/m."""
        longest = -((self.overlapping - n) // m) + self.overlapping
        return TransposedWindow(m, m), Window(longest * m, n)

    def options(self) -> dict[str, Any]:
        """The mode and whether regions overlap."""
        return {"mode": self.mode, "overlapping": self.overlapping}


@layer_kind("spectralpool", stem="pool", also=("fourierpool",))
@dataclass(frozen=True)
class SpectralPool(Shrinking):
    """The low frequencies: every output is a sum over the whole input."""

    pooling = "SpectralPool"

    def chain(self, n: int, m: int) -> WindowChain:
        """Everything, for each of the m outputs."""
        return Window(n, n), TransposedWindow(m, m)


def _torch_padding(slid: Slide) -> tuple[int, ...] | None:
    """The padding as torch's poolings take it: the same on both sides, at most half a window."""
    if all(w.before == w.after <= w.kernel // 2 for w in slid.windows):
        return tuple(w.before for w in slid.windows)
    return None
