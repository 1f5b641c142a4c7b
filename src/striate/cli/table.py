"""`striate table`: a network's layers with their sizes, receptive fields and costs."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as Grid

from striate.cli.console import amount, output, print_json, size, write
from striate.cli.network import InputShape, Source, open_network
from striate.cli.tabulated import TableFormat, as_csv, as_markdown, least_width

if TYPE_CHECKING:
    from striate.network import Row, Table


_HEADINGS = (
    *("layer", "kind", "window", "output", "sees", "jump"),
    *("parameters", "multiply-adds", "activations", "share"),
)
_NARROWER = (
    _HEADINGS,
    ("layer", "kind", "window", "output", "sees", "parameters", "multiply-adds", "share"),
    ("layer", "kind", "output", "sees", "parameters", "multiply-adds"),
    ("layer", "output", "sees", "parameters", "multiply-adds"),
    ("layer", "output", "multiply-adds"),
)
_LEFT = ("layer", "kind", "window")


def table(
    network: Source,
    input_shape: InputShape = None,
    form: Annotated[
        TableFormat, typer.Option("--format", help="How to print the table.")
    ] = TableFormat.TABLE,
) -> None:
    """Show a network's layers: sizes, receptive fields, parameters, multiply-adds, memory.

    One multiply-add is one product of a weight with a value, in convolutions and linear layers,
    for one example.
    """
    from striate.network import Network  # noqa: PLC0415

    opened = open_network(Network, network, input_shape)
    counted = opened.table()
    if form is TableFormat.JSON:
        print_json({"network": opened.name, **counted.plain()})
    elif form is TableFormat.CSV:
        write(_csv(counted))
    elif form is TableFormat.MARKDOWN:
        write(_markdown(counted))
    else:
        _print(opened.name, counted)


def _cells(row: "Row", count: Callable[[float], str]) -> dict[str, str]:
    from striate.network.labels import by, window_label  # noqa: PLC0415

    return {
        "layer": row.layer,
        "kind": row.operation if str(row.kind) in ("other", "reshape") else str(row.kind),
        "window": window_label(row.windows),
        "output": by(row.output),
        "sees": "all" if row.everything else _known(row.receptive_field),
        "jump": _known(row.jump),
        "parameters": count(row.parameters) if row.parameters else "",
        "multiply-adds": count(row.multiply_adds) if row.multiply_adds else "",
        "activations": size(row.activation_bytes),
        "share": f"{row.share:.1%}" if row.share else "",
    }


def _known(values: Sequence[object]) -> str:
    """Numbers with x between them, nothing where none is known."""
    if all(value is None for value in values):
        return ""
    return "x".join("?" if value is None else str(value) for value in values)


def _exact(number: float) -> str:
    return f"{number:,}"


def _total_cells(counted: "Table", count: Callable[[float], str]) -> dict[str, str]:
    totals = counted.totals
    return {
        "layer": "total",
        "parameters": count(totals.parameters),
        "multiply-adds": count(totals.multiply_adds),
        "activations": size(totals.activation_bytes),
    }


def _print(name: str, counted: "Table") -> None:
    grids = (
        _grid(name, counted, headings, count)
        for headings in _NARROWER
        for count in (_exact, amount)
    )
    fitting = (grid for grid in grids if least_width(grid) <= output.width)
    # Where nothing fits, names go on in further lines, for other commands want them whole.
    folded = _grid(name, counted, _NARROWER[-1], amount, fold=True)
    output.print(next(fitting, folded), soft_wrap=False)
    totals = counted.totals
    output.print(
        f"{totals.parameters:,} parameters; for one example {totals.multiply_adds:,} multiply-adds "
        f"and {size(totals.activation_bytes)} of activations",
        highlight=False,
    )
    if totals.unused_parameters:
        output.print(
            f"{totals.unused_parameters:,} more parameters are not used in evaluation",
            highlight=False,
        )
    for row in counted.rows:
        for note in row.notes:
            output.print(f"{row.layer}: {note}", highlight=False)
    since = next((row.everything for row in counted.rows if row.everything), None)
    if since:
        output.print(f"all: from {since} on, each value sees all that any value before it sees")


def _grid(
    name: str,
    counted: "Table",
    headings: tuple[str, ...],
    count: Callable[[float], str],
    *,
    fold: bool = False,
) -> Grid:
    grid = Grid(title=name, title_justify="left")
    for heading in headings:
        whole = heading != "layer" or not fold
        grid.add_column(
            heading,
            justify="left" if heading in _LEFT else "right",
            no_wrap=whole,
            overflow="fold",
        )
    for row in counted.rows:
        cells = _cells(row, count)
        grid.add_row(*(cells[heading] for heading in headings))
    grid.add_section()
    total = _total_cells(counted, count)
    grid.add_row(*(total.get(heading, "") for heading in headings), style="bold")
    return grid


def _csv(counted: "Table") -> str:
    rows = []
    for row in counted.rows:
        cells = _cells(row, str)
        cells["parameters"] = str(row.parameters)
        cells["multiply-adds"] = str(row.multiply_adds)
        cells["activations"] = str(row.activation_bytes)
        cells["share"] = f"{row.share:.6f}"
        rows.append(cells)
    return as_csv(_HEADINGS, rows)


def _markdown(counted: "Table") -> str:
    rows = [_cells(row, _exact) for row in counted.rows]
    return as_markdown(_HEADINGS, [*rows, _total_cells(counted, _exact)], _LEFT)
