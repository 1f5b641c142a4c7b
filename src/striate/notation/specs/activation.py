"""Activations: each value by itself, but for the two kinds of softmax."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from striate.geometry import Cost, elementwise_cost
from striate.notation.construct import Construct, torch_layer
from striate.notation.kind import Flag, Option, SameShape, Shape, layer_kind
from striate.notation.values import number


@dataclass(frozen=True)
class Activation(SameShape):
    """What activations share: a class of torch.nn with arguments of its own."""

    torch_name: ClassVar[str]

    def arguments(self) -> dict[str, Any]:
        """The arguments of the class."""
        return {}

    def module(self, shape: Shape) -> Construct:  # noqa: ARG002 (an activation takes any shape)
        """The class of torch.nn."""
        return torch_layer(self.torch_name, **self.arguments())


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
    """The exponential linear unit whose scale keeps mean 0 and variance 1."""

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

    torch_name = "GELU"

    tanh: Annotated[bool, Flag("the approximation by tanh")] = False

    def arguments(self) -> dict[str, Any]:
        """The approximation."""
        return {"approximate": "tanh" if self.tanh else "none"}


@layer_kind("leakyrelu", also=("lrelu", "leaky"))
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """x where positive, slope*x elsewhere."""

    torch_name = "LeakyReLU"

    slope: Annotated[float, Option(number("slope", "0.1"), "the slope below zero")] = 0.01

    def arguments(self) -> dict[str, Any]:
        """The slope."""
        return {"negative_slope": self.slope}


@layer_kind("elu")
@dataclass(frozen=True)
class Elu(Activation):
    """x where positive, alpha*(exp(x) - 1) elsewhere."""

    torch_name = "ELU"

    alpha: Annotated[float, Option(number("alpha", "1"), "minus the limit at the far left")] = 1.0

    def arguments(self) -> dict[str, Any]:
        """The limit."""
        return {"alpha": self.alpha}


@layer_kind("softplus")
@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + exp(beta*x))/beta."""

    torch_name = "Softplus"

    beta: Annotated[float, Option(number("beta", "1", above=0), "how sharp the bend is")] = 1.0

    def arguments(self) -> dict[str, Any]:
        """The sharpness."""
        return {"beta": self.beta}


@layer_kind("softmax")
@dataclass(frozen=True)
class Softmax(Activation):
    """exp(x) over its sum along the channels."""

    torch_name = "Softmax"

    def arguments(self) -> dict[str, Any]:
        """The axis of the channels."""
        return {"dim": 1}


@layer_kind("logsoftmax", also=("log_softmax",))
@dataclass(frozen=True)
class LogSoftmax(Softmax):
    """The logarithm of the softmax along the channels."""

    torch_name = "LogSoftmax"


@layer_kind("prelu")
@dataclass(frozen=True)
class Prelu(SameShape):
    """x where positive, a learned slope times x elsewhere: one slope, or one a channel."""

    channels: Annotated[bool, Flag("one slope for each channel")] = False

    def module(self, shape: Shape) -> Construct:
        """nn.PReLU."""
        return torch_layer("PReLU", self._slopes(shape))

    def cost(self, shape: Shape) -> Cost:
        """The slopes are learned."""
        return elementwise_cost(shape, parameters=self._slopes(shape))

    def _slopes(self, shape: Shape) -> int:
        return shape[0] if self.channels else 1
