"""Convolutions: windows of the input times slices of the kernel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from striate.geometry import TransposedWindow, Window
from striate.network.labels import window_label
from striate.network.node import Node
from striate.network.operations.moving import border_sources
from striate.network.why.context import Context
from striate.network.why.formula import count_of
from striate.network.why.patches import read_patch
from striate.network.why.sums import with_bias
from striate.network.why.why import Arithmetic, Grid, Mask, Patch


@dataclass(frozen=True, slots=True)
class _Taps:
    """What one output reads along one axis, and by which taps of the kernel.

    `places` are the positions in the input, as if it went on beyond its ends; `true` those of the
    values that stand there, -1 where a constant does.
    """

    places: tuple[int, ...]
    true: tuple[int, ...]
    taps: tuple[int, ...]
    step: int


@dataclass(frozen=True, slots=True)
class _Read:
    """All channels that one output reads: values (C, *window), and what of them is padding."""

    values: Grid
    inside: Mask
    border: Mask
    taps: tuple[_Taps, ...]


def explain_convolution(context: Context) -> Arithmetic:
    """torch's convolutions."""
    weight, bias = context.weight("weight"), context.weight("bias")
    assert weight is not None
    return _convolved(context, context.argument("input"), weight, bias, "zeros", 0.0)


def explain_boundary_convolution(context: Context) -> Arithmetic:
    """Striate's convolutions, which pad by any boundary."""
    layer: Any = context.layer
    bias = None if layer.bias is None else layer.bias.detach()
    return _convolved(
        context,
        context.argument("self"),
        layer.weight.detach(),
        bias,
        layer.boundary,
        layer.value if layer.boundary == "constant" else 0.0,
    )


def _convolved(
    context: Context,
    operand: Node,
    weight: Tensor,
    bias: Tensor | None,
    boundary: str,
    fill: float,
) -> Arithmetic:
    windows = tuple(window for window in context.node.windows if isinstance(window, Window))
    lead, channel, position = _split(context.index, len(windows))
    sizes = operand.shape[-len(windows) :]
    taps = tuple(
        _window_taps(window, place, size, boundary)
        for window, place, size in zip(windows, position, sizes, strict=True)
    )
    inputs = weight.shape[1]
    groups = operand.shape[len(lead)] // inputs
    group = channel // (weight.shape[0] // groups)
    first = group * inputs
    read = _read(context, operand, (*lead, slice(first, first + inputs)), taps, fill)
    kernel = context.read(weight, (channel,))
    summary = f"convolution of {count_of(inputs, 'channel')}, window {window_label(windows)}"
    if boundary not in ("zeros", "none"):
        summary += f", {boundary} boundary"
    if groups > 1:
        summary += f", group {group} of {groups}"
    patches = _patches(operand, (*lead, first), read, kernel)
    places = [(channel, number) for number in range(inputs)]
    patches += _patches_of_weights(context, places, read, kernel)
    return with_bias(context, summary, patches, read.values * kernel, bias, channel)


def _window_taps(window: Window, output: int, size: int, boundary: str) -> _Taps:
    standing = border_sources(size, window.before, window.after, boundary)
    first = output * window.stride
    entries = range(first, first + window.extent, window.dilation)
    return _Taps(
        tuple(entry - window.before for entry in entries),
        tuple(standing[entry] for entry in entries),
        tuple(range(window.kernel)),
        window.dilation,
    )


def explain_transposed(context: Context) -> Arithmetic:
    """Transposed convolutions: each input writes a kernel, an output gathers what is written to it.

    Output p has input i by the kernel's tap k where i*stride + k*dilation - padding = p.
    """
    weight, bias = context.weight("weight"), context.weight("bias")
    assert weight is not None
    operand: Node = context.argument("input")
    windows = tuple(w for w in context.node.windows if isinstance(w, TransposedWindow))
    lead, channel, position = _split(context.index, len(windows))
    sizes = operand.shape[-len(windows) :]
    taps = tuple(
        _transposed_taps(window, place, size)
        for window, place, size in zip(windows, position, sizes, strict=True)
    )
    groups = int(context.argument("groups"))
    group, within = divmod(channel, weight.shape[1])
    inputs = weight.shape[0] // groups
    first = group * inputs
    read = _read(context, operand, (*lead, slice(first, first + inputs)), taps, 0.0)
    kernel = context.read(weight, (slice(first, first + inputs), within))
    kernel = kernel[np.ix_(range(inputs), *(axis.taps for axis in taps))]
    chosen = " x ".join(",".join(map(str, axis.taps)) for axis in taps)
    summary = f"convolution of {count_of(inputs, 'channel')}, window {window_label(windows)}"
    if groups > 1:
        summary += f", group {group} of {groups}"
    patches: list[Patch] = []
    if read.values.size:
        patches = _patches(operand, (*lead, first), read, kernel)
        patches = [replace(patch, label=f"kernel taps {chosen}") for patch in patches]
        places = [(first + number, within) for number in range(inputs)]
        patches += _patches_of_weights(context, places, read, kernel)
    return with_bias(context, summary, patches, read.values * kernel, bias, channel)


