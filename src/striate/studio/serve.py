"""Running the studio until it is interrupted."""

import socket
import webbrowser
from collections.abc import Callable
from threading import Timer

import uvicorn

from striate.errors import StudioError
from striate.studio.app import create_app
from striate.studio.settings import Settings

_LARGEST_MESSAGE = 4 * 2**20


def serve(settings: Settings, *, browser: bool, ready: Callable[[Settings], None]) -> None:
    """Serve the studio until Ctrl-C; `ready` is called once its address answers.

    Raises StudioError when the port cannot be listened on.
    """
    listening = _listen(settings)
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=_LARGEST_MESSAGE,
        timeout_graceful_shutdown=2,
    )
    ready(settings)
    if browser:
        Timer(0.5, webbrowser.open, (settings.address,)).start()
    uvicorn.Server(config).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise StudioError(
            f"cannot listen on {settings.host}, port {settings.port}: {error}. A studio may be "
            "running there already; --port takes another one"
        ) from error
    return listening
