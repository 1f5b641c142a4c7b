"""First weights that several papers share; torch itself starts batch normalisation at 1 and 0."""

from typing import Literal

from torch import nn

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def he_normal_convolutions(
    network: nn.Module, fan: Literal["fan_in", "fan_out"] = "fan_out"
) -> None:
    """Draw the weights of every convolution from N(0, 2 / fan); biases are 0.

    `fan_in` is K*K*C/groups, `fan_out` K*K*C' (not divided by groups, as in the published codes).
    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equations 10 and 14.
    """
    for module in network.modules():
        if isinstance(module, _CONVOLUTIONS):
            nn.init.kaiming_normal_(module.weight, mode=fan, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def he_uniform_convolutions(network: nn.Module) -> None:
    """Draw the weights of every convolution from U(-b, b), b = sqrt(6 / fan_in); biases are 0.

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equation 10.
    """
    for module in network.modules():
        if isinstance(module, _CONVOLUTIONS):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def normal_linears(network: nn.Module, deviation: float) -> None:
    """Draw the weights of every linear layer from N(0, deviation^2); biases are 0."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=deviation)
            nn.init.zeros_(module.bias)


def truncated_normal(network: nn.Module, deviation: float) -> None:
    """Draw the weights of every convolution and linear layer from N(0, deviation^2); biases are 0.

    What falls outside two deviations is drawn again.
    """
    for module in network.modules():
        if isinstance(module, (*_CONVOLUTIONS, nn.Linear)):
            nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def uniform_by_inputs(network: nn.Module) -> None:
    """Draw weights and biases of convolutions and linear layers from U(-2.4/F, 2.4/F).

    F is the number of inputs of a unit: K*K*C/groups, or the features.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, appendix A.
    """
    for module in network.modules():
        if isinstance(module, (*_CONVOLUTIONS, nn.Linear)):
            bound = 2.4 / module.weight[0].numel()
            for parameter in module.parameters(recurse=False):
                nn.init.uniform_(parameter, -bound, bound)


def normal_weights(network: nn.Module, deviation: float) -> None:
    """Draw the weights of convolutions and linear layers from N(0, deviation^2); biases are 0."""
    for module in network.modules():
        if isinstance(module, (*_CONVOLUTIONS, nn.Linear)):
            nn.init.normal_(module.weight, std=deviation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
