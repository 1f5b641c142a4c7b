"""A window that slides along one axis, and how it fits."""

from dataclasses import dataclass
from fractions import Fraction

from striate.errors import GeometryError
from striate.geometry.axes import whole

Interval = tuple[int, int]
"""The first and the last index of a run of elements; empty when last < first."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a window fits along one axis.

    `exact` is the formula before rounding and `fits` says that it is whole. `output` is what it
    is rounded to, 0 when the window is `too_large` for the padded input. `dropped` counts the
    input elements after the end of the last window, which no window reads; it is 0 when only
    padding is left over.
    """

    input: int
    exact: Fraction
    output: int
    fits: bool
    dropped: int
    too_large: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A window of convolution or pooling along one axis.

    Raises GeometryError for a kernel, stride or dilation below 1 or a negative padding.
    """

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        for name, value in (
            ("kernel", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ):
            whole(value, name, least=1)
        whole(self.before, "padding", least=0)
        whole(self.after, "padding", least=0)

    @property
    def extent(self) -> int:
        """Elements from the first to the last that the window reads: dilation*(kernel - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def output_size(self, n: int, ceil_mode: bool = False) -> int:
        """Number of outputs over n inputs, 0 when the window is too large.

        floor((n + before + after - extent)/stride) + 1. With `ceil_mode` the quotient is rounded
        up, and a last window that would start beyond the input and the padding before it is
        left out, as torch's pooling does.
        """
        room = whole(n, "input", least=1) + self.before + self.after - self.extent
        if not ceil_mode:
            return max(room // self.stride + 1, 0)
        output = -(-room // self.stride) + 1
        if (output - 1) * self.stride >= n + self.before:
            output -= 1
        return max(output, 0)

    def fit(self, n: int, ceil_mode: bool = False) -> Fit:
        """How the window fits over n inputs."""
        room = n + self.before + self.after - self.extent
        output = self.output_size(n, ceil_mode)
        end = (output - 1) * self.stride - self.before + self.extent
        return Fit(
            input=n,
            exact=Fraction(room, self.stride) + 1,
            output=output,
            fits=room >= 0 and room % self.stride == 0,
            dropped=min(max(n - end, 0), n) if output else n,
            too_large=room < 0,
        )

    def reach(self, first: int, last: int) -> Interval:
        """The input elements from the first to the last that outputs first..last read.

        (first*stride - before, last*stride - before + extent - 1): not clipped, so indices below
        0 or beyond the input are padding. An empty interval reaches an empty one.
        """
        start = first * self.stride - self.before
        if last < first:
            return start, start - 1
        return start, last * self.stride - self.before + self.extent - 1


@dataclass(frozen=True, slots=True)
class TransposedWindow:
    """A window of transposed convolution along one axis; `before` and `after` crop the output.

    Nearest-neighbour and linear upsampling are such windows too: see `upsampling_window`.
    Raises GeometryError for a kernel, stride or dilation below 1, a negative padding, and an
    output padding that is not below the stride or the dilation.
    """

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    output_padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        for name, value in (
            ("kernel", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ):
            whole(value, name, least=1)
        whole(self.before, "padding", least=0)
        whole(self.after, "padding", least=0)
        whole(self.output_padding, "output padding", least=0)
        if self.output_padding >= max(self.stride, self.dilation):
            raise GeometryError(
                f"output padding (={self.output_padding}) must be smaller than the stride "
                f"(={self.stride}) or the dilation (={self.dilation})"
            )

    @property
    def extent(self) -> int:
        """Outputs from the first to the last that one input writes: dilation*(kernel - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def _exact(self, n: int) -> int:
        grown = (n - 1) * self.stride + self.extent + self.output_padding
        return grown - self.before - self.after

    def output_size(self, n: int, ceil_mode: bool = False) -> int:  # noqa: ARG002 (as Window)
        """Number of outputs over n inputs, 0 when the padding crops everything.

        (n - 1)*stride - before - after + extent + output_padding; there is nothing to round.
        """
        return max(self._exact(whole(n, "input", least=1)), 0)

    def fit(self, n: int, ceil_mode: bool = False) -> Fit:
        """How the window fits: always exactly, unless the padding crops everything."""
        exact = self._exact(n)
        output = self.output_size(n, ceil_mode)
        last_read = self.reach(0, output - 1)[1]
        return Fit(
            input=n,
            exact=Fraction(exact),
            output=output,
            fits=exact >= 1,
            dropped=min(max(n - 1 - last_read, 0), n) if output else n,
            too_large=exact < 1,
        )

    def reach(self, first: int, last: int) -> Interval:
        """The input elements from the first to the last that outputs first..last read.

        Input i writes the outputs i*stride + m*dilation - before, m = 0..kernel-1. The interval is
        not clipped to the input, and empty (last < first) where no input writes any of them.
        """
        low, high = first + self.before, last + self.before
        lowest = -((self.extent - 1 - low) // self.stride)
        highest = high // self.stride
        if last < first:
            return lowest, lowest - 1
        if high - low + 1 < self.dilation:
            # Shorter than the gap between two taps: some inputs step over it.
            lowest += self._inputs_to_pass(lowest, low, high, forwards=True)
            highest -= self._inputs_to_pass(highest, low, high, forwards=False)
        if highest < lowest:
            return lowest, lowest - 1
        return lowest, highest

    def _inputs_to_pass(self, start: int, low: int, high: int, *, forwards: bool) -> int:
        """Inputs from `start` on that step over low..high, before the first that does not."""
        offset = low - start * self.stride
        step = self.stride if forwards else -self.stride
        # x inputs further on, the taps are at multiples of the dilation plus x*step.
        hit = _first_in_range(step, self.dilation, offset, offset + high - low)
        return self.extent + high - low if hit is None else hit


def _first_in_range(factor: int, modulus: int, low: int, high: int) -> int | None:
    """The least x >= 0 for which factor*x mod modulus is one of low..high (mod modulus)."""
    width = high - low
    low %= modulus
    if low == 0 or low + width >= modulus:
        return 0
    factor %= modulus
    if factor == 0:
        return None
    high = low + width
    if 2 * factor > modulus:
        return _first_in_range(modulus - factor, modulus, modulus - high, modulus - low)
    if -(-low // factor) * factor <= high:
        return -(-low // factor)
    turns = _first_in_range(modulus % factor, factor, -high, -low)
    return None if turns is None else -(-(low + modulus * turns) // factor)
