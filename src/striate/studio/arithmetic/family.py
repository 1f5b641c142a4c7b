"""The pooling family as it stands side by side: names, titles and formulas."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from striate.geometry import Padding, PerAxis
from striate.layers import POOLINGS, GlobalPool
from striate.layers.pooling import SlidingWindow


@dataclass(frozen=True, slots=True)
class Choices:
    """What the poolings are asked for: one window for all, and their own numbers."""

    kernel: PerAxis
    stride: PerAxis
    padding: Padding = 0
    p: float = 3.0
    sigma: float | None = None
    a: float = 0.5
    ceil_mode: bool = False

    @property
    def window(self) -> SlidingWindow:
        """The window, as a pooling takes it that is asked for an output size."""
        return SlidingWindow(self.kernel, self.stride, self.padding, ceil_mode=self.ceil_mode)


@dataclass(frozen=True, slots=True)
class Member:
    """A pooling: what it is called, its formula, and how it is made."""

    name: str
    title: str
    formula: str
    source: str
    make: Callable[[Choices], nn.Module]
    drawn: str = ""
    """The formula while training, where chance has a part."""


def _sliding(name: str, **options: str) -> Callable[[Choices], nn.Module]:
    def make(choices: Choices) -> nn.Module:
        own = {key: getattr(choices, choice) for key, choice in options.items()}
        return POOLINGS[name](
            choices.kernel, choices.stride, choices.padding, ceil_mode=choices.ceil_mode, **own
        )

    return make


FAMILY: tuple[Member, ...] = (
    Member(
        "maxpool",
        "Max",
        "y = max xⱼ",
        "",
        _sliding("maxpool"),
    ),
    Member(
        "avgpool",
        "Average",
        "y = (x₁ + … + xₙ) / n",
        "LeCun et al. 1989",
        _sliding("avgpool"),
    ),
    Member(
        "topleftpool",
        "Top-left",
        "y = x₁",
        "",
        _sliding("topleftpool"),
    ),
    Member(
        "lppool",
        "Lp",
        "y = (Σ |xⱼ|ᵖ)^(1/p)",
        "Sermanet et al. 2012",
        _sliding("lppool", p="p"),
    ),
    Member(
        "gaussianpool",
        "Gaussian L2",
        "y = √(Σ wⱼ xⱼ²)",
        "Sermanet et al. 2012",
        _sliding("gaussianpool", sigma="sigma"),
    ),
    Member(
        "mixedpool",
        "Mixed",
        "y = a · max + (1 - a) · mean",
        "Yu et al. 2014; Lee et al. 2016",
        _sliding("mixedpool", a="a"),
    ),
    Member(
        "stochasticpool",
        "Stochastic",
        "y = Σ pⱼ xⱼ,  pⱼ = xⱼ / Σ x",
        "Zeiler and Fergus 2013",
        _sliding("stochasticpool"),
        "y = xₗ, drawn with chance pₗ = xₗ / Σ x",
    ),
    Member(
        "fractionalpool",
        "Fractional max",
        "y = max of a region; regions spread evenly",
        "Graham 2014",
        lambda choices: POOLINGS["fractionalpool"](like=choices.window),
        "y = max of a region; regions in random order",
    ),
    Member(
        "spectralpool",
        "Spectral",
        "y = F⁻¹(the low frequencies of F(x))",
        "Rippel, Snoek and Adams 2015",
        lambda choices: POOLINGS["spectralpool"](like=choices.window),
    ),
    Member(
        "globalmaxpool",
        "Global max",
        "y = max of the whole map",
        "",
        lambda _: GlobalPool("max"),
    ),
    Member(
        "globalavgpool",
        "Global average",
        "y = mean of the whole map",
        "Lin, Chen and Yan 2014",
        lambda _: GlobalPool("average"),
    ),
)
