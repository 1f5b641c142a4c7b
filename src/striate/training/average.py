"""Averages of the weights along the path of training."""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn


class AverageSettings(BaseModel):
    """The final weights are a running average: `a <- decay * a + (1 - decay) * w`.

    The average is taken every `every` steps (Polyak and Juditsky 1992). With `lookahead` the
    network also goes on from the average each time (Zhang et al. 2019). `ramp` lets the decay
    grow with progress as `decay * progress^ramp`, so that early weights are soon forgotten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    decay: float = Field(default=0.99, ge=0, lt=1)
    every: int = Field(default=1, ge=1)
    ramp: float = Field(default=0.0, ge=0)
    lookahead: bool = False


class WeightAverage:
    """A running average of a network's parameters and floating-point buffers."""

    def __init__(self, network: nn.Module, settings: AverageSettings) -> None:
        self._settings = settings
        self._live = _floating(network)
        self.average = {name: value.detach().clone() for name, value in self._live.items()}

    @torch.no_grad()
    def update(self, step: int, progress: float) -> None:
        """Take the weights after step number `step` (from 1) into the average."""
        if step % self._settings.every:
            return
        share = 1 - self._settings.decay * progress**self._settings.ramp
        averages, live = list(self.average.values()), list(self._live.values())
        torch._foreach_lerp_(averages, live, share)
        if self._settings.lookahead:
            torch._foreach_copy_(live, averages)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the network's weights and the average; a second call undoes the first."""
        for name, value in self._live.items():
            kept = value.clone()
            value.copy_(self.average[name])
            self.average[name].copy_(kept)


def _floating(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: value
        for name, value in network.state_dict(keep_vars=True).items()
        if isinstance(value, Tensor) and value.is_floating_point()
    }
