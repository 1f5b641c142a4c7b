"""Activations: each value by itself, but for the two kinds of softmax."""

from dataclasses import dataclass
from typing import ClassVar

from striate.geometry import elementwise_cost
from striate.notation.construct import Construct, torch_layer
from striate.notation.kind import Applied, LayerKind, Shape, Site, flag, layer_kind, option
from striate.notation.values import number


@dataclass(frozen=True)
class Activation(LayerKind):
    """What activations share: the shape stays."""

    torch_name: ClassVar[str] = ""

    def module(self) -> Construct:
        """The torch module."""
        return torch_layer(self.torch_name)

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        return Applied(shape, self.module(), elementwise_cost(shape))


@layer_kind("relu", also=("rectifier",))
@dataclass(frozen=True)
class Relu(Activation):
    """max(x, 0)."""

    torch_name = "ReLU"


@layer_kind("relu6")
@dataclass(frozen=True)
class Relu6(Activation):
    """min(max(x, 0), 6)."""

    torch_name = "ReLU6"


@layer_kind("tanh")
@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    torch_name = "Tanh"


@layer_kind("sigmoid", also=("logistic",))
@dataclass(frozen=True)
class Sigmoid(Activation):
    """1/(1 + exp(-x))."""

    torch_name = "Sigmoid"


@layer_kind("silu", also=("swish",))
@dataclass(frozen=True)
class Silu(Activation):
    """x*sigmoid(x)."""

    torch_name = "SiLU"


@layer_kind("mish")
@dataclass(frozen=True)
class Mish(Activation):
    """x*tanh(softplus(x))."""

    torch_name = "Mish"


@layer_kind("selu")
@dataclass(frozen=True)
class Selu(Activation):
    """The exponential linear unit whose scale keeps the variance."""

    torch_name = "SELU"


@layer_kind("softsign")
@dataclass(frozen=True)
class Softsign(Activation):
    """x/(1 + |x|)."""

    torch_name = "Softsign"


@layer_kind("hardswish", also=("hswish",))
@dataclass(frozen=True)
class Hardswish(Activation):
    """x*min(max(x + 3, 0), 6)/6."""

    torch_name = "Hardswish"


@layer_kind("hardsigmoid", also=("hsigmoid",))
@dataclass(frozen=True)
class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6)/6."""

    torch_name = "Hardsigmoid"


@layer_kind("gelu")
@dataclass(frozen=True)
class Gelu(Activation):
    """x times the normal distribution function of x, or its approximation by tanh."""

    tanh: bool = flag("the approximation by tanh")

    def module(self) -> Construct:
        """nn.GELU."""
        return torch_layer("GELU", approximate="tanh" if self.tanh else "none")


@layer_kind("leakyrelu", also=("lrelu", "leaky"))
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """x where positive, slope*x elsewhere."""

    slope: float = option(number("slope", "0.1"), "the slope below zero", 0.01)

    def module(self) -> Construct:
        """nn.LeakyReLU."""
        return torch_layer("LeakyReLU", self.slope)


@layer_kind("elu")
@dataclass(frozen=True)
class Elu(Activation):
    """x where positive, alpha*(exp(x) - 1) elsewhere."""

    alpha: float = option(number("alpha", "1"), "minus the limit at the far left", 1.0)

    def module(self) -> Construct:
        """nn.ELU."""
        return torch_layer("ELU", self.alpha)


@layer_kind("softplus")
@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + exp(beta*x))/beta."""

    beta: float = option(number("beta", "1", above=0), "how sharp the bend is", 1.0)

    def module(self) -> Construct:
        """nn.Softplus."""
        return torch_layer("Softplus", self.beta)


@layer_kind("prelu")
@dataclass(frozen=True)
class Prelu(LayerKind):
    """x where positive, a learned slope times x elsewhere: one slope, or one a channel."""

    channels: bool = flag("one slope for each channel")

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        slopes = shape[0] if self.channels else 1
        return Applied(
            shape, torch_layer("PReLU", slopes), elementwise_cost(shape, parameters=slopes)
        )


@layer_kind("softmax")
@dataclass(frozen=True)
class Softmax(LayerKind):
    """exp(x) over its sum along the channels."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        return Applied(shape, torch_layer("Softmax", dim=1), elementwise_cost(shape))


@layer_kind("logsoftmax", also=("log_softmax",))
@dataclass(frozen=True)
class LogSoftmax(LayerKind):
    """The logarithm of the softmax along the channels."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        return Applied(shape, torch_layer("LogSoftmax", dim=1), elementwise_cost(shape))
