"""Convolutions and poolings: the operations with windows."""

from functools import partial
from math import prod

from striate.geometry import TransposedWindow, Window
from striate.network.access import Axis, Sliding
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.node import Windows
from striate.network.operations.operation import Operation, Reads, all_of_each
from striate.network.reach import Every, Groups, Reach, Same, Table, runs


def _axes(call: Call) -> int:
    return len(call.shape("weight")) - 2


def convolution_windows(call: Call) -> Windows:
    """The windows of a convolution, with torch's `same` padding put into numbers."""
    axes, kernel = _axes(call), call.shape("weight")[2:]
    stride, dilation = call.numbers("stride", axes), call.numbers("dilation", axes)
    padding = call.arguments["padding"]
    if isinstance(padding, str):
        totals = [
            d * (k - 1) if padding == "same" else 0 for k, d in zip(kernel, dilation, strict=True)
        ]
        sides = [(total // 2, total - total // 2) for total in totals]
    else:
        sides = [(amount, amount) for amount in call.numbers("padding", axes)]
    return tuple(
        Window(k, s, before, after, d)
        for k, s, (before, after), d in zip(kernel, stride, sides, dilation, strict=True)
    )


def _slid(call: Call, channels: Reach, windows: Windows) -> Reads:
    """A batch read example by example, channels as given, and the last axes by windows."""
    node = call.subject
    first = len(node.shape) - len(windows)
    axes = [Axis(axis, Same()) for axis in range(first - 1)]
    axes.append(Axis(first - 1, channels))
    axes += [Axis(first + axis, window) for axis, window in enumerate(windows)]
    return ((node, Sliding(tuple(axes))),)


def _convolution_reads(call: Call) -> Reads:
    if not call.from_input("input") or call.from_input("weight"):
        return all_of_each(call)  # a kernel computed from the input
    outputs, inputs, *_ = call.shape("weight")
    groups = int(call.arguments["groups"])
    return _slid(call, Groups(inputs, outputs // groups), convolution_windows(call))


def _convolution_cost(call: Call) -> int:
    positions = call.output[-_axes(call) :]
    batch = call.output[0] if len(call.output) == _axes(call) + 2 else 1
    return batch * prod(call.shape("weight")) * prod(positions)


def transposed_windows_of(call: Call) -> Windows:
    """The windows of a transposed convolution."""
    axes, kernel = _axes(call), call.shape("weight")[2:]
    steps = (
        call.numbers(name, axes) for name in ("stride", "padding", "output_padding", "dilation")
    )
    return tuple(
        TransposedWindow(k, s, p, p, extra, d)
        for k, s, p, extra, d in zip(kernel, *steps, strict=True)
    )


def _transposed_reads(call: Call) -> Reads:
    if not call.from_input("input") or call.from_input("weight"):
        return all_of_each(call)
    inputs, outputs, *_ = call.shape("weight")
    groups = int(call.arguments["groups"])
    return _slid(call, Groups(inputs // groups, outputs), transposed_windows_of(call))


def _transposed_cost(call: Call) -> int:
    shape = call.shape("input")
    batch = shape[0] if len(shape) == _axes(call) + 2 else 1
    return batch * prod(call.shape("weight")) * prod(shape[-_axes(call) :])


CONVOLUTION = Operation(
    Kind.CONVOLUTION, _convolution_reads, convolution_windows, _convolution_cost
)
TRANSPOSED = Operation(Kind.CONVOLUTION, _transposed_reads, transposed_windows_of, _transposed_cost)


def pooling_windows(call: Call, axes: int) -> Windows:
    """The windows of torch's max and average poolings; an empty stride is the kernel."""
    kernel = call.numbers("kernel_size", axes)
    stride = call.numbers("stride", axes) or kernel
    padding = call.numbers("padding", axes)
    dilation = call.numbers("dilation", axes) or (1,) * axes
    return tuple(
        Window(k, s, p, p, d) for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )


def _pooling_reads(call: Call, axes: int) -> Reads:
    return _slid(call, Same(), pooling_windows(call, axes))


def pooling(axes: int) -> Operation:
    """A max or average pooling over so many axes."""
    return Operation(
        Kind.POOLING, partial(_pooling_reads, axes=axes), partial(pooling_windows, axes=axes)
    )


def adaptive_reach(size: int, outputs: int) -> Reach:
    """How adaptive pooling reads: output i has floor(i*n/m) .. ceil((i+1)*n/m) - 1 of n."""
    if outputs == 1:
        return Every(0, size - 1)
    if size % outputs == 0:
        return Window(size // outputs, size // outputs)
    return Table(
        runs((i * size // outputs, -(-(i + 1) * size // outputs) - 1) for i in range(outputs))
    )


def _adaptive_reads(call: Call, axes: int) -> Reads:
    node = call.subject
    first = len(node.shape) - axes
    read = [Axis(axis, Same()) for axis in range(first)]
    read += [
        Axis(axis, adaptive_reach(node.shape[axis], call.output[axis]))
        for axis in range(first, len(node.shape))
    ]
    return ((node, Sliding(tuple(read))),)


def _adaptive_windows(call: Call, axes: int) -> Windows:
    """The windows where they are all alike, one of the whole input for a global pooling."""
    shape = call.subject.shape[-axes:]
    outputs = call.output[-axes:]
    if any(n % m for n, m in zip(shape, outputs, strict=True)):
        return ()
    return tuple(Window(n // m, n // m) for n, m in zip(shape, outputs, strict=True))


def adaptive_pooling(axes: int) -> Operation:
    """A pooling to a given size over so many axes."""
    return Operation(
        Kind.POOLING, partial(_adaptive_reads, axes=axes), partial(_adaptive_windows, axes=axes)
    )