def _transposed_taps(window: TransposedWindow, output: int, size: int) -> _Taps:
    found = []
    for tap in reversed(range(window.kernel)):
        place, rest = divmod(output + window.before - tap * window.dilation, window.stride)
        if rest == 0 and 0 <= place < size:
            found.append((place, tap))
    places = tuple(place for place, _ in found)
    step = places[1] - places[0] if len(places) > 1 else 1
    return _Taps(places, places, tuple(tap for _, tap in found), step)


def _read(
    context: Context,
    operand: Node,
    at: tuple[int | slice, ...],
    taps: tuple[_Taps, ...],
    fill: float,
) -> _Read:
    tensor = context.tensor(operand)[at]
    inside: Mask = np.ones((), np.bool_)
    beyond: Mask = np.zeros((), np.bool_)
    for number, axis in enumerate(taps):
        true = np.asarray(axis.true, np.int64)
        index = torch.from_numpy(true.clip(0)).to(tensor.device)
        tensor = tensor.index_select(1 + number, index)
        inside = inside[..., None] & (true >= 0)
        beyond = beyond[..., None] | (true != np.asarray(axis.places, np.int64))
    values = np.where(inside, context.read(tensor, (slice(None),)), fill)
    return _Read(values, inside, beyond & inside, taps)


def _patches(operand: Node, start: tuple[int, ...], read: _Read, kernel: Grid) -> list[Patch]:
    """One patch a channel; `start` is the index of the first channel that is read."""
    terms = read.values * kernel
    axes = tuple(range(len(start) - 1, len(start) - 1 + len(read.taps)))
    repeats = bool(read.border.any())
    places = tuple(axis.true for axis in read.taps) if repeats else None
    patches = []
    for number, (values, weights, products) in enumerate(
        zip(read.values, kernel, terms, strict=True)
    ):
        full = (*start[:-1], start[-1] + number, *(axis.places[0] for axis in read.taps))
        patches.append(
            Patch(
                operand.name,
                full[1:],
                axes,
                tuple(axis.step for axis in read.taps),
                values,
                read.inside,
                products,
                weights,
                example=full[0],
                places=places,
                border=read.border if repeats else None,
            )
        )
    return patches


def _patches_of_weights(
    context: Context,
    places: Sequence[tuple[int, int]],
    read: _Read,
    kernel: Grid,
) -> list[Patch]:
    """A kernel that is computed from the input has been read as well, slice by slice."""
    node = context.node.arguments.get("weight")
    if not isinstance(node, Node) or not node.from_input:
        return []
    patches = []
    for place, values, weights in zip(places, read.values, kernel, strict=True):
        patch = read_patch(
            context, node, (*place, *(_run(axis.taps) for axis in read.taps)), label="kernel"
        )
        patches.append(replace(patch, weights=values, terms=values * weights))
    return patches


def _run(taps: tuple[int, ...]) -> range:
    step = taps[1] - taps[0] if len(taps) > 1 else 1
    return range(taps[0], taps[-1] + (1 if step > 0 else -1), step)


def _split(index: tuple[int, ...], axes: int) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """The example (none where there is no batch), the channel and the position."""
    first = len(index) - axes
    return index[: first - 1], index[first - 1], index[first:]


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    **{f"conv{axes}d": explain_convolution for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": explain_transposed for axes in (1, 2, 3)},
    **{f"BoundaryConv{axes}d": explain_boundary_convolution for axes in (1, 2, 3)},
}
