"""The number type, the memory layout and the piece size that a network computes in.

What is fastest depends on the machine (a processor with bfloat16 units, or one without), so
these are settings; `tuning.py` measures which to take.
"""

from copy import deepcopy
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from striate.layers import NORMALISATIONS

Compute = Literal["float32", "bfloat16"]
Layout = Literal["contiguous", "channels_last"]

_DTYPES: dict[Compute, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class PrecisionSettings(BaseModel):
    """How the arithmetic is done. `auto` is measured on this machine before training starts.

    `pieces` is the largest number of examples that go through the network at once: a larger
    batch is split and its gradients added, which keeps activations in the processor's cache.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compute: Compute | Literal["auto"] = "auto"
    layout: Layout | Literal["auto"] = "auto"
    pieces: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"

    def fixed(self) -> "Arithmetic":
        """Return the arithmetic, with plain defaults for what is left to be measured."""
        given = {name: value for name, value in self if value != "auto"}
        return Arithmetic(**given)


class Arithmetic(BaseModel):
    """Precision settings with nothing left open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    compute: Compute = "float32"
    layout: Layout = "contiguous"
    pieces: int = Field(default=256, ge=1)

    def as_settings(self) -> PrecisionSettings:
        """Return the settings that lead to this arithmetic without measuring."""
        return PrecisionSettings(compute=self.compute, layout=self.layout, pieces=self.pieces)

    @property
    def dtype(self) -> torch.dtype:
        """The type that activations and gradients have."""
        return _DTYPES[self.compute]

    def lay_out(self, batch: Tensor) -> Tensor:
        """Return the batch in this layout, `(N, C, *spatial)` as before."""
        return batch.contiguous(memory_format=self._memory_format(batch.ndim))

    def prepare(self, batch: Tensor) -> Tensor:
        """Return the batch in this number type and layout."""
        return batch.to(self.dtype, memory_format=self._memory_format(batch.ndim))

    def _memory_format(self, axes: int) -> torch.memory_format:
        if self.layout == "channels_last" and axes == 4:
            return torch.channels_last
        if self.layout == "channels_last" and axes == 5:
            return torch.channels_last_3d
        return torch.contiguous_format


class WorkingNetwork:
    """The network that computes, beside the float32 master that learns.

    In float32 the two are one. In bfloat16 a step's change is often smaller than the spacing of
    the numbers, so updates are made to float32 weights, of which the working network has rounded
    copies (Micikevicius et al. 2018, "Mixed precision training", section 3.1). Normalisation
    keeps float32 parameters and statistics in either.
    """

    def __init__(self, master: nn.Module, arithmetic: Arithmetic) -> None:
        self.master = master
        self.arithmetic = arithmetic
        if arithmetic.layout == "channels_last":
            for parameter in master.parameters():
                if parameter.ndim in (4, 5):
                    parameter.data = arithmetic.lay_out(parameter.data)
        self.network = master
        self._pairs: list[tuple[nn.Parameter, nn.Parameter]] = []
        if arithmetic.compute != "float32":
            self.network = self._rounded_copy()
            self._pairs = list(zip(master.parameters(), self.network.parameters(), strict=True))
            self._share_buffers()

    def _rounded_copy(self) -> nn.Module:
        copy = deepcopy(self.master)
        for module in copy.modules():
            if not isinstance(module, NORMALISATIONS):
                for parameter in module.parameters(recurse=False):
                    parameter.data = parameter.data.to(self.arithmetic.dtype)
        return copy

    def _share_buffers(self) -> None:
        """Let both networks have the same running statistics, so that neither goes stale."""
        for name, module in self.network.named_modules():
            twin = self.master.get_submodule(name)
            for key, buffer in twin.named_buffers(recurse=False):
                setattr(module, key, buffer)

    @torch.no_grad()
    def collect_gradients(self) -> None:
        """Give the master the gradients that the working network has gathered."""
        for weight, rounded in self._pairs:
            weight.grad = None if rounded.grad is None else rounded.grad.to(weight.dtype)
            rounded.grad = None

    @torch.no_grad()
    def publish(self) -> None:
        """Give the working network the master's new weights."""
        if self._pairs:
            torch._foreach_copy_(
                [rounded.data for _, rounded in self._pairs],
                [weight.data for weight, _ in self._pairs],
            )
