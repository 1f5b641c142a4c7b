"""Normalisations."""

from dataclasses import dataclass, replace
from math import prod

from striate.geometry import elementwise_cost, normalisation_cost
from striate.notation.construct import striate_layer, torch_layer
from striate.notation.kind import (
    Applied,
    LayerKind,
    Shape,
    Site,
    argument,
    layer_kind,
    option,
)
from striate.notation.specs.convolution import divisors_text
from striate.notation.specs.sliding import has_axes
from striate.notation.values import choice, count, number, yes_or_no

_EPS = "added to the variance, so that nothing is divided by zero"
_SCALE = "whether a learned scale follows"
_BIAS = "whether a learned bias follows"


@layer_kind("batchnorm", stem="norm", also=("batchnorm2d", "batchnorm1d", "bn", "batch_norm"))
@dataclass(frozen=True)
class BatchNorm(LayerKind):
    """Each channel to mean 0 and variance 1 over the batch.

    With `scale no` or `bias no` the module keeps that parameter at 1 or 0: it takes no gradient
    and is not counted.
    """

    momentum: float = option(
        number("momentum", "0.1", least=0, most=1), "the share of each batch in the averages", 0.1
    )
    eps: float = option(number("eps", "1e-5", above=0), _EPS, 1e-5)
    scale: bool = option(yes_or_no("scale"), _SCALE, True)
    bias: bool = option(yes_or_no("bias"), _BIAS, True)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        module = torch_layer(
            f"BatchNorm{max(len(shape) - 1, 1)}d",
            shape[0],
            eps=self.eps,
            momentum=self.momentum,
            affine=self.scale or self.bias,
        )
        if self.scale != self.bias:
            module = replace(module, frozen=("bias",) if self.scale else ("weight",))
        return Applied(shape, module, normalisation_cost(shape, scale=self.scale, bias=self.bias))


@layer_kind("groupnorm", stem="norm", also=("gn", "group_norm"))
@dataclass(frozen=True)
class GroupNorm(LayerKind):
    """Each group of channels of an example to mean 0 and variance 1."""

    groups: int = argument(count("the number of groups", "8"), "the number of groups")
    eps: float = option(number("eps", "1e-5", above=0), _EPS, 1e-5)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is; groups must divide the channels."""
        groups = self.groups
        if shape[0] % groups:
            site.error(
                f"groups {groups} does not divide {shape[0]} channels",
                at="groups",
                suggestion=f"groups must divide {shape[0]}: {divisors_text(shape[0])}",
            )
            groups = 1
        module = torch_layer("GroupNorm", groups, shape[0], eps=self.eps)
        return Applied(shape, module, normalisation_cost(shape))


@layer_kind("layernorm", stem="norm", also=("ln", "layer_norm", "channelnorm"))
@dataclass(frozen=True)
class LayerNorm(LayerKind):
    """The channels at each position, or all values of an example, to mean 0 and variance 1."""

    over: str = option(choice("over", "channels", "all"), "what the mean is taken over", "channels")
    eps: float = option(number("eps", "1e-5", above=0), _EPS, 1e-5)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        if len(shape) > 1 and self.over == "channels":
            module = striate_layer("ChannelNorm", shape[0], eps=self.eps)
            return Applied(shape, module, normalisation_cost(shape))
        module = torch_layer("LayerNorm", shape, eps=self.eps)
        cost = normalisation_cost(shape, parameters_per_kind=prod(shape))
        return Applied(shape, module, cost)


@layer_kind("lrn", stem="norm", also=("localresponsenorm", "localresponse"))
@dataclass(frozen=True)
class LocalResponseNorm(LayerKind):
    """Each value over the root of a sum of squares across neighbouring channels."""

    channels: int = argument(
        count("the number of channels", "5"), "the number of neighbouring channels", 5
    )
    alpha: float = option(number("alpha", "0.0001"), "the weight of the sum", 1e-4)
    beta: float = option(number("beta", "0.75"), "the exponent", 0.75)
    k: float = option(number("k", "2", above=0), "added to the sum", 1.0)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        has_axes(shape, site)
        module = torch_layer("LocalResponseNorm", self.channels, self.alpha, self.beta, self.k)
        return Applied(shape, module, elementwise_cost(shape))
