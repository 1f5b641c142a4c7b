"""What the poolings that are asked for a size, not for a window, have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite

from torch import Tensor, nn

from striate.errors import LayerError
from striate.geometry import PerAxis, per_axis
from striate.layers.pooling.inputs import check_input, like_input
from striate.layers.pooling.sliding_window import SlidingWindow


class ShrinkPool(nn.Module, ABC):
    """A pooling to a given `output_size`, or by a given `ratio` of input to output size.

    Each is one number for every axis or one an axis; by a ratio the output has
    floor(input / ratio) elements along an axis, at least 1. With `like` in place of the two the
    output has the size that a sliding window would leave.

    (N, C, *spatial) -> (N, C, *output), dtype and memory layout kept.
    Raises LayerError unless exactly one of the three is given, for a ratio below 1, and for an
    output larger than the input; GeometryError for an output size below 1.
    """

    def __init__(
        self,
        *,
        ratio: float | Sequence[float] | None = None,
        output_size: PerAxis | None = None,
        like: SlidingWindow | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if sum(given is not None for given in (ratio, output_size, like)) != 1:
            raise LayerError(
                f"{name} takes either ratio (={ratio}) or output_size (={output_size}) or like "
                f"(={like}), one of them"
            )
        self.like = like
        self.ratio = tuple(ratio) if isinstance(ratio, Sequence) else ratio
        self.output_size = tuple(output_size) if isinstance(output_size, Sequence) else output_size
        for entry in self.ratio if isinstance(self.ratio, tuple) else (self.ratio,):
            if entry is not None and not (isfinite(entry) and entry >= 1):
                raise LayerError(f"ratio (={ratio}) of {name} must be at least 1")
        if self.output_size is not None:
            axes = len(self.output_size) if isinstance(self.output_size, tuple) else 1
            per_axis(self.output_size, axes, "output_size", least=1)

    def output_shape(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """The spatial size of the output for an input of the given spatial size."""
        spatial = tuple(spatial)
        if self.like is not None:
            outputs = self.like.output_shape(spatial)
        elif self.output_size is None:
            outputs = tuple(
                max(n * ratio.denominator // ratio.numerator, 1)
                for n, ratio in zip(spatial, self._ratios(len(spatial)), strict=True)
            )
        else:
            outputs = per_axis(self.output_size, len(spatial), "output_size", least=1)
        if any(output > n for n, output in zip(spatial, outputs, strict=True)):
            raise LayerError(
                f"{type(self).__name__} makes maps smaller: the output (={outputs}) cannot be "
                f"larger than the input (={spatial}) along any axis"
            )
        return outputs

    def forward(self, x: Tensor) -> Tensor:
        """The pooled maps, (N, C, *spatial) -> (N, C, *output)."""
        check_input(x)
        return like_input(self._pool(x, self.output_shape(x.shape[2:])), x)

    @abstractmethod
    def _pool(self, x: Tensor, outputs: tuple[int, ...]) -> Tensor:
        """The pooled maps, in any dtype and layout."""

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        if self.like is not None:
            return f"like={self.like}"
        if self.output_size is None:
            return f"ratio={self.ratio}"
        return f"output_size={self.output_size}"

    def _ratios(self, axes: int) -> tuple[Fraction, ...]:
        ratios = self.ratio if isinstance(self.ratio, tuple) else (self.ratio,) * axes
        if len(ratios) != axes:
            raise LayerError(
                f"ratio (={self.ratio}) has {len(ratios)} entries and the input has {axes} axes: "
                f"give one number for every axis, or {axes}"
            )
        # The number as written: 1.4 is 7/5, so that 7 elements become 5 and not 4.
        return tuple(Fraction(str(ratio)) for ratio in ratios)
