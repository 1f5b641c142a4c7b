"""Where the windows of a pooling lie on one input, and how to get at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis, Window, pool_size, windows

Kernel = PerAxis | Literal["global"]
"""The window's size on every axis, or axis by axis, or `"global"`: the whole input."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The windows of a pooling on an input of known size, axis by axis."""

    spatial: tuple[int, ...]
    windows: tuple[Window, ...]
    output: tuple[int, ...]
    ceil_mode: bool = False
    is_global: bool = False

    @property
    def axes(self) -> int:
        """The number of spatial axes."""
        return len(self.spatial)

    @property
    def kernel(self) -> tuple[int, ...]:
        """The window's size along each axis."""
        return tuple(window.kernel for window in self.windows)

    @property
    def stride(self) -> tuple[int, ...]:
        """The step between windows along each axis."""
        return tuple(window.stride for window in self.windows)

    @property
    def dilation(self) -> tuple[int, ...]:
        """The step within a window along each axis."""
        return tuple(window.dilation for window in self.windows)

    @property
    def native_padding(self) -> tuple[int, ...] | None:
        """The padding of each axis if torch's pooling kernels take it, else None.

        They take the same padding before and after, of at most half the window, and some of them
        no window that is larger than the input.
        """
        if all(
            w.before == w.after and w.before <= w.kernel // 2 and w.kernel <= n
            for n, w in zip(self.spatial, self.windows, strict=True)
        ):
            return tuple(window.before for window in self.windows)
        return None

    @property
    def margins(self) -> tuple[tuple[int, int], ...]:
        """The padding of each axis after which the windows fit exactly.

        The second number differs from the layer's own padding where the stride leaves a rest
        (then it can be negative: values that no window reads) and where `ceil_mode` lets the
        last window hang over.
        """
        return tuple(
            (w.before, (outputs - 1) * w.stride + w.extent - n - w.before)
            for n, w, outputs in zip(self.spatial, self.windows, self.output, strict=True)
        )


def place(
    spatial: Sequence[int],
    kernel: Kernel,
    *,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Placement:
    """The placement of a pooling's windows on an input of the given spatial size.

    Raises GeometryError when the arguments do not fit the number of axes or leave no output, and
    LayerError when a dilated window would fall between padding and padding.
    """
    spatial = tuple(spatial)
    if isinstance(kernel, str):
        whole = tuple(Window(n) for n in spatial)
        return Placement(spatial, whole, (1,) * len(spatial), is_global=True)
    step = kernel if stride is None else stride
    output = pool_size(spatial, kernel, step, padding, dilation=dilation, ceil_mode=ceil_mode)
    placed = windows(len(spatial), kernel, step, padding, dilation=dilation)
    for n, window in zip(spatial, placed, strict=True):
        _refuse_empty(window, n)
    return Placement(spatial, placed, output, ceil_mode)


def padded(x: Tensor, placement: Placement, fill: float) -> Tensor:
    """x with `fill` around it (or cropped at the end) so that the windows fit exactly."""
    margins = placement.margins
    if not any(side for sides in margins for side in sides):
        return x
    return F.pad(x, [side for sides in reversed(margins) for side in sides], value=fill)


def extract(x: Tensor, placement: Placement, fill: float = 0.0) -> Tensor:
    """The windows' values, with `fill` for padding: (N, C, *spatial) -> (N, C, *output, K).

    K is the number of values in a window, counted with the last axis fastest.
    """
    x = padded(x, placement, fill)
    for axis, window in enumerate(placement.windows):
        x = x.unfold(2 + axis, window.extent, window.stride)[..., :: window.dilation]
    return x.flatten(-placement.axes)


def _refuse_empty(window: Window, n: int) -> None:
    if window.dilation == 1 or window.before == 0:
        return
    for start in range(-window.before, 0, window.stride):
        first_inside = start + -(start // window.dilation) * window.dilation
        if first_inside >= n:
            raise LayerError(
                f"a window of kernel {window.kernel} and dilation {window.dilation} that starts "
                f"at {start} steps over the whole input (={n} elements) and would pool nothing "
                f"but padding; a dilation of at most {n} would do"
            )
