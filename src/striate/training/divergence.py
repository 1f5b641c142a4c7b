"""When to stop a training that has gone wrong, and what to say of the likely cause."""

import math

import torch
from torch import Tensor, nn

from striate.errors import TrainingError

_WARM_STEPS = 20
_BLOWN_UP = 10.0


class DivergenceWatch:
    """Sees the loss of every step; raises when it is no number or has blown up.

    Blown up means that the smoothed loss stands at more than ten times the mean of the first
    twenty steps: a loss may start high and wander, but not end ten times above its start.
    """

    def __init__(self) -> None:
        self._first = 0.0
        self._smoothed = 0.0
        self._seen = 0

    def see(self, step: int, loss: float, learning_rate: float, cause: "Cause") -> None:
        """Take note of one step's loss.

        Raises TrainingError naming the step and the likely cause.
        """
        if not math.isfinite(loss):
            raise TrainingError(
                f"training stopped at step {step}: the loss is {loss}. "
                f"{cause.explain(learning_rate)}"
            )
        self._seen += 1
        if self._seen <= _WARM_STEPS:
            self._first += (loss - self._first) / self._seen
            self._smoothed = self._first
            return
        self._smoothed += 0.1 * (loss - self._smoothed)
        if self._smoothed > _BLOWN_UP * max(self._first, 1e-3):
            raise TrainingError(
                f"training stopped at step {step}: it diverges; the loss began near "
                f"{self._first:.3g} and is now near {self._smoothed:.3g}. "
                f"The learning rate (={learning_rate:.3g}) is the likely cause: "
                f"try {learning_rate / 10:.1g}, or a longer warm-up."
            )


class Cause:
    """Finds where the first number that is not finite comes from, in one batch."""

    def __init__(self, network: nn.Module, inputs: Tensor) -> None:
        self._network = network
        self._inputs = inputs

    def explain(self, learning_rate: float) -> str:
        """Return a sentence with the likely cause and what to try."""
        if not torch.isfinite(self._inputs).all():
            return (
                "The batch itself holds values that are not finite: look at the data and at the "
                "augmentation."
            )
        for name, parameter in self._network.named_parameters():
            if not torch.isfinite(parameter).all():
                return (
                    f"The weights {name} are no longer finite: an earlier step was too large. "
                    f"Try a learning rate of {learning_rate / 10:.1g} (now {learning_rate:.3g}), "
                    "or a longer warm-up."
                )
        layer = self._first_layer_to_overflow()
        where = f"in the output of layer {layer}" if layer else "in the loss"
        return (
            f"The weights are finite, and the first value that is not appears {where}: "
            f"activations have grown too large. Try a learning rate of {learning_rate / 10:.1g} "
            f"(now {learning_rate:.3g}), or a batchnorm after each convolution."
        )

    @torch.no_grad()
    def _first_layer_to_overflow(self) -> str | None:
        found: list[str] = []

        def watch(name: str) -> "torch.utils.hooks.RemovableHandle":
            def look(_module: nn.Module, _inputs: object, output: object) -> None:
                if isinstance(output, Tensor) and not torch.isfinite(output).all():
                    found.append(name)

            return self._network.get_submodule(name).register_forward_hook(look)

        leaves = [
            name for name, module in self._network.named_modules() if not [*module.children()]
        ]
        handles = [watch(name) for name in leaves]
        try:
            self._network(self._inputs)
        finally:
            for handle in handles:
                handle.remove()
        return found[0] if found else None
