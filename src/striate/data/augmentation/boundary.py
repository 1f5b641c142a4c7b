"""Padding by whole pixels with any boundary."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_MODES: dict[str, Any] = {
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}


def pad(
    x: Tensor, padding: Sequence[tuple[int, int]], boundary: str = "zeros", value: float = 0.0
) -> Tensor:
    """Return x with each spatial axis padded by (before, after)."""
    if boundary in ("zeros", "constant"):
        return F.pad(x, [n for sides in reversed(padding) for n in sides], value=value)
    for axis, sides in enumerate(padding, start=2):
        places = np.pad(np.arange(x.shape[axis]), sides, mode=_MODES[boundary])
        x = x.index_select(axis, torch.from_numpy(places).to(x.device))
    return x
