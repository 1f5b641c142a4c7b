"""A studio on a real port, in a thread of the tests' own process."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from websockets.sync.client import ClientConnection, connect

from striate.studio import Settings
from striate.studio.serve import listen, make_server


class Running:
    """A server in a thread."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.settings = settings
        self.server = make_server(app)
        self._socket = listen(settings)
        self._thread = threading.Thread(target=self.server.run, args=([self._socket],))
        self._thread.start()

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        self.server.should_exit = True
        self._thread.join(20)
        self._socket.close()
        assert not self._thread.is_alive()

    def connect(self, **more: Any) -> ClientConnection:
        """A page's socket."""
        address = f"ws://{self.settings.authority}/socket"
        page: ClientConnection = connect(address, close_timeout=1, **more)
        return page

    def raw(self) -> socket.socket:
        """A connection on which nothing was said yet."""
        return socket.create_connection(("127.0.0.1", self.settings.port), timeout=20)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")
