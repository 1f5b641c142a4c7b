"""`striate check`: a network text's sizes, receptive fields, costs and mistakes."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from striate.cli.console import Form, Format, amount, output, print_json, size
from striate.cli.tabulated import least_width
from striate.errors import NotationError
from striate.files import read_text

if TYPE_CHECKING:
    from striate.geometry import Cost
    from striate.notation import Diagnostic, Report, Row


@dataclass(frozen=True)
class _Layout:
    """What a table shows: fewer columns and shorter numbers where a terminal is narrow."""

    headings: tuple[str, ...]
    exact: bool
    layer: int = 20  # the least room for a layer's text, which goes on below


_LAYOUTS = (
    _Layout(("output", "sees", "jump", "parameters", "multiply-adds", "activations"), exact=True),
    _Layout(("output", "sees", "jump", "parameters", "multiply-adds", "activations"), exact=False),
    _Layout(("output", "sees", "params", "mult-adds", "memory"), exact=True),
    _Layout(("output", "sees", "params", "mult-adds", "memory"), exact=False),
    _Layout(("output", "sees", "params", "mult-adds"), exact=False),
    _Layout(("output", "params", "mult-adds"), exact=False, layer=10),
)


def check(
    file: Annotated[Path, typer.Argument(help="A network as text.")],
    form: Form = Format.TABLE,
) -> None:
    """Check a network text: each line's output, receptive field and cost, or what is wrong.

    Exits with code 2 when there are mistakes; all of them are shown.
    """
    from striate.notation import check as check_text  # noqa: PLC0415

    text = read_text(file, "network text", NotationError)
    report = check_text(text)
    if form is Format.JSON:
        print_json(report.plain())
    else:
        _print_report(file, report, text)
    if not report.ok:
        raise typer.Exit(2)


def _print_report(file: Path, report: "Report", text: str) -> None:
    if report.rows:
        tables = (_table(file, report, layout) for layout in _LAYOUTS)
        table = next(
            (table for table in tables if least_width(table) <= output.width),
            _table(file, report, _LAYOUTS[-1]),
        )
        if least_width(table) > output.width:
            table.width = least_width(table)
        output.print(table)
        total = report.total
        output.print(
            f"{total.parameters:,} parameters; for one example {total.multiply_adds:,} "
            f"multiply-adds and {size(total.activation_bytes)} of activations"
            f"{'' if report.ok else ', as far as the mistakes below allow'}",
            highlight=False,
        )
    lines = text.splitlines()
    found = [*report.notes, *report.diagnostics]
    for diagnostic in sorted(found, key=lambda one: (one.line, one.column)):
        source = lines[diagnostic.line - 1] if diagnostic.line <= len(lines) else ""
        _print_diagnostic(file, diagnostic, source, note=diagnostic in report.notes)


def _table(file: Path, report: "Report", layout: _Layout) -> Table:
    layers = [_layer(row) for row in report.rows]
    table = Table(title=str(file))
    table.add_column("line", justify="right", style="dim", no_wrap=True)
    least = min(layout.layer, max(map(len, layers)))
    table.add_column("layer", overflow="fold", min_width=least)
    for heading in layout.headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row, layer in zip(report.rows, layers, strict=True):
        cells = {
            "output": _by(row.output) if row.output else "?",
            "sees": _by(row.receptive_field),
            "jump": _by(row.jump),
            **_costs(row.cost, layout),
        }
        table.add_row(str(row.line), layer, *(cells[heading] for heading in layout.headings))
    cells = {
        "output": _by(report.output_shape) if report.output_shape else "?",
        **_costs(report.total, layout),
    }
    table.add_section()
    total = (cells.get(heading, "") for heading in layout.headings)
    table.add_row("", "total", *total, style="bold")
    return table


def _layer(row: "Row") -> str:
    times = f" ({row.passes} times)" if row.passes > 1 else ""
    return f"{'  ' * row.depth}{row.text}{times}"


def _costs(cost: "Cost", layout: _Layout) -> dict[str, str]:
    def count(number: int) -> str:
        if not number:
            return ""
        return f"{number:,}" if layout.exact else amount(number)

    parameters, multiply_adds = count(cost.parameters), count(cost.multiply_adds)
    memory = size(cost.activation_bytes) if cost.activation_bytes else ""
    return {
        **dict.fromkeys(("parameters", "params"), parameters),
        **dict.fromkeys(("multiply-adds", "mult-adds"), multiply_adds),
        **dict.fromkeys(("activations", "memory"), memory),
    }


def _print_diagnostic(file: Path, diagnostic: "Diagnostic", source: str, *, note: bool) -> None:
    label, style = ("note", "yellow") if note else ("error", "bold red")
    where = f"{file}:{diagnostic.line}:{diagnostic.column} {label}:"
    output.print(where, style=style, end=" ", highlight=False)
    output.print(diagnostic.message, highlight=False)
    below = []
    if source.isascii() and source.isprintable() and source.strip():  # else marks would not align
        width = min(diagnostic.width, len(source) - diagnostic.column + 1)
        below = [source, " " * (diagnostic.column - 1) + "^" * max(width, 1)]
    for line in (*below, diagnostic.formula, diagnostic.suggestion):
        if line:
            output.print(f"    {line}", highlight=False)


def _by(numbers: tuple[int, ...] | tuple[Fraction, ...]) -> str:
    return "x".join(str(number) for number in numbers)
