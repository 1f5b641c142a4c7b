"""Where a moved value comes from, found by moving numbers in place of the values."""

from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from striate.network.node import Node, Weight
from striate.network.why.context import Context

Source = tuple[Node, tuple[int, ...]]
"""A value by its node and its index there, the example included."""

# Numbers start where no constant that an operation brings in is likely to be, and float64 is exact.
_FIRST = 2**48


def numbers_of(shape: tuple[int, ...], first: int = 0) -> Tensor:
    """A tensor whose elements are counted, the last axis fastest."""
    return torch.arange(first, first + prod(shape), dtype=torch.float64).reshape(shape)


def index_of(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of an element by its number."""
    return tuple(map(int, np.unravel_index(number, shape))) if shape else ()


def source_of(context: Context) -> Source | None:
    """The value that an operation moved to the explained place; None for a constant.

    The operation must do nothing but move: it is run on numbers. What is not a broken number (an
    index, a mask) keeps its values, since it says where others go.
    """
    node = context.node
    starts: dict[Node, int] = {}

    def numbered(value: Any) -> Any:
        if not isinstance(value, Node | Weight | Tensor):
            return value
        tensor = context.number_of(value)
        if not tensor.is_floating_point():
            return tensor.cpu()
        if not isinstance(value, Node) or not value.from_input:
            return torch.zeros(tensor.shape, dtype=torch.float64)
        first = starts.setdefault(value, _FIRST + sum(prod(other.shape) for other in starts))
        return numbers_of(value.shape, first)

    args, kwargs = pytree.tree_map(numbered, (node.args, dict(node.kwargs)))
    assert node.target is not None
    found = int(node.target(*args, **kwargs)[context.index])
    for source, first in starts.items():
        if first <= found < first + prod(source.shape):
            return source, index_of(found - first, source.shape)
    return None
