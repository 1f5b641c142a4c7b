"""Operations that move values without changing them: shapes, slices, joins, padding, enlarging."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import floor

from striate.geometry import TransposedWindow, Window, upsampling_window
from striate.network.access import Axis, Regrouped, Sliding, elementwise, with_axis
from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.operations.operation import Operation, Reads, all_of_each, operands
from striate.network.reach import Every, Groups, Reach, Same, Table


def _sources(places: Iterable[int], nominal: Same | None = None) -> Table:
    """The table in which output i reads the one input of the i-th place; -1 reads nothing."""
    return Table(tuple((place,) if place >= 0 else () for place in places), nominal)


def _kept(shape: Sequence[int]) -> list[Axis]:
    return [Axis(axis, Same()) for axis in range(len(shape))]


def _regroup(call: Call) -> Reads:
    node = call.subject
    return ((node, Regrouped(node.shape, call.output)),)


def _order(call: Call) -> tuple[int, ...]:
    """The axes of the operand in the order of the output."""
    axes = len(call.subject.shape)
    order = list(range(axes))
    if "dims" in call.arguments:
        return tuple(axis % axes for axis in call.arguments["dims"])
    if "source" in call.arguments:
        moved, places = call.arguments["source"], call.arguments["destination"]
        moved = [moved] if isinstance(moved, int) else list(moved)
        places = [places] if isinstance(places, int) else list(places)
        moved, places = [axis % axes for axis in moved], [axis % axes for axis in places]
        rest = [axis for axis in order if axis not in moved]
        for place, axis in sorted(zip(places, moved, strict=True)):
            rest.insert(place, axis)
        return tuple(rest)
    if "dim0" in call.arguments:
        one, other = call.axis("dim0", axes), call.axis("dim1", axes)
    elif "axis0" in call.arguments:
        one, other = call.axis("axis0", axes), call.axis("axis1", axes)
    elif call.name == "numpy_T":
        return tuple(reversed(order))
    else:  # of a matrix, or of the last two axes
        one, other = max(axes - 2, 0), axes - 1
    order[one], order[other] = order[other], order[one]
    return tuple(order)


def _permuted(call: Call) -> Reads:
    order = _order(call)
    places = {axis: place for place, axis in enumerate(order)}
    return ((call.subject, Sliding(tuple(Axis(places[a], Same()) for a in range(len(order))))),)


def _sliced(call: Call) -> Reads:
    node = call.subject
    axis = call.axis("dim", len(node.shape))
    size = node.shape[axis]
    length = call.arguments.get("length")
    start = int(call.arguments.get("start") or 0)
    start = max(start + size, 0) if start < 0 else min(start, size)
    step = 1 if length is not None else int(call.arguments.get("step") or 1)
    reach: Reach = Same(start)
    if step != 1:
        reach = Table(
            tuple((start + i * step,) for i in range(call.output[axis])),
            Window(1, step) if start == 0 else None,
        )
    axes = _kept(node.shape)
    axes[axis] = Axis(axis, reach)
    return ((node, Sliding(tuple(axes))),)


def _picked(call: Call) -> Reads:
    """One part of a split, a chunk: the parts before it are skipped."""
    node = call.subject
    axis = call.axis("dim", len(node.shape))
    sizes = call.arguments.get("split_sizes", call.arguments.get("split_size"))
    if isinstance(sizes, list | tuple):
        start = sum(sizes[: call.pick])
    elif sizes is not None:
        start = int(sizes) * call.pick
    else:  # chunks, all of the size of the first
        start = -(-node.shape[axis] // int(call.arguments["chunks"])) * call.pick
    axes = _kept(node.shape)
    axes[axis] = Axis(axis, Same(start))
    return ((node, Sliding(tuple(axes))),)


def _selected(call: Call) -> Reads:
    node = call.subject
    axis = call.axis("dim", len(node.shape))
    index = int(call.arguments["index"]) if "index" in call.arguments else call.pick
    index %= node.shape[axis]
    axes = [Axis(a - (a > axis), Same()) for a in range(len(node.shape))]
    axes[axis] = Axis(None, Every(index, index))
    return ((node, Sliding(tuple(axes))),)


def _repeated(call: Call) -> Reads:
    node = call.subject
    access = elementwise(node.shape, call.output)
    shift = len(call.output) - len(node.shape)
    for axis, size in enumerate(node.shape):
        outputs = call.output[axis + shift]
        if size not in (1, outputs):
            table = _sources([i % size for i in range(outputs)])
            access = with_axis(access, axis, Axis(axis + shift, table))
    return ((node, access),)


def _joined_end_to_end(call: Call) -> Reads:
    parts = list(call.arguments["tensors"])
    axis = call.axis("dim", len(call.output))
    if any(not hasattr(part, "shape") for part in parts):
        return all_of_each(call)
    starts = [0, *accumulate(part.shape[axis] for part in parts)]
    found: Reads = ()
    for part, start in zip(parts, starts, strict=False):
        if part in operands(call):
            access = elementwise(part.shape, part.shape)
            found += ((part, with_axis(access, axis, Axis(axis, Same(-start)))),)
    return found


def _stacked(call: Call) -> Reads:
    axis = call.axis("dim", len(call.output))
    return tuple(
        (node, Sliding(tuple(Axis(a + (a >= axis), Same()) for a in range(len(node.shape)))))
        for node in operands(call)
    )


def border_sources(size: int, before: int, after: int, mode: str) -> list[int]:
    """For each element of a padded axis the element that stands there; -1 where a constant does."""
    places = range(-before, size + after)
    if mode == "replicate":
        return [min(max(place, 0), size - 1) for place in places]
    if mode == "circular":
        return [place % size for place in places]
    if mode == "symmetric":
        folded = [place % (2 * size) for place in places]
        return [min(place, 2 * size - 1 - place) for place in folded]
    if mode == "reflect":
        period = max(2 * size - 2, 1)
        folded = [place % period for place in places]
        return [min(place, period - place) for place in folded]
    return [place if 0 <= place < size else -1 for place in places]


def _padded(call: Call) -> Reads:
    node = call.subject
    amounts = list(call.arguments["pad"] if "pad" in call.arguments else call.arguments["padding"])
    mode = str(call.arguments.get("mode", "")) or _PADDING_MODES.get(call.name, "constant")
    axes = _kept(node.shape)
    for place in range(len(amounts) // 2):
        axis = len(node.shape) - 1 - place
        before, after = amounts[2 * place : 2 * place + 2]
        moved = Same(-before)
        reach: Reach = moved
        if mode != "constant" and (before > 0 or after > 0):
            reach = _sources(border_sources(node.shape[axis], before, after, mode), moved)
        axes[axis] = Axis(axis, reach)
    return ((node, Sliding(tuple(axes))),)


_PADDING_MODES = {
    f"{mode}{suffix}": kind
    for mode, kind in (("reflection_pad", "reflect"), ("replication_pad", "replicate"))
    for suffix in ("1d", "2d", "3d")
}


def _rolled(call: Call) -> Reads:
    node = call.subject
    shifts, dims = call.numbers("shifts", 1), call.numbers("dims", 1)
    if not dims:
        return all_of_each(call)
    axes = _kept(node.shape)
    for shift, dim in zip(shifts, dims, strict=True):
        axis, size = dim % len(node.shape), node.shape[dim]
        axes[axis] = Axis(axis, _sources([(i - shift) % size for i in range(size)]))
    return ((node, Sliding(tuple(axes))),)


def _flipped(call: Call) -> Reads:
    node = call.subject
    axes = _kept(node.shape)
    for dim in call.arguments["dims"]:
        axis, size = dim % len(node.shape), node.shape[dim]
        axes[axis] = Axis(axis, _sources(range(size - 1, -1, -1)))
    return ((node, Sliding(tuple(axes))),)


def _chosen(call: Call) -> Reads:
    """Values chosen by an index that is not known before the run."""
    node = call.subject
    axis = call.axis("dim", len(node.shape))
    access = elementwise(node.shape, node.shape)
    whole = Axis(None, Every(0, node.shape[axis] - 1))
    others = tuple(other for other in all_of_each(call) if other[0] is not node)
    return ((node, with_axis(access, axis, whole)), *others)


def _shuffled(call: Call) -> Reads:
    """Channels in another order."""
    node = call.subject
    groups, channels = int(call.arguments["groups"]), node.shape[1]
    size = channels // groups
    order = [(out % groups) * size + out // groups for out in range(channels)]
    axes = _kept(node.shape)
    axes[1] = Axis(1, _sources(order))
    return ((node, Sliding(tuple(axes))),)


def _channels_to_space(call: Call) -> Reads:
    node, factor = call.subject, int(call.arguments["upscale_factor"])
    axes = _kept(node.shape)
    axes[-3] = Axis(len(axes) - 3, Groups(factor * factor, 1))
    for axis in (-2, -1):
        axes[axis] = Axis(len(axes) + axis, TransposedWindow(factor, factor))
    return ((node, Sliding(tuple(axes))),)


def _space_to_channels(call: Call) -> Reads:
    node, factor = call.subject, int(call.arguments["downscale_factor"])
    axes = _kept(node.shape)
    axes[-3] = Axis(len(axes) - 3, Groups(1, factor * factor))
    for axis in (-2, -1):
        axes[axis] = Axis(len(axes) + axis, Window(factor, factor))
    return ((node, Sliding(tuple(axes))),)


def _enlarged(call: Call) -> Reads:
    node = call.subject
    spatial = len(node.shape) - 2
    axes = _kept(node.shape)
    given = call.arguments.get("scale_factors")
    for place in range(spatial):
        axis = 2 + place
        size, outputs = node.shape[axis], call.output[axis]
        if size == outputs:
            continue
        aligned = bool(call.arguments.get("align_corners", False))
        # torch uses the factor as given where there is one, else the ratio of the sizes.
        scale = Fraction(size, outputs) if not given else 1 / Fraction(given[place])
        axes[axis] = Axis(axis, _interpolation(call.name, size, outputs, scale, aligned=aligned))
    return ((node, Sliding(tuple(axes))),)


def _interpolation(name: str, size: int, outputs: int, scale: Fraction, *, aligned: bool) -> Table:
    """Which inputs each output of an interpolation is made of."""
    factor, rest = divmod(outputs, size)
    whole = rest == 0 and scale == Fraction(size, outputs) and not aligned

    def inside(place: int) -> int:
        return min(max(place, 0), size - 1)

    entries: list[tuple[int, ...]] = []
    if "nearest" in name:
        exact = Fraction(1, 2) if "exact" in name else Fraction(0)
        for i in range(outputs):
            place = inside(floor((i + exact) * scale))
            entries.append((place,))
        return Table(tuple(entries), upsampling_window(factor) if whole else None)
    reach_before, reach_after = (1, 2) if "bicubic" in name else (0, 1)
    for i in range(outputs):
        if aligned:
            centre = Fraction(i * (size - 1), max(outputs - 1, 1))
        else:
            centre = (i + Fraction(1, 2)) * scale - Fraction(1, 2)
            if "bicubic" not in name:
                centre = max(centre, Fraction(0))
        low = floor(centre)
        if low == centre:
            entries.append((inside(low),))
        else:
            around = range(low - reach_before, low + reach_after + 1)
            entries.append(tuple(sorted({inside(place) for place in around})))
    linear = "linear" in name and whole
    return Table(tuple(entries), upsampling_window(factor, linear=True) if linear else None)


REGROUP = Operation(Kind.RESHAPE, _regroup)
PERMUTE = Operation(Kind.RESHAPE, _permuted)
SLICE = Operation(Kind.RESHAPE, _sliced)
SPLIT = Operation(Kind.RESHAPE, _picked)
SELECT = Operation(Kind.RESHAPE, _selected)
REPEAT = Operation(Kind.RESHAPE, _repeated)
PAD = Operation(Kind.RESHAPE, _padded)
ROLL = Operation(Kind.RESHAPE, _rolled)
FLIP = Operation(Kind.RESHAPE, _flipped)
CHOOSE = Operation(Kind.RESHAPE, _chosen)
SHUFFLE = Operation(Kind.RESHAPE, _shuffled)
CHANNELS_TO_SPACE = Operation(Kind.RESHAPE, _channels_to_space)
SPACE_TO_CHANNELS = Operation(Kind.RESHAPE, _space_to_channels)
ENLARGE = Operation(Kind.RESHAPE, _enlarged)
CONCATENATE = Operation(Kind.JOIN, _joined_end_to_end)
STACK = Operation(Kind.JOIN, _stacked)
