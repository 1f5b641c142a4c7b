"""Where output goes, and the few forms that all commands print in."""

import io
import json
import logging
import sys
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text


class _Output(Console):
    """A console whose reader may go away, as `head` does when it has seen enough."""

    def on_broken_pipe(self) -> None:
        """Say nothing from here on; the work, such as a training, goes on."""
        with suppress(SystemExit):
            super().on_broken_pipe()


# Names and texts of the user's are printed as they are, whatever brackets and colons they hold.
output = _Output(soft_wrap=True, markup=False, emoji=False)
errors = Console(stderr=True, soft_wrap=True, markup=False, emoji=False)


class _Warnings(logging.Handler):
    """Shows what the library warns of, such as a cache that cannot be written."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one warning."""
        with suppress(OSError):  # where nothing can be printed, the work goes on without
            complain("warning", "yellow", record.getMessage())


def write_anything() -> None:
    """Let output have characters that its encoding lacks: they are written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show_warnings() -> None:
    """Let the library's warnings be seen; called once, when the program starts."""
    logger = logging.getLogger("striate")
    if not any(isinstance(handler, _Warnings) for handler in logger.handlers):
        logger.addHandler(_Warnings(logging.WARNING))


def complain(kind: str, style: str, text: str) -> None:
    """Print an error or a warning."""
    errors.print(Text.assemble((f"{kind}:", style), " ", text))


class Format(StrEnum):
    """How a command prints its answer."""

    TABLE = "table"
    JSON = "json"


Form = Annotated[Format, typer.Option("--format", help="How to print the answer.")]


def print_json(value: Any) -> None:
    """Print a value as JSON and nothing else, for programs to read."""
    # In ASCII, which is the same JSON in whatever encoding the program reads it.
    write(json.dumps(value, indent=2) + "\n")


def write(text: str) -> None:
    """Print a text as it is, whatever the width of the terminal."""
    try:
        output.file.write(text)
        output.file.flush()  # or its reader would be missed when the program has ended
    except BrokenPipeError:
        output.on_broken_pipe()


def amount(number: float) -> str:
    """Return a count as people write it: 950, 61.7 k, 1.81 M, 15.5 G."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return (
                f"{number / size:.3g} {unit}"
                if number < 1000 * size
                else f"{number / size:,.0f} {unit}"
            )
    return f"{number:,.0f}"


def size(count: int) -> str:
    """Return a number of bytes as people write it: 12 B, 3.4 KiB, 11.6 MiB."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.3g} GiB"


def duration(seconds: float) -> str:
    """Return a time as people write it: 4.2 s, 3 min 05 s, 2 h 10 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
