"""Layers of Striate's own that stand in a network as one node, whatever they do inside."""

from functools import singledispatch
from math import prod

from torch import nn

from striate.geometry import Window
from striate.layers import BoundaryConv1d, BoundaryConv2d, BoundaryConv3d, ChannelNorm
from striate.layers.pooling import FractionalMaxPool, GlobalPool, SpectralPool, TopLeftPool
from striate.layers.pooling.window_pool import WindowPool
from striate.network.access import Axis, Sliding
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.node import Windows
from striate.network.operations.moving import border_sources
from striate.network.operations.operation import Operation, Reads
from striate.network.operations.statistics import over
from striate.network.reach import Every, Groups, Reach, Same, Table, runs

_BoundaryConv = (BoundaryConv1d, BoundaryConv2d, BoundaryConv3d)
LAYERS: tuple[type[nn.Module], ...] = (
    WindowPool,
    GlobalPool,
    FractionalMaxPool,
    SpectralPool,
    *_BoundaryConv,
    ChannelNorm,
)
"""The classes whose modules stay whole when a network is captured."""


@singledispatch
def _windows(layer: nn.Module, call: Call) -> Windows:  # noqa: ARG001 (as the others)
    return ()


@singledispatch
def _spatial(layer: nn.Module, call: Call) -> tuple[Reach, ...]:
    """How a layer reads the spatial axes of its input; by its windows unless it says otherwise."""
    return tuple(
        Every(0, size - 1) if outputs == 1 and window.kernel == size else window
        for window, size, outputs in zip(
            _windows(layer, call), call.subject.shape[2:], call.output[2:], strict=True
        )
    )


@_windows.register
def _(layer: WindowPool, call: Call) -> Windows:
    return layer.placement(call.subject.shape[2:]).windows


@_windows.register
def _(layer: GlobalPool, call: Call) -> Windows:
    return _windows(layer.pool, call)


@_spatial.register
def _(layer: TopLeftPool, call: Call) -> tuple[Reach, ...]:
    """By the first place of each window alone, the first real one where that is padding."""
    found: list[Reach] = []
    for window, count in zip(_windows(layer, call), call.output[2:], strict=True):
        assert isinstance(window, Window)
        starts = (output * window.stride - window.before for output in range(count))
        nominal = Window(1, window.stride, window.before, window.after)
        found.append(Table(tuple((max(start, 0),) for start in starts), nominal))
    return tuple(found)


@_spatial.register
def _(layer: SpectralPool, call: Call) -> tuple[Reach, ...]:  # noqa: ARG001
    return tuple(Every(0, size - 1) for size in call.subject.shape[2:])


@_spatial.register
def _(layer: FractionalMaxPool, call: Call) -> tuple[Reach, ...]:
    """The regions of evaluation; those drawn in training may lie anywhere."""
    spatial = call.subject.shape[2:]
    if layer.training:
        return tuple(Every(0, size - 1) for size in spatial)
    return tuple(Table(runs(regions)) for regions in layer.regions(spatial))


@_windows.register(BoundaryConv1d)
@_windows.register(BoundaryConv2d)
@_windows.register(BoundaryConv3d)
def _(layer: BoundaryConv2d, call: Call) -> Windows:  # noqa: ARG001
    steps = zip(layer.kernel_size, layer.stride, layer.sides, layer.dilation, strict=True)
    return tuple(Window(k, s, before, after, d) for k, s, (before, after), d in steps)


@_spatial.register(BoundaryConv1d)
@_spatial.register(BoundaryConv2d)
@_spatial.register(BoundaryConv3d)
def _(layer: BoundaryConv2d, call: Call) -> tuple[Reach, ...]:
    """By windows; where the border repeats pixels, also those that stand there."""
    found: list[Reach] = []
    sizes, outputs = call.subject.shape[2:], call.output[2:]
    for window, size, count in zip(_windows(layer, call), sizes, outputs, strict=True):
        assert isinstance(window, Window)
        standing = border_sources(size, window.before, window.after, layer.boundary)
        entries = []
        for output in range(count):
            first = output * window.stride
            taps = standing[first : first + window.extent : window.dilation]
            read = [place for place in taps if place >= 0]
            entries.append(tuple(sorted(set(read))))
        found.append(Table(tuple(entries), window))
    return tuple(found)


def _reads(call: Call) -> Reads:
    node, layer = call.subject, call.layer
    assert layer is not None
    if isinstance(layer, ChannelNorm):
        return ((node, over(node, call.output, [1])),)
    channels: Reach = Same()
    if isinstance(layer, _BoundaryConv):
        channels = Groups(layer.in_channels // layer.groups, layer.out_channels // layer.groups)
    spatial = [Axis(2 + axis, reach) for axis, reach in enumerate(_spatial(layer, call))]
    return ((node, Sliding((Axis(0, Same()), Axis(1, channels), *spatial))),)


def _layer_windows(call: Call) -> Windows:
    assert call.layer is not None
    return _windows(call.layer, call)


def _cost(call: Call) -> int:
    layer = call.layer
    if not isinstance(layer, _BoundaryConv):
        return 0
    return call.output[0] * layer.weight.numel() * prod(call.output[2:])


def layer_operation(layer: nn.Module) -> Operation:
    """What is known of one of `LAYERS`."""
    kind = Kind.POOLING
    if isinstance(layer, _BoundaryConv):
        kind = Kind.CONVOLUTION
    elif isinstance(layer, ChannelNorm):
        kind = Kind.NORMALISATION
    return Operation(kind, _reads, _layer_windows, _cost)
