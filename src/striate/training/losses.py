"""Losses: what training makes small. Each gives one value per example, in float32."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from striate.errors import RecipeError

Loss = Callable[[Tensor, Tensor], Tensor]
"""`(logits (N, classes), targets) -> loss (N,)`."""


class _Loss(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CrossEntropy(_Loss):
    """Cross-entropy of the softmax, the usual loss where each example has one class.

    `-sum_c t_c log softmax(z)_c`, where `t` is `1 - s + s/classes` at the target's class and
    `s/classes` elsewhere, with `s` the label smoothing (Szegedy et al. 2016, section 7).
    Targets: classes `(N,)`, or probabilities `(N, classes)`.
    """

    kind: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)


class YesNo(_Loss):
    """Binary cross-entropy of each class's sigmoid, for examples with several classes or none.

    The mean over classes of `-t log sigmoid(z) - (1 - t) log(1 - sigmoid(z))`.
    Targets: classes `(N,)`, or 0 to 1 for each class `(N, classes)`.
    """

    kind: Literal["yes_no"] = "yes_no"


class Hinge(_Loss):
    """Multi-class hinge: every wrong class must score `margin` below the right one.

    `sum_{c != y} max(0, margin - z_y + z_c) / classes` (Weston and Watkins 1999).
    Targets: classes `(N,)`.
    """

    kind: Literal["hinge"] = "hinge"
    margin: float = Field(default=1.0, gt=0, le=1e6)


class MeanSquare(_Loss):
    """Mean over classes of `(z - t)^2`, with `t` one at the target's class and zero elsewhere.

    Targets: classes `(N,)`, or the values `t` themselves `(N, classes)`.
    """

    kind: Literal["mean_square"] = "mean_square"


LossSettings = Annotated[CrossEntropy | YesNo | Hinge | MeanSquare, Field(discriminator="kind")]


def make_loss(settings: LossSettings, classes: int) -> Loss:
    """Return the function that gives the loss of each example, so that any mean can be taken.

    The function takes logits of any floating type and works in float32, because the sums of
    bfloat16 exponentials are too coarse to train on.

    Shapes: logits `(N, classes)`, targets int64 `(N,)` or float `(N, classes)` -> `(N,)`.

    Raises RecipeError (from the function) when the network does not give one logit per class, or
    when the targets have a form that the loss has no use for.
    """

    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        _check_shapes(settings, classes, logits, targets)
        scores = logits.float()
        match settings:
            case CrossEntropy(label_smoothing=smoothing):
                if targets.is_floating_point():
                    targets = targets.float()
                return F.cross_entropy(scores, targets, reduction="none", label_smoothing=smoothing)
            case YesNo():
                wanted = _per_class(targets, classes)
                return F.binary_cross_entropy_with_logits(scores, wanted, reduction="none").mean(1)
            case Hinge(margin=margin):
                return F.multi_margin_loss(scores, targets, margin=margin, reduction="none")
            case MeanSquare():
                return (scores - _per_class(targets, classes)).square().mean(1)

    return loss


def _per_class(targets: Tensor, classes: int) -> Tensor:
    """Return the wanted value of every class: `(N,)` becomes one-hot `(N, classes)`."""
    return targets.float() if targets.ndim == 2 else F.one_hot(targets, classes).float()


def _check_shapes(settings: LossSettings, classes: int, logits: Tensor, targets: Tensor) -> None:
    if logits.ndim != 2 or logits.shape[1] != classes:
        raise RecipeError(
            f"the network's output has shape {tuple(logits.shape)}, but the loss "
            f"{settings.kind} needs one value per class, (N, {classes}); "
            f"end the network with `flatten` and `linear {classes}`"
        )
    examples = len(logits)
    if targets.shape == (examples,) and targets.dtype == torch.int64:
        return
    if isinstance(settings, Hinge):
        raise RecipeError(
            f"the loss hinge needs one class per example, int64 ({examples},), not targets of "
            f"type {targets.dtype} and shape {tuple(targets.shape)}; "
            "for several classes per example use the loss yes_no"
        )
    if targets.shape != logits.shape or (
        isinstance(settings, CrossEntropy) and not targets.is_floating_point()
    ):
        raise RecipeError(
            f"the loss {settings.kind} needs targets that are classes, int64 ({examples},), or "
            f"values for each class, ({examples}, {classes}), not type {targets.dtype} "
            f"and shape {tuple(targets.shape)}"
        )
