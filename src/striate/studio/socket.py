"""The one socket of a page: requests come in, answers and streams go out."""

import asyncio
import json
import logging
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import WebSocket, WebSocketDisconnect

from striate.errors import StriateError, StudioError
from striate.studio.frames import Arrays, decode, encode, read_head
from striate.studio.outbox import Outbox
from striate.studio.service import Answer, Request, Session

log = logging.getLogger("striate.studio")

_MOST_WAITING = 256
_MOST_STREAMS = 16

# How many answers may wait for a page that asks on without reading them, and how many bytes.
_MOST_ANSWERS = 1024
_LARGEST_ANSWERS = 2**20


@dataclass(frozen=True, slots=True)
class _Message:
    id: int
    request: Request
    parameters: Any
    arrays: Arrays = field(default_factory=dict)
    latest: str | None = None


class Page:
    """An open page: its sessions, the requests that wait, and its streams.

    Requests are answered one after another, in their order, so that a page never takes more than
    one of the machine's cores; of those marked `latest` with the same word only the newest waits.
    """

    def __init__(
        self, websocket: WebSocket, sessions: Sequence[Session], working: CapacityLimiter
    ) -> None:
        self._websocket = websocket
        self._sessions = sessions
        self._requests: dict[str, tuple[Session, Request]] = {
            name: (session, request)
            for session in sessions
            for name, request in session.requests().items()
        }
        self._working = working
        self._waiting: deque[_Message] = deque()
        self._arrived = asyncio.Event()
        self._streams: dict[int, asyncio.Task[None]] = {}
        self._outbox = Outbox()
        self._running: asyncio.Task[str | bytes] | None = None
        self._gone = False

    async def serve(self) -> None:
        """Answer until the page goes away."""
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._work())]
        try:
            await self._receive()
        finally:
            self._gone = True
            tasks += self._streams.values()
            for task in tasks:
                task.cancel()
            try:
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                if self._running is None or self._running.done():
                    self._close()
                else:  # a request is worked on still, which nothing can break off
                    self._running.add_done_callback(lambda _: self._close())

    def _close(self) -> None:
        with ExitStack() as closing:
            for session in self._sessions:
                closing.callback(session.close)

    async def _receive(self) -> None:
        while True:
            # A page that asks and never reads is not listened to either.
            await self._outbox.room(_MOST_ANSWERS, _LARGEST_ANSWERS)
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            data = event.get("text") if event.get("text") is not None else event.get("bytes")
            self._accept(data or b"")

    def _accept(self, data: str | bytes) -> None:
        number: int | None = None
        try:
            head, arrays = (read_head(data), {}) if isinstance(data, str) else decode(data)
            number = _number_in(head)
            if "cancel" in head:
                self._cancel(head["cancel"])
                return
            self._enqueue(self._message(number, head, arrays))
        except StudioError as error:
            self._put({"id": number, "error": str(error)})

    def _message(self, number: int | None, head: dict[str, Any], arrays: Arrays) -> _Message:
        name, latest = head.get("request"), head.get("latest")
        if number is None:
            raise StudioError("a message has an id, a whole number from 0, or asks to cancel one")
        if not isinstance(name, str) or name not in self._requests:
            raise StudioError(f"there is no request {str(name)[:60]!r}")
        if not isinstance(latest, str | None):
            raise StudioError("latest must be a word")
        request = self._requests[name][1]
        parameters = request.validated(head.get("parameters", {}))
        return _Message(number, request, parameters, arrays, latest)

    def _enqueue(self, message: _Message) -> None:
        if message.request.stream:
            self._start_stream(message)
            return
        if message.latest is not None:
            for older in [one for one in self._waiting if one.latest == message.latest]:
                self._waiting.remove(older)
                self._put({"id": older.id, "dropped": True})
        if len(self._waiting) >= _MOST_WAITING:
            raise StudioError(
                f"{_MOST_WAITING} requests of this page wait already; ask again later"
            )
        self._waiting.append(message)
        self._arrived.set()

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            # On a slow link the newest of the requests marked `latest` is worked on when its answer
            # can be sent, not earlier ones whose answers would only queue.
            await self._outbox.room(0, 0)
            message = self._waiting.popleft()
            if self._requests[message.request.name][0].brief(message.parameters):
                self._outbox.put(self._answer(message))
                continue
            answer = partial(self._answer, message)
            self._running = asyncio.create_task(to_thread.run_sync(answer, limiter=self._working))
            self._outbox.put(await asyncio.shield(self._running))

    def _answer(self, message: _Message) -> str | bytes:
        if self._gone:
            return ""
        session = self._requests[message.request.name][0]
        try:
            answer = message.request.call(session, message.parameters, message.arrays)
            return _frame({"id": message.id}, answer)
        except Exception as error:
            return json.dumps({"id": message.id, "error": _said(error, message.request.name)})

    def _start_stream(self, message: _Message) -> None:
        number = message.id
        if number in self._streams:
            raise StudioError(f"there is a stream {number} already")
        if len(self._streams) >= _MOST_STREAMS:
            raise StudioError(f"this page has {_MOST_STREAMS} streams; end one of them first")
        task = self._streams[number] = asyncio.create_task(self._follow(message))
        # Not in `_follow` itself, which never begins when it is cancelled at once.
        task.add_done_callback(lambda _: self._streams.pop(number))

    async def _follow(self, message: _Message) -> None:
        session = self._requests[message.request.name][0]
        number = message.id
        try:
            async for answer in message.request.call(session, message.parameters, message.arrays):
                self._outbox.replace(number, _frame({"id": number, "more": True}, answer))
            end: dict[str, Any] = {"id": number, "more": False}
        except Exception as error:
            end = {"id": number, "error": _said(error, message.request.name)}
        self._outbox.end(number, json.dumps(end))

    def _cancel(self, number: Any) -> None:
        task = self._streams.get(number) if type(number) is int else None
        if task is None:
            raise StudioError("there is no such stream to cancel")
        task.cancel()
        self._outbox.drop(number)

    def _put(self, head: Mapping[str, Any]) -> None:
        self._outbox.put(json.dumps(head))

    async def _send(self) -> None:
        try:
            while True:
                frame = await self._outbox.next()
                if isinstance(frame, str):
                    await self._websocket.send_text(frame)
                else:
                    await self._websocket.send_bytes(frame)
        except (WebSocketDisconnect, RuntimeError):
            return  # the page is gone, which `_receive` hears too
        finally:
            self._outbox.close()


def _number_in(head: Mapping[str, Any]) -> int | None:
    number = head.get("id")
    return number if type(number) is int and 0 <= number < 2**53 else None


def _frame(head: Mapping[str, Any], answer: Answer) -> str | bytes:
    whole = {**head, "answer": answer.values}
    if not answer.arrays:
        return json.dumps(whole, allow_nan=False)
    return encode(whole, answer.arrays)


def _said(error: Exception, name: str) -> str:
    if isinstance(error, StriateError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{name}: this needs more memory than the machine has"
    log.error("%s failed:\n%s", name, "".join(traceback.format_exception(error)))
    return f"{name}: the studio made a mistake ({type(error).__name__}); its terminal says more"
