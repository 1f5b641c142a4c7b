"""Arguments that are one number for every axis, or one number an axis."""

from collections.abc import Sequence
from operator import index

from striate.errors import GeometryError

PerAxis = int | Sequence[int]
"""One number for every axis, or a sequence with one number an axis."""


_LARGEST = 2**63 - 1  # what torch can count to


def whole(value: object, name: str, least: int | None = None) -> int:
    """The value as an int.

    Raises GeometryError when it is not a whole number, is below `least` or needs over 64 bits.
    """
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise GeometryError(f"{name} (={value!r}) must be a whole number")
    if abs(number) > _LARGEST:
        raise GeometryError(f"{name} must be at most {_LARGEST}, the largest 64-bit number")
    if least is not None and number < least:
        raise GeometryError(f"{name} (={number}) must be at least {least}")
    return number


def per_axis(value: PerAxis, axes: int, name: str, least: int | None = None) -> tuple[int, ...]:
    """One int an axis: an int is repeated, a sequence must have `axes` entries.

    Raises GeometryError, with the name and the value, when the length is another, when an entry
    is not a whole number, or when it is below `least`.
    """
    if not isinstance(value, Sequence):
        return (whole(value, name, least),) * axes
    if len(value) != axes:
        raise GeometryError(
            f"{name} (={tuple(value)}) has {len(value)} entries and the layer has {axes} "
            f"{'axis' if axes == 1 else 'axes'}: give one number for every axis, or {axes}"
        )
    return tuple(whole(entry, name, least) for entry in value)
