"""The program `striate`: its commands, and what a user sees when something is wrong."""

import re
import sys
from typing import Annotated, NoReturn

import typer

from striate import __version__
from striate.cli import (
    check,
    data,
    diagram,
    inference,
    look,
    models,
    runs,
    studio,
    table,
    train,
    why,
)
from striate.cli.console import complain, errors, show_warnings, write_anything
from striate.cli.interrupt import INTERRUPTED
from striate.errors import StriateError

app = typer.Typer(
    name="striate",
    help="Build, train and look inside convolutional networks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train")(train.train)
app.command("predict")(inference.predict)
app.command("evaluate")(inference.evaluate)
app.command("check")(check.check)
app.command("table")(table.table)
app.command("diagram")(diagram.diagram)
app.command("look")(look.look)
app.command("why")(why.why)
app.command("models")(models.models)
app.command("new")(models.new)
app.command("studio")(studio.studio)
app.command("runs")(runs.runs)
app.add_typer(data.app, name="data")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"striate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Build, train and look inside convolutional networks."""
    _ = debug, version  # --debug is read in main, --version has done its work already


def main() -> None:
    """Run the command line; every error of the user's is one paragraph and exit code 2."""
    write_anything()
    show_warnings()
    debug = "--debug" in sys.argv[1:]
    try:
        app(args=[argument for argument in sys.argv[1:] if argument != "--debug"])
    except StriateError as error:
        if debug:
            raise
        _fail(str(error))
    except KeyboardInterrupt:
        errors.print("interrupted")
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:  # whatever it is, nobody is helped by a page of Python
        if debug:
            raise
        _fail(_unforeseen(error))


def _fail(message: str) -> NoReturn:
    complain("error", "bold red", message)
    raise SystemExit(2) from None


def _unforeseen(error: Exception) -> str:
    """Return what to say of an error that no part of Striate has put into words."""
    words = (str(error).splitlines() or [""])[0]
    # torch has an exception of its own for an accelerator's memory, and none for the processor's.
    if isinstance(error, MemoryError) or re.search(r"allocate memory|out of memory", words, re.I):
        return (
            f"there is not enough memory: {words or 'no more can be had'}. A smaller batch, "
            "smaller pieces (precision.pieces) or a smaller network needs less"
        )
    if isinstance(error, OSError):
        return str(error)
    return (
        f"{type(error).__name__}: {words}. Striate should have said better what is wrong; "
        "with --debug it shows where this happened"
    )
