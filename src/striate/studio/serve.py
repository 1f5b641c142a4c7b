"""Running the studio until it is interrupted."""

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from threading import Thread

import uvicorn
from fastapi import FastAPI

from striate.errors import StudioError
from striate.studio.app import create_app
from striate.studio.opening import opened
from striate.studio.settings import Settings

_LARGEST_MESSAGE = 4 * 2**20

# What the system may hold of what a page has not read: enough for a fast link, and little enough
# that on a slow one newer frames of a stream overtake those that are not under way yet.
_UNSENT = 2**18


def serve(settings: Settings, *, browser: bool, ready: Callable[[Settings], None]) -> None:
    """Serve the studio until Ctrl-C; `ready` is called once its address answers.

    Raises StudioError when the port cannot be listened on, or the folder of runs is none.
    """
    _make_runs(settings)
    listening = listen(settings)
    app = create_app(settings)
    server = make_server(app)
    with suppress(KeyboardInterrupt), opened(settings) if browser else nullcontext():
        ready(settings)
        Thread(target=app.state.warm_up, daemon=True).start()
        server.run(sockets=[listening])


def make_server(app: FastAPI) -> uvicorn.Server:
    """The server that runs the application."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=_LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # costs more time than it saves: numbers do not compress
        ws_ping_timeout=60,  # a slow link may have much to bring before the ping
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def _make_runs(settings: Settings) -> None:
    try:
        settings.runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        # A file in its place "exists", which would be no reason to a reader.
        why = "it is a file" if settings.runs.is_file() else error.strerror or error
        raise StudioError(
            f"cannot keep runs in {settings.runs}: {why}. --runs takes another folder"
        ) from error


def listen(settings: Settings) -> socket.socket:
    """The socket that takes connections.

    Raises StudioError when there can be none.
    """
    if not settings.host:  # for the system it would stand for all addresses
        raise StudioError("cannot listen on no host; 127.0.0.1 is this machine alone")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two studios have the same port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections get these from the socket that they are accepted on.
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _UNSENT)
        listening.bind((settings.host, settings.port))
        listening.listen(128)
    except (OSError, OverflowError, TypeError, ValueError) as error:
        listening.close()
        where = f"cannot listen on {settings.host}, port {settings.port}"
        raise StudioError(f"{where}: {_why(error)}") from error
    return listening


def _why(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "this machine knows no such host"
    match error.errno if isinstance(error, OSError) else None:
        case errno.EADDRINUSE:
            return "it is in use, by another studio perhaps; --port takes another one"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address; 0.0.0.0 stands for all it has"
        case errno.EACCES:
            return "only the system's own programs may; take a port from 1024 on"
    return str(error)
