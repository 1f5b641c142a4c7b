"""Normalisations, softmaxes and reductions: operations with statistics over some axes."""

from collections.abc import Iterable

from striate.geometry import Window
from striate.network.access import Axis, Sliding, elementwise, with_axis
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.node import Node, Windows
from striate.network.operations.operation import Operation, Reads
from striate.network.reach import Every, Groups, Same, Statistics


def over(node: Node, output: tuple[int, ...], axes: Iterable[int]) -> Sliding:
    """Each element by itself, with statistics over the given axes."""
    access = elementwise(node.shape, output)
    for axis in axes:
        access = with_axis(access, axis, Axis(axis, Statistics(node.shape[axis])))
    return access


def _batch_norm_reads(call: Call) -> Reads:
    node = call.subject
    learned = call.arguments["training"] or call.arguments["running_mean"] is None
    axes = [axis for axis in range(len(node.shape)) if axis != 1] if learned else []
    return ((node, over(node, call.output, axes)),)


def _instance_norm_reads(call: Call) -> Reads:
    node = call.subject
    axes = range(2, len(node.shape)) if call.arguments["use_input_stats"] else ()
    return ((node, over(node, call.output, axes)),)


def _layer_norm_reads(call: Call) -> Reads:
    node = call.subject
    axes = len(node.shape)
    count = len(call.arguments["normalized_shape"])
    return ((node, over(node, call.output, range(axes - count, axes))),)


def _group_norm_reads(call: Call) -> Reads:
    node = call.subject
    access = over(node, call.output, range(2, len(node.shape)))
    size = node.shape[1] // int(call.arguments["num_groups"])
    return ((node, with_axis(access, 1, Axis(1, Groups(size, size)))),)


def _softmax_reads(call: Call) -> Reads:
    node = call.subject
    return ((node, over(node, call.output, [call.axis("dim", len(node.shape))])),)


def reduced_axes(call: Call) -> tuple[int, ...]:
    """The axes that a mean, sum or maximum is taken over: all when none are given."""
    axes = len(call.subject.shape)
    given = call.arguments.get("dim")
    if given is None or given == []:
        return tuple(range(axes))
    return tuple(axis % axes for axis in (given if isinstance(given, list | tuple) else [given]))


def _reduction_reads(call: Call) -> Reads:
    node = call.subject
    over_axes = reduced_axes(call)
    keep = bool(call.arguments.get("keepdim", False))
    read, output = [], 0
    for axis, size in enumerate(node.shape):
        if axis in over_axes:
            read.append(Axis(output if keep else None, Every(0, size - 1)))
            output += keep
        else:
            read.append(Axis(output, Same()))
            output += 1
    return ((node, Sliding(tuple(read))),)


def _reduction_windows(call: Call) -> Windows:
    """The whole map where exactly the axes behind the channels are reduced."""
    shape = call.subject.shape
    spatial = range(2, len(shape))
    if len(spatial) == 0 or set(reduced_axes(call)) != set(spatial):
        return ()
    return tuple(Window(shape[axis]) for axis in spatial)


BATCH_NORM = Operation(Kind.NORMALISATION, _batch_norm_reads)
INSTANCE_NORM = Operation(Kind.NORMALISATION, _instance_norm_reads)
LAYER_NORM = Operation(Kind.NORMALISATION, _layer_norm_reads)
GROUP_NORM = Operation(Kind.NORMALISATION, _group_norm_reads)
SOFTMAX = Operation(Kind.ACTIVATION, _softmax_reads)
REDUCTION = Operation(Kind.POOLING, _reduction_reads, _reduction_windows)
