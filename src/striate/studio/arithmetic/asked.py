"""What a page may ask of the arithmetic view, and how far it may go."""

from typing import Annotated, Any, Literal

from pydantic import Field

from striate.layers import Boundary
from striate.studio.arithmetic.grids import LARGEST
from striate.studio.arithmetic.sizing import Kind, Layer
from striate.studio.arithmetic.sliding import Operation
from striate.studio.service import Parameters

Number = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Whole = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Small = Annotated[int, Field(strict=True, ge=0, le=32)]
_PerAxis = Annotated[tuple[Whole, ...], Field(min_length=1, max_length=3)]
_Steps = Annotated[tuple[Small, ...], Field(min_length=1, max_length=2)]
_Sides = Annotated[tuple[tuple[Whole, Whole], ...], Field(min_length=1, max_length=3)]
_NamedOrSides = Literal["same", "valid", "full"] | _Sides


class SlideAsked(Parameters):
    """A kernel to move: a signal with a kernel of one axis, an image with one of two, or both with
    channels, (C, *spatial) and (C', C, *K)."""

    input: list[Any] = Field(max_length=16)
    kernel: list[Any] = Field(max_length=7)
    bias: tuple[Number, ...] = Field((), max_length=4)
    stride: _Steps = (1,)
    padding: _NamedOrSides = "valid"
    dilation: _Steps = (1,)
    boundary: Boundary = "zeros"
    value: Number = 0.0
    operation: Operation = "correlation"
    relu: bool = False


class PoolAsked(Parameters):
    """A map (or a signal) to pool, and the window; a seed lets chance take part."""

    input: list[Any] = Field(max_length=16)
    kernel: _Steps
    stride: _Steps
    padding: _NamedOrSides = "valid"
    ceil_mode: bool = False
    p: float = Field(3.0, gt=0, le=100)
    sigma: float | None = Field(None, gt=0, le=100)
    a: float = Field(0.5, ge=0, le=1)
    seed: int | None = Field(None, ge=0, lt=2**31)


class PlaceAsked(PoolAsked):
    """A place of the poolings' output to explain."""

    place: tuple[Whole, ...] = Field(min_length=1, max_length=2)


class LayerAsked(Parameters):
    """A layer of a chain."""

    kind: Kind
    filters: int = Field(1, strict=True, ge=1, le=1_000_000)
    kernel: _PerAxis = (1,)
    stride: _PerAxis = (1,)
    padding: _NamedOrSides = "valid"
    dilation: _PerAxis = (1,)
    output_padding: _PerAxis = (0,)
    ceil_mode: bool = False
    bias: bool = True

    def layer(self) -> Layer:
        """The layer as it is counted."""
        return Layer(
            self.kind,
            every_axis(self.kernel),
            every_axis(self.stride),
            self.padding,
            every_axis(self.dilation),
            every_axis(self.output_padding),
            self.ceil_mode,
            self.filters,
            self.bias,
        )


class SizeAsked(Parameters):
    """An input (C, *spatial), how many of them in a batch, and a chain of layers."""

    input: tuple[Whole, ...] = Field(min_length=1, max_length=4)
    batch: int = Field(1, strict=True, ge=1, le=1_000_000)
    layers: tuple[LayerAsked, ...] = Field(max_length=24)


class PresetsAsked(Parameters):
    """Nothing: there is one list of worked examples."""


def every_axis(given: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number for every axis where one is given, else one an axis."""
    return given[0] if len(given) == 1 else given
