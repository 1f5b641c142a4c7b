"""What is known between two layers: the shape, what a unit sees, and the way back to the input."""

from dataclasses import dataclass, replace

from striate.geometry import ReceptiveField, TransposedWindow, Window
from striate.notation.kind import AnyWindow, Applied, Shape, WindowChain
from striate.notation.values import Size

# Above upsampling the units of a layer differ, and each kind of them has to be looked at: beyond so
# many kinds, or layers of upsampling, receptive fields are no longer followed.
_MOST_KINDS_OF_UNITS = 64
_MOST_UPSAMPLINGS = 64


@dataclass(frozen=True, slots=True)
class _Way:
    """One layer of the way from the input: its windows and the sizes it was given."""

    before: "_Way | None"
    sizes: Size
    applied: Applied


@dataclass(frozen=True, slots=True)
class State:
    """What flows from one layer to the next.

    `shape` is None where it cannot be known. `fields` has the receptive field along each axis of
    the network's input, `grid` the number of positions along it; both outlast `flatten`. `fields`
    is empty where there has been too much upsampling to follow them.
    """

    shape: Shape | None = None
    fields: tuple[ReceptiveField, ...] = ()
    grid: Size = ()
    flattened: bool = False
    _way: _Way | None = None
    _input: Shape = ()
    _upsampled: tuple[int, int] = (1, 0)

    @staticmethod
    def at_input(shape: Shape | None) -> "State":
        """The state before the first layer."""
        sizes = shape[1:] if shape else ()
        return State(shape, (ReceptiveField(),) * len(sizes), sizes, _input=shape or ())

    def after(self, applied: Applied) -> "State":
        """The state after a layer."""
        shape = applied.output
        flattened = self.flattened or (len(shape) == 1 and bool(self.grid))
        fields, grid, way = self.fields, self.grid, self._way
        upsampled = self._upsampled
        if applied.sees_all:
            everything = tuple((Window(n, n),) for n in grid)
            fields = _through(fields, everything)
            way = _Way(way, grid, applied)
            grid = (1,) * len(grid)
        elif applied.windows:
            upsampled = _upsampled(upsampled, applied)
            if upsampled[0] > _MOST_KINDS_OF_UNITS or upsampled[1] > _MOST_UPSAMPLINGS:
                fields = ()
            fields = _through(fields, applied.windows)
            way = _Way(way, grid, applied)
            grid = shape[1:]
        return State(shape, fields, grid, flattened, way, self._input, upsampled)

    @property
    def network_input(self) -> Shape:
        """The shape before the first layer."""
        return self._input

    def with_channels(self, channels: int) -> "State":
        """The state with another number of channels."""
        shape = (channels, *self.shape[1:]) if self.shape else None
        return replace(self, shape=shape)

    def joined(self, other: "State") -> "State":
        """The state of units that see what units of two branches see.

        Raises GeometryError when the units of the branches do not lie over one another.
        """
        fields: tuple[ReceptiveField, ...] = ()
        if self.fields and other.fields:
            fields = tuple(a.join(b) for a, b in zip(self.fields, other.fields, strict=True))
        return replace(
            self,
            fields=fields,
            flattened=self.flattened or other.flattened,
            _upsampled=max(self._upsampled, other._upsampled),
        )

    def smallest_input(self, sizes: Size) -> Shape | None:
        """The smallest input of the network that gives at least these sizes here.

        None when the way back is not a chain of windows, or no input would.
        """
        if not self.grid or self.flattened or len(sizes) != len(self.grid):
            return None
        way = self._way
        while way is not None:
            if way.applied.sees_all:
                return None
            needed = []
            for size, given, chain in zip(sizes, way.sizes, way.applied.windows, strict=True):
                if len(chain) != 1:
                    return None
                needed.append(max(_least(chain[0], size, way.applied.rounds_up), given))
            sizes, way = tuple(needed), way.before
        return (self._input[0], *sizes)


def _through(
    fields: tuple[ReceptiveField, ...], chains: tuple[WindowChain, ...]
) -> tuple[ReceptiveField, ...]:
    through: list[ReceptiveField] = []
    known: dict[tuple[int, WindowChain], ReceptiveField] = {}
    # Without fields nothing is followed, whatever the chains.
    for field, chain in zip(fields, chains, strict=bool(fields)):
        # Axes that have been alike so far share one field, which need not be worked out twice.
        key = (id(field), chain)
        if key not in known:
            after = field
            for window in chain:
                after = after.through(window)
            known[key] = after
        through.append(known[key])
    return tuple(through)


def _upsampled(before: tuple[int, int], applied: Applied) -> tuple[int, int]:
    """The kinds of units there are after a layer, and the layers of upsampling below it."""
    strides = [
        window.stride
        for chain in applied.windows
        for window in chain
        if isinstance(window, TransposedWindow)
    ]
    return before[0] * max(strides, default=1), before[1] + bool(strides)


def _least(window: AnyWindow, output: int, rounds_up: bool) -> int:
    """The least input with so many outputs."""
    if isinstance(window, TransposedWindow):
        missing = output - window.output_size(1)
        return 1 + max(-(-missing // window.stride), 0)
    padded = window.extent - window.before - window.after
    if rounds_up:
        # One element of the last window is enough, and it must start in the input.
        started = (output - 1) * window.stride - window.before + 1
        return max((output - 2) * window.stride + 1 + padded, started, 1)
    return max((output - 1) * window.stride + padded, 1)
