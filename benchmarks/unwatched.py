"""A Chromium that is moved and asked, and otherwise left alone.

Playwright listens to the network of its pages: each message of a page's socket is then encoded
twice more and sent through two further processes, which on a machine of two cores takes a fifth
of its time from the page that is measured. This one speaks the browser's own protocol
(Chrome DevTools Protocol, domains Page, Runtime and Input) and listens to nothing.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_PATIENCE = 60  # seconds


class Unwatched:
    """One page of a browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._asked = 0

    def go(self, address: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=address)

    def evaluate(self, script: str) -> Any:
        """What a script gives, in JSON's types."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until a script gives what is true."""
        end = time.monotonic() + _PATIENCE
        while not self.evaluate(script):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {_PATIENCE} s: {script}")
            time.sleep(0.1)

    def draw(self, points: list[tuple[float, float]], a_second: float) -> None:
        """Move a pressed mouse through points of the window, so many a second."""
        self._mouse("mouseMoved", points[0], pressed=False)
        self._mouse("mousePressed", points[0], pressed=True)
        due = time.perf_counter()
        for point in points[1:]:
            due += 1 / a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            self._mouse("mouseMoved", point, pressed=True)
        self._mouse("mouseReleased", points[-1], pressed=False)
        self.evaluate("0")  # answered when all of these are

    def _mouse(self, kind: str, point: tuple[float, float], *, pressed: bool) -> None:
        x, y = point
        held = {"button": "left", "buttons": int(pressed), "clickCount": 1}
        self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **held)

    def _send(self, method: str, **parameters: Any) -> int:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        self._connection.send(json.dumps(message))
        return self._asked

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The browser's answer to a command of its protocol."""
        asked = self._send(method, **parameters)
        while (message := json.loads(self._connection.recv(_PATIENCE))).get("id") != asked:
            pass
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        result: dict[str, Any] = message["result"]
        return result


@contextmanager
def unwatched(chromium: str, width: int, height: int) -> Iterator[Unwatched]:
    """A browser with an empty page of so many pixels."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--window-size={width},{height}", "--remote-debugging-port=0"]
        command += [f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                port, path = _listening(Path(profile) / "DevToolsActivePort")
                with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as browser:
                    target = Unwatched(browser).call("Target.createTarget", url="about:blank")
                page = f"ws://127.0.0.1:{port}/devtools/page/{target['targetId']}"
                with connect(page, max_size=None, compression=None) as connection:
                    yield Unwatched(connection)
            finally:
                process.terminate()


def _listening(file: Path) -> tuple[str, str]:
    """The port and path that a browser has written where it listens."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        lines = file.read_text().split() if file.exists() else []
        if len(lines) == 2:
            return lines[0], lines[1]
        time.sleep(0.1)
    raise TimeoutError("the browser does not listen")
