"""`striate models` and `striate new`: the named networks, and a text to begin with."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from striate.cli.console import amount, output, print_json, write
from striate.cli.tabulated import TableFormat, as_csv, as_markdown, least_width
from striate.errors import ModelError

if TYPE_CHECKING:
    from striate.models import Entry


class Order(StrEnum):
    """What networks can be sorted by."""

    NAME = "name"
    YEAR = "year"
    PARAMETERS = "parameters"
    MULTIPLY_ADDS = "multiply-adds"
    RECEPTIVE_FIELD = "receptive-field"
    TOP_1 = "top-1"


_HEADINGS = (
    *("name", "title", "family", "task", "year", "input", "classes"),
    *("parameters", "multiply-adds", "sees", "top-1", "data"),
)
_NARROWER = (
    *("name", "title", "year", "input", "parameters", "multiply-adds", "sees", "top-1", "data"),
)
_LAYOUTS = (
    _HEADINGS,
    _NARROWER,
    tuple(heading for heading in _NARROWER if heading != "title"),
    ("name", "year", "input", "parameters", "multiply-adds", "sees", "top-1"),
    ("name", "year", "parameters", "multiply-adds", "top-1"),
    ("name", "parameters", "multiply-adds"),
)
_LEFT = ("name", "title", "family", "task", "data")


def models(
    name: Annotated[str | None, typer.Argument(help="A network, for all that is known of it.")] = (
        None
    ),
    family: Annotated[str | None, typer.Option(help="Only those of a family.")] = None,
    task: Annotated[
        str | None, typer.Option(help="Only those for classification or for segmentation.")
    ] = None,
    sort: Annotated[
        Order | None, typer.Option(help="Sort; accuracies from the best, all else from the least.")
    ] = None,
    form: Annotated[
        TableFormat, typer.Option("--format", help="How to print the answer.")
    ] = TableFormat.TABLE,
) -> None:
    """List the named networks, or show one: its paper, size, cost, accuracy, text and weights.

    Parameters, multiply-adds (one is one product of a weight with a value) and what a value of the
    last maps sees of the input are those for the published input. `striate table NAME` shows the
    layers.
    """
    from striate.models import describe, entries  # noqa: PLC0415

    if name is not None:
        entry = describe(name)
        if family or task or sort:
            raise ModelError(
                f"--family, --task and --sort are for the list of networks: leave them out, or "
                f"{entry.name}"
            )
        if form is TableFormat.TABLE:
            _print_page(entry)
        elif form is TableFormat.JSON:
            print_json(_page(entry))
        else:
            _print_table([entry], form)
        return
    chosen = _sorted(_filtered(list(entries()), family, task), sort)
    if form is TableFormat.JSON:
        print_json([_plain(entry) for entry in chosen])
    else:
        _print_table(chosen, form)


def new(
    name: Annotated[str, typer.Argument(help="A named network that has a text.")],
    classes: Annotated[int | None, typer.Option(help="How many classes it tells apart.")] = None,
    input_shape: Annotated[
        str | None, typer.Option("--input", metavar="CxHxW", help="The shape of one example.")
    ] = None,
) -> None:
    """Print the text of a named network, to be changed and trained.

    As in `striate new lenet5 --classes 5 --input 3x64x64 > net.txt`.
    """
    import torch  # noqa: PLC0415

    from striate.models import create, describe, entries  # noqa: PLC0415

    entry = describe(name)
    if entry.text is None:
        known = ", ".join(one.name for one in entries() if one.text is not None)
        raise ModelError(f"{entry.name} has no text; these have one: {known}")
    shape = entry.input_shape if input_shape is None else _shape(input_shape, entry)
    count = entry.classes if classes is None else classes
    with torch.device("meta"):  # says what is wrong with the shape, and takes no memory
        create(entry.name, input_shape=shape, classes=count)
    write(entry.text(input_shape=shape, classes=count))


def _shape(text: str, entry: "Entry") -> tuple[int, ...]:
    parts = text.lower().split("x")
    if not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in parts):
        raise ModelError(
            f"--input {text} is no shape: give channels and sizes with x between, as "
            f"{_by(entry.input_shape)}"
        )
    return tuple(map(int, parts))


def _filtered(known: "list[Entry]", family: str | None, task: str | None) -> "list[Entry]":
    for option, wanted, there in (
        ("family", family, dict.fromkeys(entry.family for entry in known)),
        ("task", task, dict.fromkeys(entry.task for entry in known)),
    ):
        if wanted is not None and wanted.lower() not in there:
            raise ModelError(f"there is no {option} {wanted!r} of networks: {', '.join(there)}")
    return [
        entry
        for entry in known
        if (family is None or entry.family == family.lower())
        and (task is None or entry.task == task.lower())
    ]


def _sorted(chosen: "list[Entry]", sort: Order | None) -> "list[Entry]":
    from striate.models import receptive_field  # noqa: PLC0415

    keys: dict[Order, Callable[[Entry], Any]] = {
        Order.NAME: lambda entry: entry.name,
        Order.YEAR: lambda entry: entry.year,
        Order.PARAMETERS: lambda entry: entry.parameters,
        Order.MULTIPLY_ADDS: lambda entry: entry.multiply_adds,
        Order.RECEPTIVE_FIELD: lambda entry: max(receptive_field(entry.name)),
        Order.TOP_1: lambda entry: -entry.accuracy.value if entry.accuracy else 1.0,
    }
    return chosen if sort is None else sorted(chosen, key=keys[sort])


def _cells(entry: "Entry", count: Callable[[float], str]) -> dict[str, str]:
    from striate.models import receptive_field  # noqa: PLC0415

    accuracy = entry.accuracy
    return {
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "task": entry.task,
        "year": str(entry.year),
        "input": _by(entry.input_shape),
        "classes": str(entry.classes),
        "parameters": count(entry.parameters),
        "multiply-adds": count(entry.multiply_adds),
        "sees": _by(receptive_field(entry.name)),
        "top-1": f"{accuracy.value:.2%}" if accuracy else "",
        "data": accuracy.data if accuracy else "",
    }


def _print_table(chosen: "list[Entry]", form: TableFormat) -> None:
    if form is TableFormat.CSV:
        rows = [_cells(entry, str) for entry in chosen]
        for row, entry in zip(rows, chosen, strict=True):
            row["top-1"] = str(entry.accuracy.value) if entry.accuracy else ""
        write(as_csv(_HEADINGS, rows))
        return
    if form is TableFormat.MARKDOWN:
        rows = [_cells(entry, "{:,}".format) for entry in chosen]
        write(as_markdown(_HEADINGS, rows, _LEFT))
        return
    rows = [_cells(entry, amount) for entry in chosen]
    tables = (_table(headings, rows) for headings in _LAYOUTS)
    fitting = (table for table in tables if least_width(table) <= output.width)
    folded = _table(_LAYOUTS[-1], rows, fold=True)
    output.print(next(fitting, folded), soft_wrap=False)
    output.print(
        f"{len(chosen)} network{'' if len(chosen) == 1 else 's'}; `striate models NAME` shows "
        "all that is known of one",
        highlight=False,
        soft_wrap=False,
    )


def _table(headings: tuple[str, ...], rows: list[dict[str, str]], *, fold: bool = False) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(
            heading,
            justify="left" if heading in _LEFT else "right",
            no_wrap=not (fold and heading == "name"),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[heading] for heading in headings))
    return table


def _plain(entry: "Entry") -> dict[str, Any]:
    from striate.models import receptive_field  # noqa: PLC0415

    accuracy = entry.accuracy
    return {
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "task": entry.task,
        "year": entry.year,
        "paper": entry.paper,
        "differences": entry.differences,
        "input_shape": list(entry.input_shape),
        "least": list(entry.least),
        "classes": entry.classes,
        "parameters": entry.parameters,
        "multiply_adds": entry.multiply_adds,
        "receptive_field": list(receptive_field(entry.name)),
        "accuracy": accuracy
        and {"value": accuracy.value, "data": accuracy.data, "source": accuracy.source},
        "layout": entry.layout,
        "has_text": entry.text is not None,
    }


def _page(entry: "Entry") -> dict[str, Any]:
    return {
        **_plain(entry),
        "options": list(_options(entry)),
        "text": _text(entry),
        "weights": _weights(entry),
    }


def _print_page(entry: "Entry") -> None:
    page = _page(entry)
    output.print(f"{entry.title} ({entry.year})", style="bold", highlight=False)
    output.print(entry.paper, highlight=False, soft_wrap=False)
    facts = {
        "task": entry.task,
        "input": f"{_by(entry.input_shape)}, at least {_by(entry.least)} pixels"
        if len(entry.least) == 2
        else f"{_by(entry.input_shape)}, the sizes at least {_by(entry.least)}",
        "classes": str(entry.classes),
        "parameters": f"{entry.parameters:,}",
        "multiply-adds": f"{entry.multiply_adds:,} for one example",
        "sees": f"{_by(page['receptive_field'])} of the input, for each value of the last maps",
        "accuracy": f"{entry.accuracy.value:.2%} on {entry.accuracy.data} ({entry.accuracy.source})"
        if entry.accuracy
        else "",
        "options": ", ".join(page["options"]),
        "layout": f"the state dict is {entry.layout}'s" if entry.layout else "",
    }
    grid = Table.grid(padding=(0, 2))
    for heading, fact in facts.items():
        if fact:
            grid.add_row(heading, fact)
    output.print(grid, soft_wrap=False)
    if entry.differences:
        output.print(f"\n{entry.differences}", highlight=False, soft_wrap=False)
    for source in page["weights"]:
        output.print(
            f"\nweights {source['name']}: {source['accuracy']:.2%} on {source['data']}, "
            f"{source['size']:.1f} MiB, {source['licence']}",
            highlight=False,
            soft_wrap=False,
        )
    if page["text"]:
        output.print(f"\n{page['text']}", end="", highlight=False)


def _options(entry: "Entry") -> tuple[str, ...]:
    import inspect  # noqa: PLC0415

    return tuple(
        f"{parameter.name}={parameter.default!r}"
        for parameter in inspect.signature(entry.build).parameters.values()
        if parameter.name not in ("input_shape", "classes")
    )


def _text(entry: "Entry") -> str | None:
    if entry.text is None:
        return None
    return entry.text(input_shape=entry.input_shape, classes=entry.classes)


def _weights(entry: "Entry") -> list[dict[str, Any]]:
    from striate.models.weights import sources  # noqa: PLC0415

    return [
        {
            "name": source.name,
            "accuracy": source.accuracy.value,
            "data": source.accuracy.data,
            "source": source.accuracy.source,
            "size": source.size,
            "licence": source.licence,
            "note": source.note,
        }
        for source in sources(entry.name)
    ]


def _by(numbers: tuple[int, ...]) -> str:
    return "x".join(map(str, numbers))
