"""Normalisations."""

from dataclasses import dataclass, replace
from math import prod
from typing import Annotated

from striate.geometry import Cost, normalisation_cost
from striate.notation.construct import Construct, striate_layer, torch_layer
from striate.notation.kind import Argument, Option, SameShape, Shape, Site, layer_kind
from striate.notation.specs.arguments import Bias, Epsilon, Scaled
from striate.notation.specs.groups import divisors_text
from striate.notation.specs.sliding import has_axes
from striate.notation.values import choice, count, number, times


@layer_kind(
    "batchnorm",
    stem="norm",
    also=("batchnorm2d", "batchnorm1d", "bn", "batch_norm", "batchnormalization"),
)
@dataclass(frozen=True)
class BatchNorm(SameShape):
    """Each channel to mean 0 and variance 1 over the batch.

    With `scale no` or `bias no` the module keeps that parameter at 1 or 0: it takes no gradient
    and is not counted.
    """

    momentum: Annotated[
        float,
        Option(number("momentum", "0.1", least=0, most=1), "the share of each batch in the means"),
    ] = 0.1
    eps: Epsilon = 1e-5
    scale: Scaled = True
    bias: Bias = True

    def module(self, shape: Shape) -> Construct:
        """nn.BatchNorm of the number of axes."""
        module = torch_layer(
            f"BatchNorm{max(len(shape) - 1, 1)}d",
            shape[0],
            eps=self.eps,
            momentum=self.momentum,
            affine=self.scale or self.bias,
        )
        if self.scale == self.bias:
            return module
        return replace(module, frozen=("bias",) if self.scale else ("weight",))

    def cost(self, shape: Shape) -> Cost:
        """A scale and a bias a channel."""
        return normalisation_cost(shape, scale=self.scale, bias=self.bias)


@layer_kind("groupnorm", stem="norm", also=("gn", "group_norm"))
@dataclass(frozen=True)
class GroupNorm(SameShape):
    """Each group of channels of an example to mean 0 and variance 1."""

    groups: Annotated[int, Argument(count("the number of groups", "8"), "the number of groups")]
    eps: Epsilon = 1e-5

    def inspect(self, shape: Shape, site: Site) -> None:
        """Groups must divide the channels, and torch wants more than one position."""
        if shape[0] % self.groups:
            site.error(
                f"{self.groups} groups do not divide {shape[0]} channels",
                at="groups",
                suggestion=f"the number of groups must divide {shape[0]}: "
                f"{divisors_text(shape[0])}",
            )
        if prod(shape[1:]) == 1:
            site.error(
                f"`groupnorm` needs more than one position, and the input is {times(shape)}",
                suggestion="`layernorm` works there",
            )

    def module(self, shape: Shape) -> Construct:
        """nn.GroupNorm."""
        return torch_layer("GroupNorm", self.groups, shape[0], eps=self.eps)

    def cost(self, shape: Shape) -> Cost:
        """A scale and a bias a channel."""
        return normalisation_cost(shape)


@layer_kind("layernorm", stem="norm", also=("ln", "layer_norm", "channelnorm"))
@dataclass(frozen=True)
class LayerNorm(SameShape):
    """The channels at each position, or all values of an example, to mean 0 and variance 1."""

    over: Annotated[
        str, Option(choice("over", "channels", "all"), "what the mean is taken over")
    ] = "channels"
    eps: Epsilon = 1e-5

    def module(self, shape: Shape) -> Construct:
        """ChannelNorm, or nn.LayerNorm with a scale and a bias a value."""
        if self._at_each_position(shape):
            return striate_layer("ChannelNorm", shape[0], eps=self.eps)
        return torch_layer("LayerNorm", shape, eps=self.eps)

    def cost(self, shape: Shape) -> Cost:
        """A scale and a bias a channel, or a value."""
        each = shape[0] if self._at_each_position(shape) else prod(shape)
        return normalisation_cost(shape, parameters_per_kind=each)

    def _at_each_position(self, shape: Shape) -> bool:
        return len(shape) > 1 and self.over == "channels"


@layer_kind("lrn", stem="norm", also=("localresponsenorm", "localresponse"))
@dataclass(frozen=True)
class LocalResponseNorm(SameShape):
    """Each value over a power of k + alpha times the mean square of neighbouring channels."""

    channels: Annotated[
        int,
        Argument(
            count("the number of channels", "5", most=1_000), "the number of neighbouring channels"
        ),
    ] = 5
    alpha: Annotated[float, Option(number("alpha", "0.0001"), "the weight of the squares")] = 1e-4
    beta: Annotated[float, Option(number("beta", "0.75"), "the exponent")] = 0.75
    k: Annotated[float, Option(number("k", "2", above=0), "added to the squares")] = 1.0

    def inspect(self, shape: Shape, site: Site) -> None:
        """Needs channels and positions."""
        has_axes(shape, site)

    def module(self, shape: Shape) -> Construct:  # noqa: ARG002 (takes any number of channels)
        """nn.LocalResponseNorm."""
        return torch_layer("LocalResponseNorm", self.channels, self.alpha, self.beta, self.k)
