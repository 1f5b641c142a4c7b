"""From text to report: sizes, receptive fields and costs, or what stands in their way."""

from dataclasses import dataclass

from striate.geometry import Cost
from striate.notation.construct import Chain
from striate.notation.diagnostics import Diagnostic
from striate.notation.kind import Shape
from striate.notation.limits import LIMITS, Limits
from striate.notation.reader import Reading, read
from striate.notation.report import Report
from striate.notation.state import State
from striate.notation.tree import Layer, Tree
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
    module: Chain


def examine(source: str | Tree, shape: Shape | None = None, limits: Limits = LIMITS) -> Examined:
    """The report with the construction of the modules, which is complete if the report is ok."""
    reading = read(source, limits) if isinstance(source, str) else Reading(source, ())
    walker = Walker(reading.tree, limits)
    layers = list(reading.tree.layers)
    # A text that was refused as a whole has one diagnostic, and needs no other.
    if layers or not reading.diagnostics:
        shape = _input(layers, shape, walker)
    outcome = walker.network(layers, State.at_input(shape))
    found = sorted([*reading.diagnostics, *walker.diagnostics], key=lambda d: (d.line, d.column))
    rows = tuple(walker.rows())
    report = Report(
        rows=rows,
        diagnostics=_first(found, limits.diagnostics),
        input_shape=shape,
        output_shape=outcome.state.shape,
        total=sum((row.cost for row in rows), Cost()),
    )
    return Examined(report, outcome.module)


def _input(layers: list[Layer], given: Shape | None, walker: Walker) -> Shape | None:
    """The shape of the input; takes the `input` line off the layers."""
    written = None
    if layers and layers[0].name == "input":
        written = walker.input_line(layers.pop(0), given)
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
