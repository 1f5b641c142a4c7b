"""What waits to be sent to a page: every answer, and of every stream the newest frame."""

import asyncio
from collections import deque

Frame = str | bytes


class Outbox:
    """Answers are kept all, in order; a stream's frame is replaced by a newer one.

    So a tab on a slow link gets fewer frames of a stream, and who makes them never waits for it.
    Who makes answers must wait until there is `room`: the page may read them slowly or not at all.
    """

    def __init__(self) -> None:
        self._answers: deque[Frame] = deque()
        self._size = 0
        self._streams: dict[int, list[Frame]] = {}
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._closed = False

    def put(self, frame: Frame) -> None:
        """Add an answer."""
        self._answers.append(frame)
        self._size += len(frame)
        self._filled.set()

    def replace(self, stream: int, frame: Frame) -> None:
        """Add a stream's frame in place of the one that waits."""
        self._streams[stream] = [frame]
        self._filled.set()

    def end(self, stream: int, frame: Frame) -> None:
        """Add the last frame of a stream, which comes after the one that waits."""
        self._streams.setdefault(stream, []).append(frame)
        self._filled.set()

    def drop(self, stream: int) -> None:
        """Forget the frames of a stream that was ended."""
        self._streams.pop(stream, None)

    def close(self) -> None:
        """Nothing will be sent any more: nobody need wait for room."""
        self._closed = True
        self._emptied.set()

    async def room(self, answers: int, size: int) -> None:
        """Wait until at most so many answers wait, of at most so many bytes together."""
        while not self._closed and (len(self._answers) > answers or self._size > size):
            self._emptied.clear()
            await self._emptied.wait()

    async def next(self) -> Frame:
        """The frame to send next; answers go before streams, streams in turn."""
        while True:
            if self._answers:
                frame = self._answers.popleft()
                self._size -= len(frame)
                self._emptied.set()
                return frame
            if self._streams:
                stream = next(iter(self._streams))
                first, *rest = self._streams.pop(stream)
                if rest:
                    self._streams[stream] = rest
                return first
            self._filled.clear()
            await self._filled.wait()
