"""Padding as layers take it: numbers, numbers a side, or `same`, `valid`, `full`."""

from collections.abc import Sequence
from typing import Literal, get_args

from striate.errors import GeometryError
from striate.geometry.axes import PerAxis, per_axis, whole

NamedPadding = Literal["same", "valid", "full"]
Sides = tuple[int, int]
"""Padding before the first and after the last element of one axis."""

Padding = int | Sequence[int | Sides] | NamedPadding
"""An int for every side; one entry an axis, each an int or (before, after); or a name."""


def resolve_padding(
    padding: Padding, kernel: PerAxis, dilation: PerAxis, axes: int
) -> tuple[Sides, ...]:
    """The padding of each axis as (before, after).

    With total = dilation * (kernel - 1):

    - `valid`: nothing;
    - `same`: total // 2 before and the rest after, whatever the stride, so that the output has
      ceil(input / stride) elements (at stride 1 as many as the input, as torch's `same`);
    - `full`: total on both sides, so that every overlap of kernel and input is an output.

    Raises GeometryError for another name, a wrong number of entries or a negative number.
    """
    kernels = per_axis(kernel, axes, "kernel", least=1)
    dilations = per_axis(dilation, axes, "dilation", least=1)
    if isinstance(padding, str):
        return tuple(_named(padding, d * (k - 1)) for k, d in zip(kernels, dilations, strict=True))
    if not isinstance(padding, Sequence):
        return (_sides(padding),) * axes
    if len(padding) != axes:
        raise GeometryError(
            f"padding (={tuple(padding)}) has {len(padding)} entries and the layer has {axes} "
            f"{'axis' if axes == 1 else 'axes'}: give one number for every side, or one entry "
            "an axis, each a number or a pair (before, after)"
        )
    return tuple(_sides(entry) for entry in padding)


def _named(name: str, total: int) -> Sides:
    if name == "same":
        return total // 2, total - total // 2
    if name == "full":
        return total, total
    if name == "valid":
        return 0, 0
    raise GeometryError(
        f"padding (={name!r}) must be a number, a pair (before, after) an axis, or one of "
        + ", ".join(repr(known) for known in get_args(NamedPadding))
    )


def _sides(entry: object) -> Sides:
    if not isinstance(entry, Sequence) or isinstance(entry, str):
        side = whole(entry, "padding", least=0)
        return side, side
    if len(entry) != 2:
        raise GeometryError(f"padding (={tuple(entry)}) of one axis must be (before, after)")
    return whole(entry[0], "padding", least=0), whole(entry[1], "padding", least=0)
