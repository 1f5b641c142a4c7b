"""Values that are moved, and operations of which only what they read is known."""

from collections.abc import Callable, Mapping
from math import prod

import numpy as np
import torch

from striate.network.access import Region, clipped
from striate.network.mutation import Write
from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.numbered import source_of
from striate.network.why.patches import read_patch
from striate.network.why.why import Arithmetic, Patch, Step

_MOST_VALUES_SHOWN = 4096


def explain_moved(context: Context) -> Arithmetic:
    """The one value that stands here now, or the constant that does."""
    found = _regions(context)
    if len(found) > 1 or any(_count(region) > 1 for _, region in found):
        return explain_overwritten(context)
    if not found:
        return _constant(context)
    operand, region = found[0]
    return _from(context, operand, tuple(int(places[0]) for places in region))


def explain_overwritten(context: Context) -> Arithmetic:
    """The one value that stands here after some were put in the place of others."""
    if context.node.arguments.get("accumulate"):  # added, not put
        return explain_read(context)
    source = source_of(context)
    return _from(context, *source) if source else _constant(context)


def _from(context: Context, operand: Node, index: tuple[int, ...]) -> Arithmetic:
    patch = read_patch(context, operand, index)
    place = ", ".join(map(str, patch.first))
    where = f"{operand.name}[{place}]" if place else operand.name
    if patch.example is not None and patch.example != (context.index or (0,))[0]:
        where += f" of example {patch.example}"
    value = float(patch.values)
    if not context.node.dtype.is_floating_point:
        value = float(torch.tensor(value).to(context.node.dtype))
    step = Step("moved", where, value)
    return Arithmetic(f"the value stands in {where}", (patch,), (step,))


def _constant(context: Context) -> Arithmetic:
    """What no operand gave: padding, or part of the network's weights."""
    arguments = context.node.arguments
    if "pad" in arguments:
        value = float(arguments.get("value") or 0.0)
        step = Step("padding", "the constant beyond the border", value)
    else:
        step = Step("constant", "does not depend on the input", context.value)
    return Arithmetic("a constant", (), (step,))


def explain_stack(context: Context) -> Arithmetic:
    """stack: the place along the new axis says which operand."""
    tensors = context.argument("tensors")
    axis = int(context.argument("dim")) % len(context.index)
    source = tensors[context.index[axis]]
    if not isinstance(source, Node) or not source.from_input:
        return _constant(context)
    return _from(context, source, context.index[:axis] + context.index[axis + 1 :])


def explain_concatenation(context: Context) -> Arithmetic:
    """cat: the place along the axis says which operand, and where in it."""
    tensors = context.argument("tensors")
    axis = int(context.argument("dim")) % len(context.index)
    index = list(context.index)
    for source in tensors:
        size = context.number_of(source).shape
        if size == (0,) and len(index) > 1:  # torch skips what is empty, whatever its axes
            continue
        if index[axis] < size[axis]:
            break
        index[axis] -= size[axis]
    if not isinstance(source, Node) or not source.from_input:
        return _constant(context)
    return _from(context, source, tuple(index))


def explain_new(context: Context) -> Arithmetic:
    """A tensor that takes no more than its shape from another: zeros, ones, chance."""
    target = context.node.target
    operation = target.write if isinstance(target, Write) else target
    drawn = torch.Tag.nondeterministic_seeded in getattr(operation, "tags", ())
    words = "drawn at random" if drawn else "the same for every input"
    name = context.node.operation
    return Arithmetic("a new tensor", (), (Step(name, words, context.value),))


def explain_read(context: Context) -> Arithmetic:
    """What was read; how it gives the value is the operation's own affair."""
    name = context.node.operation
    patches = [
        patch
        for operand, region in _regions(context)
        if _count(region) <= _MOST_VALUES_SHOWN
        for patch in _read(context, operand, region)
    ]
    step = Step(name, f"{name}(...)", context.value)
    return Arithmetic("of all that it reads", tuple(patches), (step,))


def _regions(context: Context) -> list[tuple[Node, Region]]:
    """What the explained value is computed from of each operand, where that is anything."""
    point = tuple(np.array([place]) for place in context.index)
    found = []
    for operand, access in context.node.reads:
        region = clipped(access.region(point), operand.shape)
        if region is not None:
            found.append((operand, region))
    return found


def _count(region: Region) -> int:
    return prod(len(places) for places in region)


def _read(context: Context, operand: Node, region: Region) -> list[Patch]:
    """A patch for each example that is read."""
    examples = region[0].tolist() if region else [None]
    places = tuple(tuple(axis.tolist()) for axis in region[1:])
    tensor = context.tensor(operand)
    patches = []
    for example in examples:
        part = tensor if example is None else tensor[example]
        for axis, chosen in enumerate(places):
            part = part.index_select(axis, torch.tensor(chosen, device=part.device))
        values = part.to("cpu", torch.float64).numpy()
        patches.append(
            Patch(
                operand.name,
                tuple(axis[0] for axis in places),
                tuple(range(len(places))),
                (1,) * len(places),
                values,
                np.ones(values.shape, np.bool_),
                values,
                example=example,
                places=places,
            )
        )
    return patches


_MOVES = (
    *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view"),
    *("view_as", "reshape_as", "permute", "transpose", "movedim", "moveaxis", "swapaxes"),
    *("swapdims", "t", "mT", "numpy_T", "slice", "narrow", "split", "split_with_sizes", "chunk"),
    *("unsafe_split", "unsafe_chunk", "tensor_split", "select", "unbind", "expand", "expand_as"),
    *("broadcast_to", "repeat", "tile", "repeat_interleave", "pad", "constant_pad_nd"),
    *(f"{kind}_pad{axes}d" for kind in ("reflection", "replication") for axes in (1, 2, 3)),
    *("roll", "flip", "rot90", "index_select", "index", "gather", "take_along_dim", "unfold"),
    *("im2col", "as_strided", "diagonal", "tril", "triu", "diag_embed", "channel_shuffle"),
    *("native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "clone", "contiguous"),
    *("detach", "alias", "to", "_to_copy", "type_as", "lift_fresh_copy", "positive"),
)
_NEW = (
    *("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"),
    *("new_zeros", "new_ones", "new_full", "new_empty"),
)
OVERWRITES = (
    *("copy", "fill", "zero", "masked_fill", "masked_scatter", "index_put", "index_copy"),
    *("index_fill", "scatter", "slice_scatter", "select_scatter", "diagonal_scatter"),
)
EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    **dict.fromkeys(_MOVES, explain_moved),
    **dict.fromkeys(("cat", "concat", "concatenate"), explain_concatenation),
    "stack": explain_stack,
    **dict.fromkeys(OVERWRITES, explain_overwritten),
    **dict.fromkeys(_NEW, explain_new),
}
