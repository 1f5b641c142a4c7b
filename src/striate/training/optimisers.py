"""Optimisers: settings as a recipe gives them, and the torch optimisers made from them."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn
from torch.optim.optimizer import Optimizer

from striate.errors import RecipeError
from striate.layers import NORMALISATIONS
from striate.training.muon import Muon

Share = Annotated[float, Field(ge=0, lt=1)]
_LARGEST = 1e6  # far above all that trains, far below what a float32 cannot hold


class _Settings(BaseModel):
    """What every optimiser has.

    `weight_decay` spares biases and normalisations. `bias_lr_factor` multiplies the learning rate
    of biases and normalisations, `output_lr_factor` that of the output layer's weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lr: float = Field(gt=0, le=_LARGEST)
    weight_decay: float = Field(default=0.0, ge=0, le=_LARGEST)
    bias_lr_factor: float = Field(default=1.0, ge=0, le=_LARGEST)
    output_lr_factor: float = Field(default=1.0, ge=0, le=_LARGEST)


class _WithMomentum(_Settings):
    momentum: Share = 0.0
    nesterov: bool = False

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum; give momentum, such as momentum = 0.9")
        return self


class SGDSettings(_WithMomentum):
    """Stochastic gradient descent, with momentum (also Nesterov's) if asked for."""

    kind: Literal["sgd"] = "sgd"


class AdagradSettings(_Settings):
    """Steps shrink with the sum of squared gradients (Duchi et al. 2011)."""

    kind: Literal["adagrad"] = "adagrad"
    lr: float = Field(default=0.01, gt=0, le=_LARGEST)
    eps: float = Field(default=1e-10, gt=0)


class AdadeltaSettings(_Settings):
    """Steps in the units of the weights themselves (Zeiler 2012)."""

    kind: Literal["adadelta"] = "adadelta"
    lr: float = Field(default=1.0, gt=0, le=_LARGEST)
    rho: Share = 0.9
    eps: float = Field(default=1e-6, gt=0)


class RMSpropSettings(_Settings):
    """Gradients divided by their running root mean square (Hinton 2012, lecture 6e)."""

    kind: Literal["rmsprop"] = "rmsprop"
    lr: float = Field(default=0.01, gt=0, le=_LARGEST)
    alpha: Share = 0.99
    momentum: Share = 0.0
    eps: float = Field(default=1e-8, gt=0)


class AdamSettings(_Settings):
    """Momentum over running root mean square (Kingma and Ba 2015); decay joins the gradient."""

    kind: Literal["adam"] = "adam"
    lr: float = Field(default=1e-3, gt=0, le=_LARGEST)
    betas: tuple[Share, Share] = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0)


class AdamWSettings(_Settings):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"] = "adamw"
    lr: float = Field(default=1e-3, gt=0, le=_LARGEST)
    weight_decay: float = Field(default=0.01, ge=0, le=_LARGEST)
    betas: tuple[Share, Share] = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0)


