"""Muon: momentum whose update is made orthogonal, for filters and hidden weight matrices."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Literal, overload

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT

from striate.errors import TrainingError

# The quintic whose slope at zero is as steep as it can be while it still maps [0, 1] to about
# [0.7, 1.2]: small singular values rise fastest, and none needs to end at exactly 1.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(
    matrices: Tensor, iterations: int = 5, precision: torch.dtype = torch.float32
) -> Tensor:
    """Return the nearest matrices with orthonormal rows (or columns), about.

    `U V'` of each `U S V'`, by the Newton-Schulz iteration `X <- a X + b (XX')X + c (XX')^2 X`
    from `X = M / |M|`: after five iterations singular values lie between about 0.7 and 1.2 unless
    they started below a thousandth of the norm. A matrix of zeros stays zero.

    Shapes: `(N, rows, columns) -> (N, rows, columns)`, each matrix by itself.

    Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
    """
    a, b, c = COEFFICIENTS
    # The Gram matrix is taken on the short side, where it is smallest.
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = (matrices.mT if tall else matrices).to(precision)
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)
    for _ in range(iterations):
        gram = torch.bmm(x, x.mT)
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(Optimizer):
    """Momentum, orthogonalised: `w <- (1 - lr decay) w - lr sqrt(max(1, rows/columns)) O`.

    `O` is `orthogonalise` of the momentum `m <- momentum m + g` (with Nesterov, of
    `g + momentum m`), where a filter bank `(out, in, *kernel)` counts as a matrix of `out` rows and
    `in * kernel` columns. Weights of one shape are worked on together in batched products.

    With `normalise_weights`, each weight is first scaled to a norm of `sqrt(out)`, so that lr is
    relative to the weights; only for layers that a normalisation follows.

    Raises TrainingError for a parameter that is no matrix, such as a bias.

    Source: Jordan et al. 2024; the scaling of weights from airbench (Jordan 2024).
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float,
        *,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.0,
        iterations: int = 5,
        precision: Literal["float32", "bfloat16"] = "float32",
        normalise_weights: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "nesterov": nesterov,
            "weight_decay": weight_decay,
            "iterations": iterations,
            "precision": precision,
            "normalise_weights": normalise_weights,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.ndim < 2:
                    raise TrainingError(
                        f"Muon got a parameter of shape {tuple(parameter.shape)}, but it "
                        "updates matrices and filters only; "
                        "give biases and normalisations to another optimiser"
                    )

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update every parameter that has a gradient; return the closure's loss, if one is given.

        The closure, as everywhere in torch.optim, computes the loss and the gradients anew.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            updated = (p for p in group["params"] if p.grad is not None)
            for weights in _by_shape(updated):
                self._update(weights, group)
        return loss

    def _update(self, weights: list[Tensor], group: dict[str, Any]) -> None:
        gradients = [w.grad for w in weights if w.grad is not None]
        momenta = [self._momentum_buffer(w) for w in weights]
        torch._foreach_mul_(momenta, group["momentum"])
        torch._foreach_add_(momenta, gradients)
        directions = momenta
        if group["nesterov"]:
            directions = list(torch._foreach_add(gradients, momenta, alpha=group["momentum"]))

        matrices = torch.stack([d.flatten(1) for d in directions])  # (N, rows, columns)
        rows, columns = matrices.shape[1:]
        precision: torch.dtype = getattr(torch, group["precision"])
        orthogonal = orthogonalise(matrices, group["iterations"], precision)
        updates = [o.view_as(w) for o, w in zip(orthogonal.contiguous(), weights, strict=True)]

        if group["normalise_weights"]:
            norms = torch._foreach_norm(weights)
            torch._foreach_mul_(weights, [rows**0.5 / n.clamp_min(1e-12) for n in norms])
        if group["weight_decay"]:
            torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(weights, updates, alpha=-group["lr"] * max(1, rows / columns) ** 0.5)

    def _momentum_buffer(self, weight: Tensor) -> Tensor:
        state = self.state[weight]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        buffer: Tensor = state["momentum_buffer"]
        return buffer


def _by_shape(weights: Iterable[Tensor]) -> Iterable[list[Tensor]]:
    """Return the weights in lists that can be stacked as matrices."""
    alike: dict[tuple[object, ...], list[Tensor]] = defaultdict(list)
    for w in weights:
        alike[len(w), w.numel(), w.dtype, w.device].append(w)
    return alike.values()
