"""Requests as they reach the application, header for header, whatever a browser would send."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes


def ask(
    app: ASGIApp,
    target: str = "/",
    headers: Pairs = (),
    *,
    method: str = "GET",
    body: Iterable[bytes] = (),
) -> Answer:
    """Send one request; the target's path is decoded once, as the server does it."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = _scope("http", path, query, headers) | {"method": method}
    return asyncio.run(_asked(app, scope, list(body)))


def knock(app: ASGIApp, target: str = "/socket", headers: Pairs = ()) -> list[Message]:
    """Try to open a socket that is closed at once; what the application said to it."""
    path, _, query = target.partition("?")
    scope = _scope("websocket", path, query, headers) | {"scheme": "ws", "subprotocols": []}

    async def knocked() -> list[Message]:
        events: list[Message] = [
            {"type": "websocket.connect"},
            {"type": "websocket.disconnect", "code": 1001},
        ]
        sent: list[Message] = []

        async def receive() -> Message:
            return events.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope, receive, send)
        return sent

    return asyncio.run(knocked())


def _scope(kind: str, path: str, query: str, headers: Pairs) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8765),
        "state": {},
    }


async def _asked(app: ASGIApp, scope: dict[str, Any], body: list[bytes]) -> Answer:
    parts = body or [b""]
    status, headers, content = 0, Headers(), b""

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()  # who asks stays until the answer has come
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Message) -> None:
        nonlocal status, headers, content
        if message["type"] == "http.response.start":
            status, headers = message["status"], Headers(raw=message["headers"])
        else:
            content += message.get("body", b"")

    await app(scope, receive, send)
    return Answer(status, headers, content)
