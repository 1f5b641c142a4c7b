"""Batches of a split, normalised and laid out as the network computes."""

import numpy as np
import torch
from torch import Tensor

from striate.data import Description, Split
from striate.data.normalisation import normalise
from striate.training.precision import Arithmetic


class Feed:
    """Gives the examples with any indices as a batch on the device.

    On a processor the split stays where it is, memory-mapped; on an accelerator it is copied
    there once, because fetching every batch would cost more than computing on it.
    """

    def __init__(
        self, split: Split, description: Description, arithmetic: Arithmetic, device: torch.device
    ) -> None:
        self._split = split
        self._description = description
        self._arithmetic = arithmetic
        self._device = device
        self._targets = torch.from_numpy(np.array(split.targets, dtype=np.int64)).to(device)
        self._resident: Tensor | None = None
        if device.type != "cpu":
            self._resident = torch.from_numpy(np.array(split.inputs)).to(device)

    def __len__(self) -> int:
        return len(self._split.targets)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs `(N, C, *spatial)`, ready for the network, and classes `(N,)`."""
        if self._resident is None:
            stored = torch.from_numpy(np.take(self._split.inputs, indices.numpy(), axis=0))
        else:
            stored = self._resident[indices.to(self._device)]
        inputs = normalise(stored, self._description, self._arithmetic.dtype)
        return self._arithmetic.prepare(inputs), self._targets[indices.to(self._device)]
