"""Receptive fields: which input elements a unit deep in a network can see, along one axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from math import gcd, lcm
from typing import Self

from striate.errors import GeometryError
from striate.geometry.window import Interval, TransposedWindow, Window

_UNITS_LOOKED_AT = 256


@dataclass(frozen=True, slots=True)
class _Reach:
    """Units a..b of a layer read jump*a + start .. jump*b + start + size - 1 below."""

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, window: Window) -> "_Reach":
        return _Reach(
            self.size + (window.extent - 1) * self.jump,
            self.jump * window.stride,
            self.start - window.before * self.jump,
        )

    def shifted(self, units: int) -> "_Reach":
        return _Reach(self.size, self.jump, self.start + units * self.jump)

    def joined(self, other: "_Reach") -> "_Reach":
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return _Reach(end - start, self.jump, start)

    def interval(self, first: int, last: int) -> Interval:
        return self.jump * first + self.start, self.jump * last + self.start + self.size - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Upsampled:
    """A layer that a transposed window makes: its units are not all alike."""

    below: "ReceptiveField"
    window: TransposedWindow
    depth: int
    period: int


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one unit of a layer sees of the input, along one axis, in input elements.

    `size` is how far the unit sees, `jump` how much further the next unit looks, `start` the
    index of the first element that unit 0 sees, negative when that lies in the padding. Unit u
    sees u*jump + start .. u*jump + start + size - 1. Above a transposed convolution the units
    differ: `size` is then that of the unit that sees most, and `interval` is exact for each.
    Without arguments it is the input itself.
    Source: Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks,
    Distill 2019.
    """

    size: int = 1
    jump: Fraction = Fraction(1)
    start: int = 0
    _reaches: tuple[tuple[_Upsampled | None, _Reach], ...] = field(
        default=((None, _Reach()),), repr=False, compare=False
    )

    @classmethod
    def _of(cls, reaches: dict[_Upsampled | None, _Reach], jump: Fraction) -> Self:
        terms = tuple(reaches.items())
        if set(reaches) == {None}:
            reach = reaches[None]
            return cls(reach.size, jump, reach.start, terms)
        draft = cls(1, jump, 0, terms)
        spans = [draft.interval(unit, unit) for unit in range(min(draft._period, _UNITS_LOOKED_AT))]
        size = max(1, *(last - first + 1 for first, last in spans))
        return cls(size, jump, spans[0][0], terms)

    def through(self, window: Window | TransposedWindow) -> "ReceptiveField":
        """The receptive field after one more layer.

        size + (extent - 1)*jump, jump*stride, start - before*jump.
        """
        if isinstance(window, TransposedWindow):
            layer = _Upsampled(
                self,
                window,
                depth=1 + max(base.depth if base else 0 for base, _ in self._reaches),
                period=window.stride * self._period,
            )
            return ReceptiveField._of({layer: _Reach()}, self.jump / window.stride)
        reaches = {base: reach.through(window) for base, reach in self._reaches}
        return ReceptiveField._of(reaches, self.jump * window.stride)

    def shifted(self, units: int) -> "ReceptiveField":
        """The receptive field of units that each are `units` further on, as cropping leaves them.

        start + units*jump; negative where the layer was padded.
        """
        reaches = {base: reach.shifted(units) for base, reach in self._reaches}
        return ReceptiveField._of(reaches, self.jump)

    def join(self, other: "ReceptiveField") -> "ReceptiveField":
        """The receptive field of a unit that sees what units of two branches see.

        Raises GeometryError when the branches have different jumps, for then their units do not
        lie over one another.
        """
        if self.jump != other.jump:
            raise GeometryError(
                f"branches that are joined must have the same total stride: {self.jump} and "
                f"{other.jump} input elements from one unit to the next"
            )
        reaches = dict(self._reaches)
        for base, reach in other._reaches:
            reaches[base] = reaches[base].joined(reach) if base in reaches else reach
        return ReceptiveField._of(reaches, self.jump)

    def interval(self, first: int, last: int) -> Interval:
        """The input elements from the first to the last that units first..last see.

        Not clipped to the input; empty (last < first) when the units see nothing.
        """
        starts: list[int] = []
        ends: list[int] = []
        pending: dict[_Upsampled, Interval] = {}
        queue: list[tuple[int, int, _Upsampled]] = []

        def look(layer: ReceptiveField, units: Interval) -> None:
            for base, reach in layer._reaches:
                low, high = reach.interval(*units)
                if base is None:
                    starts.append(low)
                    ends.append(high)
                    continue
                if base not in pending:
                    heappush(queue, (-base.depth, id(base), base))
                    pending[base] = low, high
                else:
                    pending[base] = min(low, pending[base][0]), max(high, pending[base][1])

        look(self, (first, last))
        while queue:  # deepest first, so that a layer is looked through once, with all it is asked
            base = heappop(queue)[2]
            below = base.window.reach(*pending.pop(base))
            if below[0] <= below[1]:
                look(base.below, below)
        return (min(starts), max(ends)) if starts else (0, -1)

    @property
    def _period(self) -> int:
        """After so many units the layer repeats itself, some whole input elements further on."""
        return lcm(
            *(
                base.period // gcd(base.period, reach.jump)
                for base, reach in self._reaches
                if base is not None
            )
        )


def receptive_field(windows: Iterable[Window | TransposedWindow]) -> ReceptiveField:
    """The receptive field of a unit after a chain of layers, along one axis.

    Each layer: size += (extent - 1)*jump, start -= before*jump, jump *= stride. So L convolutions
    of kernel K and stride 1 see 1 + L*(K - 1) elements.
    """
    seen = ReceptiveField()
    for window in windows:
        seen = seen.through(window)
    return seen


def input_interval(windows: Sequence[Window | TransposedWindow], first: int, last: int) -> Interval:
    """The input elements from the first to the last that outputs first..last of a chain read.

    Walked backwards through the layers, so exact for transposed convolution and upsampling too,
    whose units are not all alike. (Below a transposed window that leaves outputs without input,
    with a kernel smaller than its stride or a dilation, the interval may be too wide: the walk
    keeps the ends of a run of units, not the gaps inside it.)
    Not clipped to the input; empty (last < first) when the outputs read nothing.
    """
    for window in reversed(windows):
        if last < first:
            break
        first, last = window.reach(first, last)
    return first, last


def upsampling_window(factor: int, linear: bool = False) -> TransposedWindow:
    """The transposed window that reads what upsampling by a whole factor reads.

    Nearest: kernel = stride = factor. Linear (half-pixel centres, torch's align_corners=False):
    kernel 2*factor, one less when the factor is odd, cropped so that n become factor*n.
    Raises GeometryError for a factor below 1.
    """
    if not linear:
        return TransposedWindow(factor, factor)
    crop = factor // 2
    return TransposedWindow(2 * factor - factor % 2, factor, crop, crop)


def plain_jump(jump: Fraction) -> int | float:
    """A jump as JSON can hold it: whole where it is, rounded to 53 bits above upsampling."""
    return jump.numerator if jump.denominator == 1 else float(jump)