class MuonSettings(BaseModel):
    """Muon for filters and hidden matrices; `others` for biases, normalisations and the output.

    Weight decay is apart from the gradient, as in AdamW. `normalise_weights` and fewer
    `iterations` (3) are what airbench uses. The learning-rate factors are those of `others`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["muon"] = "muon"
    lr: float = Field(default=0.02, gt=0, le=_LARGEST)
    momentum: Share = 0.95
    nesterov: bool = True
    weight_decay: float = Field(default=0.0, ge=0, le=_LARGEST)
    iterations: int = Field(default=5, ge=1, le=20)
    precision: Literal["float32", "bfloat16"] = "float32"
    normalise_weights: bool = False
    others: Annotated[SGDSettings | AdamSettings | AdamWSettings, Field(discriminator="kind")] = (
        AdamWSettings()
    )


_OneOptimiser = (
    SGDSettings
    | AdagradSettings
    | AdadeltaSettings
    | RMSpropSettings
    | AdamSettings
    | AdamWSettings
)
OptimiserSettings = Annotated[_OneOptimiser | MuonSettings, Field(discriminator="kind")]

Role = Literal["weights", "output", "biases"]


def parameters_by_role(model: nn.Module) -> dict[Role, list[nn.Parameter]]:
    """Return the parameters to train, each once, in the order of the model.

    "biases" are all vectors and scalars and everything in a normalisation; "output" is the weight
    of the last layer that has one; "weights" are the other matrices and filters. Parameters that
    need no gradient are left out.

    Raises RecipeError when there is nothing to train.
    """
    roles: dict[nn.Parameter, Role] = {}
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            is_weight = parameter.ndim > 1 and not isinstance(module, NORMALISATIONS)
            roles.setdefault(parameter, "weights" if is_weight else "biases")
    last_weight = [p for p, role in roles.items() if role == "weights"][-1:]
    roles |= dict.fromkeys(last_weight, "output")

    sorted_out: dict[Role, list[nn.Parameter]] = {"weights": [], "output": [], "biases": []}
    for parameter, role in roles.items():
        if parameter.requires_grad:
            sorted_out[role].append(parameter)
    if not any(sorted_out.values()):
        raise RecipeError(
            "the network has no parameter to train; "
            "give it a layer with weights, such as `linear 10`, that is not frozen"
        )
    return sorted_out


def make_optimisers(model: nn.Module, settings: OptimiserSettings) -> list[Optimizer]:
    """Return the optimisers that together train every parameter of the model once.

    Each parameter group carries its "role" and its "base_lr", which `scale_learning_rates`
    multiplies; both are kept in `state_dict()`. Weight decay is zero for biases and normalisations.

    Raises RecipeError when the model has no parameter to train.
    """
    roles = parameters_by_role(model)
    if not isinstance(settings, MuonSettings):
        return [_one_optimiser(settings, roles)]
    optimisers: list[Optimizer] = []
    filters = roles.pop("weights")
    if filters:
        optimisers.append(_muon(settings, filters))
    if any(roles.values()):
        optimisers.append(_one_optimiser(settings.others, roles))
    return optimisers


def scale_learning_rates(optimisers: Iterable[Optimizer], factor: float) -> None:
    """Set every group's learning rate to `factor` times its base learning rate."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = factor * group["base_lr"]


def _groups(settings: _OneOptimiser, roles: dict[Role, list[nn.Parameter]]) -> list[dict[str, Any]]:
    factors = {"biases": settings.bias_lr_factor, "output": settings.output_lr_factor}
    groups: list[dict[str, Any]] = []
    for role, parameters in roles.items():
        lr = settings.lr * factors.get(role, 1.0)
        decay = 0.0 if role == "biases" else settings.weight_decay
        if parameters:
            groups.append(
                {
                    "params": parameters,
                    "role": role,
                    "lr": lr,
                    "base_lr": lr,
                    "weight_decay": decay,
                }
            )
    return groups


def _one_optimiser(settings: _OneOptimiser, roles: dict[Role, list[nn.Parameter]]) -> Optimizer:
    # torch's fused CPU kernels are not asked for: they walk memory, so where a gradient or a
    # state loaded from a file lies in another memory layout than its weight, they pair the wrong
    # elements without a word. What they would save is under a millisecond a step.
    groups = _groups(settings, roles)
    match settings:
        case SGDSettings(momentum=momentum, nesterov=nesterov):
            return torch.optim.SGD(groups, momentum=momentum, nesterov=nesterov)
        case AdagradSettings(eps=eps):
            return torch.optim.Adagrad(groups, eps=eps)
        case AdadeltaSettings(rho=rho, eps=eps):
            return torch.optim.Adadelta(groups, rho=rho, eps=eps)
        case RMSpropSettings(alpha=alpha, momentum=momentum, eps=eps):
            return torch.optim.RMSprop(groups, alpha=alpha, momentum=momentum, eps=eps)
        case AdamSettings(betas=betas, eps=eps):
            return torch.optim.Adam(groups, betas=betas, eps=eps)
        case AdamWSettings(betas=betas, eps=eps):
            return torch.optim.AdamW(groups, betas=betas, eps=eps)


def _muon(settings: MuonSettings, filters: list[nn.Parameter]) -> Muon:
    group = {
        "params": filters,
        "role": "weights",
        "lr": settings.lr,
        "base_lr": settings.lr,
        "weight_decay": settings.weight_decay,
    }
    return Muon(
        [group],
        lr=settings.lr,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
        iterations=settings.iterations,
        precision=settings.precision,
        normalise_weights=settings.normalise_weights,
    )
