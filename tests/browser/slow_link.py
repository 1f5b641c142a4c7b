"""A link to the studio that can be made slow: browsers themselves do not slow sockets down."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_PIECE = 4096


class SlowLink:
    """Listens on a port of its own and passes on to the studio's; what comes back may be slowed.

    `rate` is the bytes a second that reach the page, None for as many as there are.
    """

    def __init__(self, port: int) -> None:
        self.rate: float | None = None
        self._to = port
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        # Little is under way, as on a slow link.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PIECE)
        self.port = int(self._listening.getsockname()[1])
        self._start(self._accept)

    def close(self) -> None:
        """End all connections."""
        for one in (self._listening, *self._ends):
            _end(one)
        for thread in self._threads:
            thread.join()
        for one in (self._listening, *self._ends):
            one.close()

    def _start(self, work: Callable[..., None], *ends: socket.socket) -> None:
        thread = threading.Thread(target=work, args=ends)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                page, _ = self._listening.accept()
                studio = socket.socket()
                self._ends += (page, studio)
                studio.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
                studio.connect(("127.0.0.1", self._to))
                self._start(self._forth, page, studio)
                self._start(self._back, page, studio)

    def _forth(self, page: socket.socket, studio: socket.socket) -> None:
        """Pass on requests; they name the studio's own address, which it insists on."""
        mine, its = (f"127.0.0.1:{port}".encode() for port in (self.port, self._to))
        with suppress(OSError):
            while data := page.recv(_PIECE):
                studio.sendall(data.replace(mine, its))
        _end(page, studio)

    def _back(self, page: socket.socket, studio: socket.socket) -> None:
        with suppress(OSError):
            while data := studio.recv(_PIECE):
                page.sendall(data)
                if self.rate is not None:
                    time.sleep(len(data) / self.rate)
        _end(page, studio)


def _end(*ends: socket.socket) -> None:
    for one in ends:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def slow_link(port: int) -> Iterator[SlowLink]:
    """A link to a port of this machine, as fast as any until it is given a rate."""
    link = SlowLink(port)
    try:
        yield link
    finally:
        link.close()
