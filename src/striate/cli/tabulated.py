"""Tables that every terminal can hold, and the same rows for other programs."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from rich.console import RenderableType
from rich.measure import Measurement
from rich.table import Column, Table

from striate.cli.console import output


class TableFormat(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def least_width(table: Table) -> int:
    """Return the width below which cells of a table would be cut."""
    options = output.options.update(width=10_000)
    least = Measurement.get(output, options, table).minimum
    # A cell that is to stay on one line is measured by its longest word all the same.
    for column in table.columns:
        if column.no_wrap:
            cells = [Measurement.get(output, options, cell) for cell in _cells(column)]
            least += max(cell.maximum for cell in cells) - max(cell.minimum for cell in cells)
    return least


def _cells(column: Column) -> Iterator[RenderableType]:
    yield column.header
    yield from column.cells


def as_csv(headings: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as comma-separated values, their headings first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([row[heading] for heading in headings] for row in rows)
    return text.getvalue()


def as_markdown(
    headings: Sequence[str], rows: Iterable[Mapping[str, str]], left: Sequence[str]
) -> str:
    """Return rows as a Markdown table; columns but those in `left` are aligned to the right."""

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"

    sides = ["---" if heading in left else "---:" for heading in headings]
    body = ([row.get(heading, "") for heading in headings] for row in rows)
    return "".join(map(line, [headings, sides, *body]))
