"""What one unit of a layer sees of the network's input, and how that grows from layer to layer."""

from dataclasses import dataclass
from fractions import Fraction

from striate.errors import GeometryError
from striate.geometry import ReceptiveField
from striate.network.access import Access, Regrouped
from striate.network.reach import Every, Statistics, through


@dataclass(frozen=True, slots=True)
class AxisSight:
    """What a unit sees along one axis of the input.

    `axis` is the axis of the layer's tensor whose index says where the unit looks, None when it
    looks at the same place wherever it lies. `field` is the receptive field through windows
    alone (gates and statistics left out), None where there is no such, as after a flatten, or where
    the units are not all alike. `everything` names the layer since which every unit sees all
    that any unit below it sees: a global pooling, a gate of squeeze-and-excite, the statistics of a
    normalisation, a linear layer over all positions.
    """

    axis: int | None
    field: ReceptiveField | None
    everything: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a unit sees of the input, one entry an input's spatial axis."""

    axes: tuple[AxisSight, ...]

    @property
    def sizes_seen(self) -> tuple[int | None, ...]:
        """The receptive field's size along each axis, None where there is no single one."""
        return tuple(axis.field.size if axis.field else None for axis in self.axes)

    @property
    def jump(self) -> tuple[Fraction | None, ...]:
        """Input elements from one unit to the next along each axis."""
        return tuple(axis.field.jump if axis.field else None for axis in self.axes)

    @property
    def start(self) -> tuple[int | None, ...]:
        """The first input element that unit 0 sees along each axis, negative in the padding."""
        return tuple(axis.field.start if axis.field else None for axis in self.axes)

    @property
    def everything(self) -> str | None:
        """The layer since which units see the whole input, None while some axis is seen in part."""
        names = [axis.everything for axis in self.axes]
        return names[-1] if names and all(names) else None

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The sizes of the tensor's axes that lie over the input's, if all of them still do."""
        axes = [axis.axis for axis in self.axes]
        return tuple(shape[axis] for axis in axes if axis is not None) if None not in axes else ()


def input_sight(axes: int) -> Sight:
    """The sight of the input itself, a tensor (N, C, *spatial)."""
    return Sight(tuple(AxisSight(2 + axis, ReceptiveField()) for axis in range(axes)))


def blind(axes: int) -> Sight:
    """The sight of what does not look at the (first) input, such as another input."""
    return Sight((AxisSight(None, None),) * axes)


def seen_through(sight: Sight, access: Access, shape: tuple[int, ...], name: str) -> Sight:
    """The sight of a layer that reads a tensor of the given sight and shape."""
    return Sight(tuple(_axis_through(axis, access, shape, name) for axis in sight.axes))


def _axis_through(seen: AxisSight, access: Access, shape: tuple[int, ...], name: str) -> AxisSight:
    if seen.axis is None:
        return seen
    if isinstance(access, Regrouped):
        return _axis_regrouped(seen, seen.axis, access)
    read = access.axes[seen.axis]
    alone = shape[seen.axis] == 1
    if isinstance(read.reach, Statistics):
        everything = seen.everything if alone else seen.everything or name
        return AxisSight(read.output, seen.field, everything)
    if isinstance(read.reach, Every):
        if alone:  # one unit, whose field all share
            return AxisSight(read.output, seen.field, seen.everything)
        whole = read.reach.first == 0 and read.reach.last == shape[seen.axis] - 1
        return AxisSight(None, None, seen.everything or (name if whole else None))
    field = through(seen.field, read.reach) if seen.field else None
    return AxisSight(read.output, field, seen.everything)


def _axis_regrouped(seen: AxisSight, axis: int, access: Regrouped) -> AxisSight:
    kept = dict(access.kept)
    if axis in kept:
        return AxisSight(kept[axis], seen.field, seen.everything)
    after = next(after for before, after in access.blocks if axis in before)
    if access.before[axis] == 1:
        return AxisSight(None, seen.field, seen.everything)
    # Inside a merged axis the place still depends on the index; spread over several, on no one.
    return AxisSight(after[0] if len(after) == 1 else None, None, seen.everything)


def joined(sights: list[Sight]) -> Sight:
    """The sight of a unit that sees what units of several operands see."""
    first, *others = sights
    for other in others:
        first = Sight(tuple(_join(a, b) for a, b in zip(first.axes, other.axes, strict=True)))
    return first


def _join(one: AxisSight, other: AxisSight) -> AxisSight:
    everything = one.everything or other.everything
    if one.axis is None or other.axis is None:
        # A gate or another constant along this axis: the place is that of the one that has it.
        local, constant = (other, one) if one.axis is None else (one, other)
        return AxisSight(local.axis, None if constant.field else local.field, everything)
    if one.axis != other.axis or one.field is None or other.field is None:
        return AxisSight(one.axis if one.axis == other.axis else None, None, everything)
    try:
        return AxisSight(one.axis, one.field.join(other.field), everything)
    except GeometryError:  # the branches have different strides
        return AxisSight(one.axis, None, everything)
