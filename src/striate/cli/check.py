"""`striate check`: a network text's sizes, receptive fields, costs and mistakes."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from striate.cli.console import Form, Format, amount, output, print_json, size
from striate.errors import NotationError
from striate.files import read_text

if TYPE_CHECKING:
    from striate.notation import Diagnostic, Report


def check(
    file: Annotated[Path, typer.Argument(help="A network as text.")],
    form: Form = Format.TABLE,
) -> None:
    """Check a network text: each line's output, receptive field and cost, or what is wrong.

    Exits with code 2 when there are mistakes; all of them are shown.
    """
    from striate.notation import check as check_text  # noqa: PLC0415

    report = check_text(read_text(file, "network text", NotationError))
    if form is Format.JSON:
        print_json(report.plain())
    else:
        _print_report(file, report)
    if not report.ok:
        raise typer.Exit(2)


def _print_report(file: Path, report: "Report") -> None:
    table = Table(title=str(file))
    table.add_column("line", justify="right", style="dim")
    table.add_column("layer", overflow="fold", min_width=20)
    for heading in ("output", "sees", "jump", "parameters", "multiply-adds", "activations"):
        table.add_column(heading, justify="right")
    for row in report.rows:
        shape = "x".join(map(str, row.output)) if row.output else "?"
        times = f" ({row.passes} times)" if row.passes > 1 else ""
        table.add_row(
            str(row.line),
            f"{'  ' * row.depth}{row.text}{times}",
            shape,
            _by(row.receptive_field),
            _by(row.jump),
            amount(row.cost.parameters) if row.cost.parameters else "",
            amount(row.cost.multiply_adds) if row.cost.multiply_adds else "",
            size(row.cost.activation_bytes) if row.cost.activation_bytes else "",
        )
    total = report.total
    table.add_section()
    table.add_row(
        "",
        "total",
        "x".join(map(str, report.output_shape)) if report.output_shape else "?",
        "",
        "",
        f"{total.parameters:,}",
        f"{total.multiply_adds:,}",
        size(total.activation_bytes),
        style="bold",
    )
    output.print(table)
    for note in report.notes:
        _print_diagnostic(file, note, "yellow")
    for diagnostic in report.diagnostics:
        _print_diagnostic(file, diagnostic, "bold red")


def _print_diagnostic(file: Path, diagnostic: "Diagnostic", style: str) -> None:
    where = f"{file}:{diagnostic.line}:{diagnostic.column}"
    output.print(where, style=style, end=" ", highlight=False)
    for part in (diagnostic.message, diagnostic.formula, diagnostic.suggestion):
        if part:
            output.print(part, end="  ", highlight=False)
    output.print()


def _by(numbers: tuple[int, ...] | tuple[Fraction, ...]) -> str:
    return "x".join(str(number) for number in numbers)
