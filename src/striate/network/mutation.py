"""Graphs without in-place operations: what is overwritten becomes a new node.

A traced value must stay what it was, though a later layer may overwrite it in memory
(`nn.ReLU(inplace=True)`, `x[:, 0] += 1`). So each operation that writes is replaced by one that
gives a new tensor, and whoever reads the old tensor later, or a view of it, gets the new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

_DROPOUTS = (
    torch.ops.aten.dropout.default,
    torch.ops.aten.feature_dropout.default,
    torch.ops.aten.alpha_dropout.default,
    torch.ops.aten.feature_alpha_dropout.default,
)


@dataclass(frozen=True)
class Write:
    """What an operation that writes makes of a tensor: a copy of it, written to.

    `views` are applied to the copy first, as `x[:, 0] += 1` writes to a part of x.
    """

    views: tuple[Callable[[Tensor], Tensor], ...]
    write: Callable[..., Any]

    def __call__(self, base: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The copy after the write."""
        copy = base.clone()
        part = copy
        for view in self.views:
            part = view(part)
        self.write(part, *args, **kwargs)
        return copy


def written(node: fx.Node) -> fx.Node | None:
    """The tensor that an operation writes to; None when it writes to none."""
    schema = getattr(node.target, "_schema", None)
    if schema is None or not schema.is_mutable:
        return None
    for argument, value in zip(schema.arguments, node.args, strict=False):
        writes = argument.alias_info is not None and argument.alias_info.is_write
        if writes and isinstance(value, fx.Node):
            return value
    return None


def viewed(node: fx.Node) -> fx.Node | None:
    """The tensor whose memory an operation's result shares; None when it has its own.

    Asked of the traced tensors, not of the operation: a reshape shares memory in some cases only.
    """
    value = node.meta.get("val")
    if node.target in _DROPOUTS and not node.args[2]:
        # In evaluation it gives its input itself, which tracing does not show.
        return node.all_input_nodes[0]
    if not isinstance(value, Tensor):
        return None
    for operand in node.all_input_nodes:
        below = operand.meta.get("val")
        if isinstance(below, Tensor) and _share_memory(value, below):
            return operand
    return None


def without_writing(node: fx.Node) -> Callable[..., Any] | None:
    """The operation that gives as a new tensor what this one writes; None when there is none."""
    name = getattr(node.target, "_schema").name.removeprefix("aten::")  # noqa: B009
    tensors = [n.meta.get("val") for n in node.all_input_nodes]
    kinds = {value.dtype for value in tensors if isinstance(value, Tensor)}
    shapes = {value.shape for value in tensors if isinstance(value, Tensor)}
    if len(kinds) > 1 or (name == "copy_" and len(shapes) > 1) or name == "copy_":
        return None
    packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
    overload = getattr(node.target, "_overloadname", "default")
    return getattr(packet, overload, None)


def _share_memory(one: Tensor, other: Tensor) -> bool:
    return bool(one.untyped_storage()._cdata == other.untyped_storage()._cdata)
