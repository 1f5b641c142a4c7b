"""Padding by each way of dealing with the boundary.

What stands beyond the edges of `1 2 3 4` with three elements added on both sides:

    zeros      0 0 0 | 1 2 3 4 | 0 0 0
    constant   7 7 7 | 1 2 3 4 | 7 7 7     (value 7)
    replicate  1 1 1 | 1 2 3 4 | 4 4 4
    reflect    4 3 2 | 1 2 3 4 | 3 2 1     (mirror on the edge element)
    symmetric  3 2 1 | 1 2 3 4 | 4 3 2     (mirror beside it: the edge is repeated)
    circular   2 3 4 | 1 2 3 4 | 1 2 3
    none       an error: there is nothing beyond the edges
"""

from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F

from striate.errors import LayerError
from striate.geometry import Padding, resolve_padding

Boundary = Literal["zeros", "constant", "replicate", "reflect", "symmetric", "circular", "none"]
BOUNDARIES: tuple[Boundary, ...] = get_args(Boundary)

_SPATIAL_AXES = (1, 2, 3)


def pad(
    x: torch.Tensor, padding: Padding, boundary: Boundary = "zeros", value: float = 0.0
) -> torch.Tensor:
    """The input with elements added around its spatial axes, as the boundary says.

    Right for any amount: mirrors and circles go on past the other edge. Gradients flow back to
    the elements that were repeated; dtype and memory layout are kept.
    (N, C, H, W) -> (N, C, before + H + after, before + W + after); 1 to 3 spatial axes.
    `padding` is in elements: a number, or an axis a number or (before, after). `value` fills the
    `constant` boundary and is not used by the others.
    Raises LayerError for an unknown boundary, an input of another rank, padding where the
    boundary is `none`, and `reflect` along an axis of one element, which has no other to show;
    GeometryError for padding that is not numbers or has another number of entries.
    """
    known_boundary(boundary)
    axes = x.ndim - 2
    if axes not in _SPATIAL_AXES:
        raise LayerError(
            f"the input has shape {tuple(x.shape)}; padding needs (N, C, *spatial) with 1 to 3 "
            "spatial axes"
        )
    # With a kernel of 1 the named paddings all come to nothing, and nobody can mean that.
    if isinstance(padding, str):
        raise LayerError(
            f"padding (={padding!r}) depends on a kernel and here there is none: give numbers, "
            "or use striate.geometry.resolve_padding"
        )
    sides = resolve_padding(padding, 1, 1, axes)
    if not any(before or after for before, after in sides):
        return x
    if boundary == "none":
        raise LayerError(
            f"padding (={sides}) with the boundary `none`: choose what stands beyond the edges "
            f"({', '.join(BOUNDARIES[:-1])}) or leave the padding out"
        )
    if boundary in ("zeros", "constant"):
        return F.pad(x, _torch_order(sides), value=value if boundary == "constant" else 0.0)
    spatial = tuple(x.shape[2:])
    _check_not_empty(spatial, sides, boundary)
    if _torch_can(x, sides, boundary):
        padded = F.pad(x, _torch_order(sides), mode=boundary)
    else:
        padded = x
        for axis, (n, (before, after)) in enumerate(zip(spatial, sides, strict=True)):
            if before or after:
                index = _source(n, before, after, boundary, x.device)
                padded = padded.index_select(2 + axis, index)
    return padded.contiguous(memory_format=_layout(x))


def known_boundary(boundary: str) -> Boundary:
    """The boundary, when it is one; raises LayerError with the list when not."""
    if boundary not in BOUNDARIES:
        raise LayerError(
            f"boundary (={boundary!r}) must be one of " + ", ".join(map(repr, BOUNDARIES))
        )
    return boundary


def _source(
    n: int, before: int, after: int, boundary: Boundary, device: torch.device
) -> torch.Tensor:
    """For each padded element, the index of the element that it repeats."""
    position = torch.arange(-before, n + after, device=device)
    if boundary == "replicate":
        return position.clamp(0, n - 1)
    if boundary == "circular":
        return position % n
    if boundary == "symmetric":
        folded = position % (2 * n)
        return torch.minimum(folded, 2 * n - 1 - folded)
    folded = position % (2 * n - 2)
    return torch.minimum(folded, 2 * n - 2 - folded)


def _torch_can(x: torch.Tensor, sides: tuple[tuple[int, int], ...], boundary: Boundary) -> bool:
    if not x.is_floating_point():
        return False
    largest_over = {"reflect": -1, "circular": 0}.get(boundary)
    if largest_over is None:
        return boundary == "replicate"
    return all(max(pair) <= n + largest_over for n, pair in zip(x.shape[2:], sides, strict=True))


def _check_not_empty(
    spatial: tuple[int, ...], sides: tuple[tuple[int, int], ...], boundary: Boundary
) -> None:
    least = 2 if boundary == "reflect" else 1
    for n, pair in zip(spatial, sides, strict=True):
        if n < least and any(pair):
            other = " (`symmetric` works there)" if n == 1 else ""
            raise LayerError(
                f"the boundary `{boundary}` needs at least {least} elements along an axis that "
                f"is padded, and the input's spatial size is {spatial}{other}"
            )


def _torch_order(sides: Sequence[tuple[int, int]]) -> list[int]:
    """torch pads the last axis first."""
    return [amount for pair in reversed(sides) for amount in pair]


def _layout(x: torch.Tensor) -> torch.memory_format:
    if x.is_contiguous():
        return torch.contiguous_format
    if x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last):
        return torch.channels_last
    if x.ndim == 5 and x.is_contiguous(memory_format=torch.channels_last_3d):
        return torch.channels_last_3d
    return torch.contiguous_format
