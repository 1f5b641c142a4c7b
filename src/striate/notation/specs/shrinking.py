"""Poolings that are asked for a size or a ratio, not for a window: fractional and spectral."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from striate.geometry import TransposedWindow, Window, pooling_cost
from striate.notation.construct import striate_layer
from striate.notation.kind import (
    Applied,
    Flag,
    LayerKind,
    Option,
    Shape,
    Site,
    WindowChain,
    layer_kind,
    unchanged,
)
from striate.notation.specs.sliding import along_axes, axes_text, has_axes
from striate.notation.values import Size, choice, numbers, size, times

_OutputSize = Annotated[Size | None, Option(size("size", "8x8"), "the size of the output")]


@dataclass(frozen=True)
class Shrinking(LayerKind):
    """What poolings share that are asked for a size or a ratio, not for a window."""

    pooling: ClassVar[str] = ""

    size: _OutputSize = None
    ratio: Annotated[
        tuple[float, ...] | None,
        Option(numbers("ratio", "1.5"), "how many times smaller the output is"),
    ] = None

    def sizes(self, shape: Shape, site: Site) -> Size:
        """The output sizes; reports sizes that do not shrink."""
        axes, name = len(shape) - 1, site.layer.name
        if (self.size is None) == (self.ratio is None) and not site.mistaken:
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
            site.error(
                f"ratio has {len(ratios)} numbers and the input has {axes_text(axes)}",
                at="ratio",
                suggestion=f"write `ratio {ratios[0]:g}` for every axis",
            )
        return tuple(
            max(int(n / max(Fraction(str(ratio)), Fraction(1))), 1)
            for n, ratio in zip(shape[1:], (ratios * axes)[:axes], strict=True)
        )

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Fewer values along each axis; the channels stay."""
        if not has_axes(shape, site):
            return unchanged(shape)
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

    mode: Annotated[
        str, Option(choice("mode", "random", "pseudorandom"), "how the regions are drawn")
    ] = "random"
    overlapping: Annotated[bool, Flag("neighbouring regions share an element")] = False

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
