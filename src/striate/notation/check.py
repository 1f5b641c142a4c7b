"""From text to report: sizes, receptive fields and costs, or what stands in their way."""

from dataclasses import dataclass
from itertools import pairwise

from striate.errors import GeometryError
from striate.geometry import Cost, flatten_size
from striate.notation.block import Outcome
from striate.notation.construct import Chain, Construct
from striate.notation.diagnostics import Diagnostic
from striate.notation.kind import Shape
from striate.notation.limits import LIMITS, Limits
from striate.notation.printer import print_text
from striate.notation.reader import Reading, read
from striate.notation.report import Report
from striate.notation.state import State
from striate.notation.tree import Layer, Tree
from striate.notation.values import MOST_AXES
from striate.notation.walk import Walker


def check(
    source: str | Tree,
    input: Shape | None = None,  # noqa: A002 (the word of the notation)
    limits: Limits = LIMITS,
) -> Report:
    """The report on a network text: a row for each layer, and everything that is wrong.

    `input` takes the place of the shape in the text's `input` line, which may then be left out.
    Never raises for what a text says: that is in the report's diagnostics. After a mistake the
    sizes go on with the best guess, so that later lines are checked too.
    """
    return examine(source, input, limits).report


@dataclass(frozen=True, slots=True)
class Examined:
    """A report, and how the network would be constructed."""

    report: Report
    module: Chain | Construct | None


def examine(source: str | Tree, shape: Shape | None = None, limits: Limits = LIMITS) -> Examined:
    """The report with the construction of the modules, which is complete if the report is ok.

    Raises GeometryError when `shape` is no shape.
    """
    if shape is not None and (flatten_size(shape) < 1 or not 1 <= len(shape) <= MOST_AXES + 1):
        raise GeometryError(f"the input (={shape}) must be channels and up to {MOST_AXES} sizes")
    reading = _read(source, limits)
    walked = _walk(reading, shape, limits)
    misread = walked.walker.misread
    found = [*reading.diagnostics]
    if shape is None and walked.shape is not None and misread is not None:
        # All that follows from the missing channels is one mistake; the rest is looked for again.
        found.append(misread)
        walked = _walk(reading, (1, *walked.shape), limits)
    walker, shape, outcome = walked.walker, walked.shape, walked.outcome
    found = sorted([*found, *walker.diagnostics], key=lambda d: (d.line, d.column))
    rows = tuple(walker.rows())
    report = Report(
        rows=rows,
        diagnostics=_first(found, limits.diagnostics),
        input_shape=shape,
        output_shape=outcome.state.shape,
        total=sum((row.cost for row in rows), Cost()),
    )
    return Examined(report, outcome.module)


@dataclass(frozen=True, slots=True)
class _Walked:
    """All lines gone through, from a shape."""

    walker: Walker
    shape: Shape | None
    outcome: Outcome


def _walk(reading: Reading, shape: Shape | None, limits: Limits) -> _Walked:
    walker = Walker(reading.tree, limits)
    layers = list(reading.tree.layers)
    # A text that was refused as a whole has one diagnostic, and needs no other.
    if layers or not reading.diagnostics:
        shape = _input(layers, shape, walker)
    return _Walked(walker, shape, walker.run(layers, State.at_input(shape), ""))


def _read(source: str | Tree, limits: Limits) -> Reading:
    if isinstance(source, str):
        return read(source, limits)
    lines = [item.line for _, item in source.walk()]
    deepest = max((depth for depth, _ in source.walk()), default=0)
    in_order = all(a < b for a, b in pairwise(lines))
    if in_order and deepest <= limits.depth and len(lines) <= limits.lines:
        return Reading(source, ())
    # A tree that was put together by a program: reading its text gives every line its place.
    return read(print_text(source), limits)


def _input(layers: list[Layer], given: Shape | None, walker: Walker) -> Shape | None:
    """The shape of the input; takes the `input` line off the layers."""
    written = None
    if layers and layers[0].name == "input":
        first = layers.pop(0)
        flattened = bool(layers) and layers[0].name == "flatten"
        written = walker.input_line(first, given, flattened)
        # Lines below it are checked as if they followed.
        layers[:0] = first.layers
    elif given is None:
        line, column = (layers[0].line, layers[0].column) if layers else (1, 1)
        walker.diagnostics.append(
            Diagnostic(
                line,
                column,
                "the text does not begin with its `input`" if layers else "the text is empty",
                suggestion="write the shape of one example first: `input 1x28x28` is channels and "
                "sizes, `input 784` flat values",
            )
        )
    return given if given is not None else written


def _first(found: list[Diagnostic], most: int) -> tuple[Diagnostic, ...]:
    if len(found) <= most:
        return tuple(found)
    last = found[most]
    return (*found[:most], Diagnostic(last.line, last.column, "from here on there are more"))
