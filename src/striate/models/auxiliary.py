"""Auxiliary classifiers: heads on intermediate layers, there for the gradient while training."""

from collections.abc import Callable
from typing import NamedTuple

import torch


class AuxiliaryOutputs(NamedTuple):
    """The scores of the classifier and those of the auxiliary heads, from the input on.

    Each (N, classes). What a network with heads gives in training mode; otherwise it gives the
    scores alone.
    """

    scores: torch.Tensor
    heads: tuple[torch.Tensor, ...]


def auxiliary_loss(
    outputs: AuxiliaryOutputs,
    targets: torch.Tensor,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    weight: float = 0.3,
) -> torch.Tensor:
    """The loss of the scores, and the weighted losses of the heads.

    loss(scores, targets) + weight * sum over heads of loss(head, targets).
    Source: Szegedy et al., Going deeper with convolutions, 2015, section 5, whose weight is 0.3;
    0.4 in the published code of Inception v3.
    """
    total = loss(outputs.scores, targets)
    for head in outputs.heads:
        total = total + weight * loss(head, targets)
    return total
