"""What the check of a text found, line by line."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from striate.geometry import Cost, plain_jump
from striate.notation.diagnostics import Diagnostic
from striate.notation.kind import Shape


@dataclass(frozen=True, slots=True)
class Row:
    """One layer of the text.

    `outputs` has the shape (C, *spatial) after each pass: several inside `repeat`, none where it
    is not known. `receptive_field`, `jump` and `start` have one entry a spatial axis of the
    network's input, in its elements, after the last pass; they leave out the statistics of
    normalisations and the gates of squeeze and excitation, which see everything, and are empty
    above so much upsampling that hardly two units see alike. `cost` is that of all passes, for one
    example; a block's own cost leaves out the lines inside it. `module` is the name of the module
    in the built network, of the first pass.
    """

    line: int
    column: int
    depth: int
    text: str
    kind: str
    module: str
    outputs: tuple[Shape, ...]
    receptive_field: tuple[int, ...]
    jump: tuple[Fraction, ...]
    start: tuple[int, ...]
    cost: Cost
    notes: tuple[Diagnostic, ...]

    @property
    def output(self) -> Shape | None:
        """The shape after the last pass."""
        return self.outputs[-1] if self.outputs else None

    @property
    def passes(self) -> int:
        """How many times the line is run."""
        return len(self.outputs)


@dataclass(frozen=True, slots=True)
class Report:
    """A text checked: a row for each layer, and every diagnostic in the order of the text.

    The costs of the rows sum to `total`.
    """

    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...]
    input_shape: Shape | None
    output_shape: Shape | None
    total: Cost

    @property
    def ok(self) -> bool:
        """Whether the network can be built."""
        return not self.diagnostics

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """The notes of all rows."""
        return tuple(note for row in self.rows for note in row.notes)

    def plain(self) -> dict[str, Any]:
        """The report in dicts, lists and numbers, as JSON takes it."""
        return {
            "ok": self.ok,
            "input_shape": _listed(self.input_shape),
            "output_shape": _listed(self.output_shape),
            "total": _cost(self.total),
            "rows": [_row(row) for row in self.rows],
            "diagnostics": [_diagnostic(diagnostic) for diagnostic in self.diagnostics],
        }


def _row(row: Row) -> dict[str, Any]:
    return {
        "line": row.line,
        "column": row.column,
        "depth": row.depth,
        "text": row.text,
        "kind": row.kind,
        "module": row.module,
        "output": _listed(row.output),
        "outputs": [list(shape) for shape in row.outputs],
        "receptive_field": list(row.receptive_field),
        "jump": [plain_jump(jump) for jump in row.jump],
        "start": list(row.start),
        "cost": _cost(row.cost),
        "notes": [_diagnostic(note) for note in row.notes],
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "line": diagnostic.line,
        "column": diagnostic.column,
        "width": diagnostic.width,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "formula": diagnostic.formula,
        "suggestion": diagnostic.suggestion,
    }


def _cost(cost: Cost) -> dict[str, int]:
    return {
        "parameters": cost.parameters,
        "multiply_adds": cost.multiply_adds,
        "activation_bytes": cost.activation_bytes,
    }


def _listed(shape: Shape | None) -> list[int] | None:
    return None if shape is None else list(shape)
