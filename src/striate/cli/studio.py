"""`striate studio`: the web page to draw, look inside and train."""

import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from striate.cli.console import output
from striate.cli.interrupt import ending_at_once
from striate.errors import StudioError

if TYPE_CHECKING:
    from striate.studio import Settings


def studio(
    network: Annotated[
        str | None,
        typer.Argument(
            metavar="[NETWORK]",
            help="What to look into: a named network, text, run folder ...; a LeNet by default.",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 8765 by default.", min=1, max=65535)
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder that holds the runs.")] = Path("runs"),
    data: Annotated[
        Path | None, typer.Option(help="Folder with the datasets' files; the cache by default.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others can reach all but 127.0.0.1.")
    ] = "127.0.0.1",
    allow_others: Annotated[
        bool, typer.Option("--allow-others", help="Needed with --host: let other machines in.")
    ] = False,
) -> None:
    """Open the studio: draw, look inside a network, and train, on a page of your own machine.

    Ctrl-C ends it; trainings that it started go on, and are there again the next time.
    """
    with ending_at_once():
        from striate.data import cache_folder  # noqa: PLC0415
        from striate.studio import PORT, Settings, is_loopback, kept_token, serve  # noqa: PLC0415

    if not is_loopback(host) and not allow_others:
        raise StudioError(
            f"--host {host} lets other machines reach this studio: who has its address, which "
            "travels unencrypted, can then read your runs, start trainings and fill your disk. "
            "Add --allow-others if that is what you want"
        )
    settings = Settings(
        runs=runs,
        data=data,
        network=network,
        host=host,
        port=PORT if port is None else port,
        token=kept_token(cache_folder()),
    )
    serve(settings, browser=browser, ready=_announce)
    _leave()


def _announce(settings: "Settings") -> None:
    output.print(f"The studio is at {settings.address}")
    if not settings.loopback:
        others = settings.address_at(f"{socket.gethostname()}:{settings.port}")
        output.print(f"Other machines can reach it, perhaps as {others}")
        output.print("What they send and are sent is not encrypted.")
    output.print("Ctrl-C ends it; trainings go on.")
    output.file.flush()


def _leave() -> None:
    """End now, even amid the work of a request: nobody is there to have its answer."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
