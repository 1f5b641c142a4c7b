"""Element-wise operations without an explanation of their own, computed again from what they read.

Also operations that write to a tensor or to a part of it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from striate.network.mutation import Write
from striate.network.node import Node, Weight
from striate.network.why.context import Context
from striate.network.why.formula import listed
from striate.network.why.moved import OVERWRITES, explain_new, explain_overwritten, explain_read
from striate.network.why.numbered import index_of, numbers_of
from striate.network.why.patches import aligned, read_patch
from striate.network.why.why import Arithmetic, Patch, Step

# Of these torch does not say that they are.
_ALSO_POINTWISE = ("__and", "__or", "__xor")


def is_pointwise(name: str, operation: Callable[..., Any] | None) -> bool:
    """Whether each output of an operation depends on one element of each operand."""
    return torch.Tag.pointwise in getattr(operation, "tags", ()) or name in _ALSO_POINTWISE


def explain_pointwise(context: Context) -> Arithmetic:
    """The operation once more, in float64 and on these elements alone."""
    node = context.node
    elements = _Elements(context)
    args, kwargs = elements.taken((node.args, dict(node.kwargs)), context.index)
    assert node.target is not None
    value = float(node.target(*args, **kwargs))
    summary = "of each element by itself"
    return Arithmetic(summary, tuple(elements.patches), (_step(node, elements, value),))


def explain_write(context: Context) -> Arithmetic:
    """A value of a tensor that was written to.

    What lies outside the part that was written to is what it was. The rest is what was put there,
    or comes from an element-wise operation; of other ways of writing there is only what they read.
    """
    node, write = context.node, context.node.target
    assert isinstance(write, Write)
    if node.operation in OVERWRITES:
        return explain_overwritten(context)
    if torch.Tag.nondeterministic_seeded in getattr(write.write, "tags", ()):
        return explain_new(context)
    base, *others = node.args
    elements = _Elements(context)
    numbers = part = numbers_of(node.shape)
    for view in write.views:
        part = view(part)
    places = (part == numbers[context.index]).reshape(-1).nonzero()
    before = elements.taken(base, context.index)
    if len(places) == 0:
        step = Step("unchanged", "not among the values that are written to", float(before))
        summary = "writes to other values of the tensor"
        return Arithmetic(summary, tuple(elements.patches), (step,))
    if not is_pointwise(node.operation, write.write):
        return explain_read(context)
    index = index_of(int(places[0]), tuple(part.shape))
    args, kwargs = elements.taken((others, dict(node.kwargs)), index)
    write.write(before, *args, **kwargs)
    summary = f"writes to {'a part' if write.views else 'all'} of the tensor"
    return Arithmetic(summary, tuple(elements.patches), (_step(node, elements, float(before)),))


class _Elements:
    """Takes one element of each tensor among arguments, and remembers which came from the input."""

    def __init__(self, context: Context) -> None:
        self.patches: list[Patch] = []
        self._context = context

    def taken(self, arguments: Any, index: tuple[int, ...]) -> Any:
        """The arguments with the elements for an output in place of tensors."""
        return pytree.tree_map(lambda value: self._taken(value, index), arguments)

    def _taken(self, value: Any, index: tuple[int, ...]) -> Any:
        if not isinstance(value, Node | Weight | Tensor):
            return value
        tensor = self._context.number_of(value)
        place = aligned(index, tuple(tensor.shape))
        if isinstance(value, Node) and value.from_input:
            self.patches.append(read_patch(self._context, value, place))
        wide = torch.float64 if tensor.is_floating_point() else tensor.dtype
        return tensor[place].to("cpu", wide, copy=True)


def _step(node: Node, elements: _Elements, value: float) -> Step:
    read = listed(float(patch.values) for patch in elements.patches)
    return Step(node.operation, f"{node.operation}({read})", value)
