"""A copy of a module that can be captured without the module noticing."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from striate.errors import NetworkError
from striate.network.operations.layers import LAYERS

_whole: dict[int, nn.Module] = {}


def _shape_of_whole(x: Tensor, key: int) -> Tensor:
    layer: Any = _whole[key]
    if hasattr(layer, "output_shape"):
        return x.new_empty((*x.shape[:2], *layer.output_shape(x.shape[2:])))
    shaped: Tensor = type(layer).forward(layer, x)
    return shaped


# torch.library has no types.
_library: Any = getattr(torch.library, "Library")("striate", "FRAGMENT")  # noqa: B009
_library.define("layer(Tensor x, int key) -> Tensor")
_library._register_fake("layer", _shape_of_whole)

LAYER: Any = torch.ops.striate.layer.default
"""The operation that stands for a whole layer in a captured graph."""


@contextmanager
def twin_of(module: nn.Module) -> Iterator[nn.Module]:
    """A copy with the module's own parameters and buffers, whose Striate layers are one operation.

    Nothing of the module changes: not its flags, nor its hooks, nor its forward methods, so that it
    may be in training while it is captured.
    Raises NetworkError for modules that cannot be copied.
    """
    # What tensors there are is shared: a copy of the weights would cost their memory.
    shared: dict[int, object] = {id(t): t for t in (*module.parameters(), *module.buffers())}
    for part in module.modules():
        shared |= {id(v): v for v in vars(part).values() if isinstance(v, Tensor)}
    try:
        twin = copy.deepcopy(module, shared)
    except Exception as error:
        raise NetworkError(
            f"{type(module).__name__} cannot be copied, which capturing needs: {error}. Keep "
            "locks, files and generators out of its attributes"
        ) from error
    keys: list[int] = []
    try:
        for layer in twin.modules():
            if isinstance(layer, LAYERS):
                keys.append(id(layer))
                _whole[id(layer)] = layer
                layer.forward = _one_operation(id(layer))
        yield twin
    finally:
        for key in keys:
            del _whole[key]


def _one_operation(key: int) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        result: Tensor = LAYER(x, key)
        return result

    return forward
