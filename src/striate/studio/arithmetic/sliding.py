"""The moving kernel: every place of the output, with all that is read, multiplied and added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from striate.errors import StudioError
from striate.geometry import (
    Fit,
    Padding,
    PerAxis,
    Window,
    conv_size,
    convolution_cost,
    size_formula,
    windows,
)
from striate.layers import Boundary, convolve, correlate, pad
from striate.studio.arithmetic.grids import Grid, sizes_within

Operation = Literal["correlation", "convolution"]

_MOST_PADDED = 40
_MOST_PRODUCTS = 400_000
_AXES = {1: ("sample",), 2: ("row", "column")}


@dataclass(frozen=True, slots=True)
class Axis:
    """How the window moves along one axis.

    `sources` says of each padded place which element of the input stands there, -1 where a
    constant does. `places` has for each output the elements of the input that its window reads,
    counted as if the input went on beyond its ends.
    """

    window: Window
    fit: Fit
    formula: str
    sources: tuple[int, ...]
    places: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Slide:
    """A kernel moved over an input.

    `padded` (C, *padded) is the input with what the boundary puts around it, `kernel`
    (C', C, *K) the entries as they are multiplied: flipped for a true convolution. `products`
    (C', *output, C, *K) and `sums` (C', *output, C), a sum a channel, lead to `output`
    (C', *output), which has the bias of its filter added.
    """

    axes: tuple[Axis, ...]
    padded: Grid
    kernel: Grid
    products: Grid
    sums: Grid
    output: Grid
    parameters: int


def slide(
    x: Grid,
    kernel: Grid,
    bias: Sequence[float] = (),
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    boundary: Boundary = "zeros",
    value: float = 0.0,
    operation: Operation = "correlation",
) -> Slide:
    """Move kernels (C', C, *K) over an input (C, *spatial) of one or two spatial axes.

    Raises StudioError for operands that do not go together or are too many to be shown, and
    GeometryError and LayerError as the layers do.
    """
    count = kernel.ndim - 2
    if count not in _AXES or x.ndim != count + 1 or x.shape[0] != kernel.shape[1]:
        raise StudioError(
            f"an input of shape {x.shape} does not go with kernels of shape {kernel.shape}: "
            "the kernel needs as many channels as the input, and as many axes"
        )
    if bias and len(bias) != kernel.shape[0]:
        raise StudioError(f"{len(bias)} biases are given for {kernel.shape[0]} filters")
    spatial = x.shape[1:]
    moving = windows(count, kernel.shape[2:], stride, padding, dilation)
    sides = tuple((window.before, window.after) for window in moving)
    for n, (before, after) in zip(spatial, sides, strict=True):
        if n + before + after > _MOST_PADDED:
            raise StudioError(
                f"the padded input (={before} + {n} + {after}) is too large to be shown: at most "
                f"{_MOST_PADDED} places along an axis"
            )
    conv_size(spatial, kernel.shape[2:], stride, sides, dilation)
    axes = tuple(
        _axis(window, n, boundary, name)
        for window, n, name in zip(moving, spatial, _AXES[count], strict=True)
    )
    outputs = tuple(len(axis.places) for axis in axes)
    sizes_within((kernel.size, *outputs), _MOST_PRODUCTS, "the products of all places")
    move = convolve if operation == "convolution" else correlate
    summed = move(
        x, kernel, stride, sides, dilation, boundary=boundary, value=value
    ).numpy() + np.reshape(bias or 0.0, (-1, *(1,) * count))
    padded = pad(torch.from_numpy(x)[None], sides, boundary, value)[0].numpy()
    flipped = tuple(range(2, kernel.ndim))
    applied = np.flip(kernel, flipped) if operation == "convolution" else kernel
    products = _read(padded, axes)[None] * _over_places(applied, outputs)
    taps = tuple(range(-count, 0))
    return Slide(
        axes,
        padded,
        applied,
        products,
        products.sum(axis=taps),
        summed,
        convolution_cost(
            x.shape[0], kernel.shape[0], kernel.shape[2:], outputs, bias=bool(bias)
        ).parameters,
    )


def _axis(window: Window, n: int, boundary: Boundary, name: str) -> Axis:
    numbers = torch.arange(n, dtype=torch.float64).reshape(1, 1, n)
    constant = boundary in ("zeros", "constant")
    standing = pad(
        numbers, [(window.before, window.after)], "constant" if constant else boundary, -1.0
    )
    starts = (window.reach(output, output)[0] for output in range(window.output_size(n)))
    return Axis(
        window,
        window.fit(n),
        size_formula(window, n, element=name),
        tuple(int(source) for source in standing.flatten()),
        tuple(tuple(range(s, s + window.extent, window.dilation)) for s in starts),
    )


def _read(padded: Grid, axes: Sequence[Axis]) -> Grid:
    """What the window reads at each output: (*output, C, *K)."""
    found = padded
    for number, axis in enumerate(axes):
        index: npt.NDArray[np.intp] = np.array(axis.places, np.intp) + axis.window.before
        # (C, ..., padded, ...) -> (C, ..., output, K, ...): each axis read becomes two.
        found = np.take(found, index, axis=1 + 2 * number)
    count = len(axes)
    order = [1 + 2 * a for a in range(count)] + [0] + [2 + 2 * a for a in range(count)]
    return found.transpose(order)


def _over_places(kernel: Grid, outputs: Sequence[int]) -> Grid:
    """(C', C, *K) -> (C', 1, ..., C, *K), to multiply what is read at each output."""
    return kernel.reshape(kernel.shape[0], *(1 for _ in outputs), *kernel.shape[1:])
