"""The weights that training starts from."""

import math
from collections.abc import Callable
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from striate.errors import RecipeError

_SMALLEST_VARIANCE = 5e-4
_VALUES_AT_ONCE = 1 << 24  # 64 MiB of patches
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class InitialisationSettings(BaseModel):
    """What the weights are before the first step.

    `weights`: `torch` keeps PyTorch's own; `he` draws normal weights for ReLUs (He et al. 2015);
    `identity` lets each convolution after the first pass its input on, as far as it has channels.
    `first_layer`: `whitened` fixes the first convolution's filters to the directions in which
    patches of the training data vary, scaled to equal variance, each once with either sign
    (Coates and Ng 2012; Page 2019); only its bias is learned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: Literal["torch", "he", "identity"] = "torch"
    first_layer: Literal["like_others", "whitened"] = "like_others"


@torch.no_grad()
def initialise(
    network: nn.Module, settings: InitialisationSettings, examples: Callable[[], Tensor]
) -> None:
    """Set the network's weights; `examples` gives normalised training data `(N, C, *spatial)`.

    Draws come from torch's default generator.

    Raises RecipeError when the first layer cannot be whitened.
    """
    convolutions = [module for module in network.modules() if isinstance(module, _CONVOLUTIONS)]
    match settings.weights:
        case "he":
            for module in network.modules():
                if isinstance(module, (*_CONVOLUTIONS, nn.Linear)):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        case "identity":
            for module in convolutions[1:]:
                if module.groups == 1:
                    passed_on = module.weight[: module.in_channels]
                    nn.init.dirac_(passed_on)
    if settings.first_layer == "whitened":
        if not convolutions:
            raise RecipeError("first_layer = 'whitened' needs a network with a convolution")
        _whiten(convolutions[0], examples())


def _whiten(layer: nn.Conv1d | nn.Conv2d | nn.Conv3d, examples: Tensor) -> None:
    if layer.groups != 1 or any(step != 1 for step in layer.dilation):
        raise RecipeError("a first layer with groups or dilation cannot be whitened")
    if any(size > whole for size, whole in zip(layer.kernel_size, examples.shape[2:], strict=True)):
        raise RecipeError("a first layer whose window is larger than the input cannot be whitened")
    directions = _whitening(_covariance(examples, layer.kernel_size)).to(layer.weight.dtype)
    filters = torch.cat([directions, -directions])[: layer.out_channels]
    if len(filters) < layer.out_channels:
        raise RecipeError(
            f"the first layer has {layer.out_channels} filters, but patches of "
            f"{directions.shape[1]} values vary in {len(filters)} directions, counting both signs; "
            "use at most that many filters"
        )
    layer.weight.copy_(filters.view_as(layer.weight))
    layer.weight.requires_grad = False


def _covariance(examples: Tensor, kernel: tuple[int, ...]) -> Tensor:
    """Return the mean of `p p'` over all patches `p`, float64 `(values, values)`.

    Patches of overlapping windows are many times the examples' size, so a few examples are taken
    at a time.
    """
    values = examples.shape[1] * math.prod(kernel)
    products = torch.zeros(values, values, dtype=torch.float64)
    windows = 0
    for few in torch.split(examples, max(1, _VALUES_AT_ONCE // (values * examples[0, 0].numel()))):
        patches = _patches(few, kernel)
        products += patches.T @ patches
        windows += len(patches)
    return products / windows


def _patches(examples: Tensor, kernel: tuple[int, ...]) -> Tensor:
    """Return every window of every example, `(windows, C * prod(kernel))`, in float32."""
    windows = examples.float()
    for axis, size in enumerate(kernel):
        windows = windows.unfold(2 + axis, size, 1)
    spatial = len(kernel)
    order = (0, *range(2, 2 + spatial), 1, *range(2 + spatial, 2 + 2 * spatial))
    return windows.permute(order).reshape(-1, examples.shape[1] * math.prod(kernel))


def _whitening(covariance: Tensor) -> Tensor:
    """Return unit-variance directions, of largest variance first, `(values, values)`."""
    variances, directions = torch.linalg.eigh(covariance)
    order = variances.argsort(descending=True)
    scaled = directions.T[order] / (variances[order, None] + _SMALLEST_VARIANCE).sqrt()
    return torch.as_tensor(scaled)
