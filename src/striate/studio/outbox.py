"""What waits to be sent to a page: every answer, and of every stream the newest frame."""

import asyncio
from collections import deque

Frame = str | bytes


class Outbox:
    """Answers are kept all, in order; a stream's frame is replaced by a newer one.

    So a tab on a slow link gets fewer frames of a stream, and who makes them never waits for it.
    """

    def __init__(self) -> None:
        self._answers: deque[Frame] = deque()
        self._newest: dict[int, Frame] = {}
        self._filled = asyncio.Event()

    def put(self, frame: Frame) -> None:
        """Add an answer."""
        self._answers.append(frame)
        self._filled.set()

    def replace(self, stream: int, frame: Frame) -> None:
        """Add a stream's frame in place of the one that waits."""
        self._newest[stream] = frame
        self._filled.set()

    def drop(self, stream: int) -> None:
        """Forget the frame of a stream that was ended."""
        self._newest.pop(stream, None)

    async def next(self) -> Frame:
        """The frame to send next; answers go before streams, streams in turn."""
        while True:
            if self._answers:
                return self._answers.popleft()
            if self._newest:
                return self._newest.pop(next(iter(self._newest)))
            self._filled.clear()
            await self._filled.wait()
