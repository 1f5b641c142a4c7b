"""The window of a pooling as it is asked for: its size, its steps and its padding."""

from collections.abc import Sequence
from dataclasses import dataclass

from striate.geometry import Padding, PerAxis, pool_size


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """What every pooling with a sliding window is given: one number for all axes or one an axis."""

    kernel: PerAxis
    stride: PerAxis
    padding: Padding = 0
    dilation: PerAxis = 1
    ceil_mode: bool = False

    @property
    def dilated(self) -> bool:
        """Whether elements of a window lie apart."""
        dilation = self.dilation
        return any(
            step != 1 for step in (dilation if isinstance(dilation, Sequence) else [dilation])
        )

    def output_shape(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """How many windows there are along each axis of an input of the given spatial size.

        Raises GeometryError when there are none.
        """
        return pool_size(
            spatial,
            self.kernel,
            self.stride,
            self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )
