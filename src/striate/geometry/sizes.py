"""Output sizes of convolution, pooling and transposed convolution in any number of axes."""

from collections.abc import Iterable, Sequence
from math import prod

from striate.errors import GeometryError
from striate.geometry.axes import PerAxis, per_axis, whole
from striate.geometry.formula import size_formula
from striate.geometry.padding import Padding, resolve_padding
from striate.geometry.window import TransposedWindow, Window


def windows(
    axes: int,
    kernel: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> tuple[Window, ...]:
    """The window of each axis, from the arguments of a convolution or pooling layer.

    Raises GeometryError when an argument has another number of entries than `axes` or is out of
    range.
    """
    whole(axes, "axes", least=1)
    return tuple(
        Window(k, s, before, after, d)
        for k, s, (before, after), d in zip(
            per_axis(kernel, axes, "kernel", least=1),
            per_axis(stride, axes, "stride", least=1),
            resolve_padding(padding, kernel, dilation, axes),
            per_axis(dilation, axes, "dilation", least=1),
            strict=True,
        )
    )


def transposed_windows(
    axes: int,
    kernel: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    *,
    dilation: PerAxis = 1,
) -> tuple[TransposedWindow, ...]:
    """The window of each axis, from the arguments of a transposed convolution layer.

    Padding is numbers or `valid`: libraries disagree on what `same` and `full` would crop here.
    Raises GeometryError when an argument has another number of entries than `axes` or is out of
    range.
    """
    whole(axes, "axes", least=1)
    if padding in ("same", "full"):
        raise GeometryError(
            f"padding (={padding!r}) has no agreed meaning for a transposed convolution: give "
            "numbers; with stride s, kernel s + 2p and padding p the output is s times the input"
        )
    return tuple(
        TransposedWindow(k, s, before, after, extra, d)
        for k, s, (before, after), extra, d in zip(
            per_axis(kernel, axes, "kernel", least=1),
            per_axis(stride, axes, "stride", least=1),
            resolve_padding(padding, kernel, dilation, axes),
            per_axis(output_padding, axes, "output padding", least=0),
            per_axis(dilation, axes, "dilation", least=1),
            strict=True,
        )
    )


def output_sizes(
    size: Sequence[int],
    windows: Sequence[Window | TransposedWindow],
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """The output size of each axis, from the window of each axis.

    Raises GeometryError when nothing is left along an axis: the message has the formula with its
    numbers, and the least padding and the least input that would work.
    """
    if len(size) != len(windows):
        raise GeometryError(
            f"the input (={_times(size)}) has {len(size)} axes and the layer has {len(windows)}"
        )
    outputs = []
    for axis, (n, window) in enumerate(zip(size, windows, strict=True)):
        output = window.output_size(n, ceil_mode)
        if output < 1:
            raise GeometryError(_nothing_left(n, window, axis, len(windows), ceil_mode))
        outputs.append(output)
    return tuple(outputs)


def conv_size(
    size: Sequence[int],
    kernel: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> tuple[int, ...]:
    """The output size of a convolution over an input of the given size.

    Each axis: floor((n + before + after - dilation*(kernel - 1) - 1)/stride) + 1.
    (H, W) -> (H', W'), in elements; any number of axes.
    Raises GeometryError when the window is larger than the padded input, or for an argument out
    of range.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    return output_sizes(size, windows(len(size), kernel, stride, padding, dilation))


def pool_size(
    size: Sequence[int],
    kernel: PerAxis,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    *,
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """The output size of a pooling; without a stride, the stride is the kernel.

    Each axis as `conv_size`; with `ceil_mode` the quotient is rounded up, and a last window that
    would start beyond the input and the padding before it is left out.
    (H, W) -> (H', W'), in elements; any number of axes.
    Raises GeometryError as `conv_size` does, and when the padding of a side is as large as the
    window, since a window of nothing but padding has no maximum and no mean.
    Source: torch.nn.MaxPool2d.
    """
    pooled = windows(len(size), kernel, kernel if stride is None else stride, padding, dilation)
    for axis, window in enumerate(pooled):
        if max(window.before, window.after) >= window.extent:
            raise GeometryError(
                f"padding (={window.before}, {window.after}){_along(axis, len(pooled))} must be "
                f"smaller than the window (={window.extent}): a window of nothing but padding "
                "has nothing to pool"
            )
    return output_sizes(size, pooled, ceil_mode)


def transposed_size(
    size: Sequence[int],
    kernel: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    *,
    dilation: PerAxis = 1,
) -> tuple[int, ...]:
    """The output size of a transposed convolution.

    Each axis: (n - 1)*stride - before - after + dilation*(kernel - 1) + 1 + output_padding.
    (H, W) -> (H', W'), in elements; any number of axes.
    Raises GeometryError when the padding crops everything, or for an argument out of range.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    return output_sizes(
        size,
        transposed_windows(len(size), kernel, stride, padding, output_padding, dilation=dilation),
    )


def flatten_size(shape: Iterable[int]) -> int:
    """The number of values in a shape: the product of its sizes.

    Raises GeometryError for a size that is not a whole number of at least 1.
    """
    return prod(whole(size, "size", least=1) for size in shape)


def fitting_paddings(
    n: int, kernel: int, stride: int = 1, dilation: int = 1, output: int | None = None
) -> range:
    """The paddings, the same on both sides, with which a window fits n inputs exactly.

    Every p from 0 to extent - 1 for which (n + 2*p - extent)/stride is a whole number and not
    negative; with `output`, the one of them that gives this output size. A range, for the
    paddings that fit are evenly spaced.
    Raises GeometryError for an argument out of range.
    """
    whole(n, "input", least=1)
    window = Window(kernel, stride, dilation=dilation)
    extent = window.extent
    least = max(-((n - extent) // 2), 0)
    if output is not None:
        doubled = (whole(output, "output", least=1) - 1) * stride + extent - n
        padding = doubled // 2
        fits = doubled % 2 == 0 and least <= padding < extent
        return range(padding, padding + 1) if fits else range(0)
    if stride % 2 == 0 and (n - extent) % 2 != 0:
        return range(0)
    if stride % 2 == 0:
        step, residue = stride // 2, (extent - n) // 2
    else:
        step, residue = stride, (extent - n) * (stride + 1) // 2
    return range(least + (residue - least) % step, extent, step)


def _nothing_left(
    n: int, window: Window | TransposedWindow, axis: int, axes: int, ceil_mode: bool
) -> str:
    where = _along(axis, axes)
    formula = size_formula(window, n, ceil_mode)
    if isinstance(window, TransposedWindow):
        most = window.before + window.after + window.fit(n).exact - 1
        return (
            f"nothing is left{where}: the padding (={window.before}, {window.after}) crops the "
            f"whole output, {formula}; a padding of at most {most} for both sides together would "
            "leave something"
        )
    dilated = f", dilation {window.dilation}" if window.dilation > 1 else ""
    side = -((n - window.extent) // 2)
    least = max(window.extent - window.before - window.after, 1)
    return (
        f"the window (kernel {window.kernel}{dilated}: {window.extent} elements){where} is larger "
        f"than the padded input (={n + window.before + window.after}): {formula}; it needs a "
        f"padding of at least {side} on each side, or an input of at least {least}"
    )


def _along(axis: int, axes: int) -> str:
    return "" if axes == 1 else f" along axis {axis + 1} of {axes}"


def _times(size: Sequence[int]) -> str:
    return "x".join(str(n) for n in size)
