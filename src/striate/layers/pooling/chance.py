"""Random numbers for the poolings that draw."""

from typing import Literal, get_args

import torch
from torch import Tensor

from striate.errors import LayerError

Per = Literal["example", "call"]
"""A draw for each example of a batch, or one for the whole batch."""


def check_per(per: Per) -> Per:
    """`per` itself; raises LayerError for anything but `"example"` and `"call"`."""
    if per not in get_args(Per):
        raise LayerError(f"per (={per!r}) must be 'example' (a draw for each) or 'call'")
    return per


def coins(x: Tensor, per: Per, generator: torch.Generator | None) -> Tensor:
    """0 or 1 with equal chance, of shape (N, 1, ...) to go with x, or (1, 1, ...) for a call."""
    count = x.shape[0] if per == "example" else 1
    heads = torch.rand(count, generator=generator, device=x.device) < 0.5
    return heads.to(x.dtype).reshape(-1, *(1,) * (x.dim() - 1))
