"""When to stop a training that has gone wrong, and what to say of the likely cause."""

import math

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from striate.errors import TrainingError
from striate.training.processes import Processes

_WARM_STEPS = 20
_BLOWN_UP = 10.0


class DivergenceWatch:
    """Sees the loss of every step; raises when it is no number or has blown up.

    Blown up means that the smoothed loss stands at more than ten times the mean of the first
    twenty steps: a loss may start high and wander, but not end ten times above its start. Both
    are given back in to go on, so that a resumed training is judged as if it had not stopped.
    """

    def __init__(self, first: float = 0.0, smoothed: float = 0.0) -> None:
        self.first = first
        self.smoothed = smoothed

    def see(self, step: int, loss: float, learning_rate: float, cause: "Cause") -> None:
        """Take note of the loss of step number `step` (from 1); `learning_rate` is its peak.

        Raises TrainingError naming the step and the likely cause.
        """
        if not math.isfinite(loss):
            raise TrainingError(
                f"training stopped at step {step}: the loss is {loss}. "
                f"{cause.explain(learning_rate)}"
            )
        if step <= _WARM_STEPS:
            self.first += (loss - self.first) / step
            self.smoothed = self.first
            return
        self.smoothed += 0.1 * (loss - self.smoothed)
        if self.smoothed > _BLOWN_UP * max(self.first, 1e-3):
            raise TrainingError(
                f"training stopped at step {step}: it diverges; the loss began near "
                f"{self.first:.3g} and is now near {self.smoothed:.3g}. "
                f"The learning rate (={learning_rate:.3g}) is the likely cause: "
                f"try {learning_rate / 10:.1g}, or a longer warm-up."
            )


class Cause:
    """Finds where the first number that is not finite comes from, in one batch.

    Each process looks at its own part of the batch; what any of them finds, all of them tell.
    """

    def __init__(self, network: nn.Module, inputs: Tensor, processes: Processes) -> None:
        self._network = network
        self._inputs = inputs
        self._processes = processes

    def explain(self, learning_rate: float) -> str:
        """Return a sentence with the likely cause and what to try."""
        if self._processes.first(None if torch.isfinite(self._inputs).all() else "here"):
            return (
                "The batch itself holds values that are not finite: look at the data and at the "
                "augmentation."
            )
        advice = f"Try a learning rate of {learning_rate / 10:.1g} (now {learning_rate:.3g})"
        for name, parameter in self._network.named_parameters():
            if not torch.isfinite(parameter).all():
                return (
                    f"The weights {name} are no longer finite: an earlier step was too large. "
                    f"{advice}, or a longer warm-up."
                )
        layer = self._processes.first(self._first_layer_to_overflow())
        where = f"in the output of layer {layer}" if layer else "in the loss"
        return (
            f"The weights are finite, and the first value that is not appears {where}: "
            f"activations have grown too large. {advice}, or a batchnorm after each convolution."
        )

    @torch.no_grad()
    def _first_layer_to_overflow(self) -> str | None:
        found: list[str] = []

        def watch(name: str, module: nn.Module) -> RemovableHandle:
            def look(module: nn.Module, _inputs: object, output: object) -> None:
                if isinstance(output, Tensor) and not torch.isfinite(output).all():
                    found.append(f"{name} ({type(module).__name__})")

            return module.register_forward_hook(look)

        # A module is heard after those inside it, so the first one heard is the innermost.
        handles = [watch(name, module) for name, module in self._network.named_modules() if name]
        try:
            self._network(self._inputs)
        finally:
            for handle in handles:
                handle.remove()
        return found[0] if found else None
