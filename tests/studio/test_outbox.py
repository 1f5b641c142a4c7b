"""Answers wait in order; of a stream only the newest frame waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from striate.studio.outbox import Frame, Outbox


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that must not wait for ever."""

    async def limited() -> Any:
        return await asyncio.wait_for(work, 20)

    return asyncio.run(limited())


async def taken(outbox: Outbox, count: int) -> list[Frame]:
    return [await outbox.next() for _ in range(count)]


async def is_empty(outbox: Outbox) -> bool:
    waiting = asyncio.create_task(outbox.next())
    for _ in range(3):
        await asyncio.sleep(0)
    empty = not waiting.done()
    waiting.cancel()
    return empty


def test_answers_are_all_sent_in_order() -> None:
    async def work() -> None:
        outbox = Outbox()
        for number in range(100):
            outbox.put(f"{number}")
        assert await taken(outbox, 100) == [f"{number}" for number in range(100)]
        assert await is_empty(outbox)

    run(work())


def test_of_a_stream_only_the_newest_frame_waits() -> None:
    async def work() -> None:
        outbox = Outbox()
        for number in range(100):
            outbox.replace(1, f"{number}")
        assert await outbox.next() == "99"
        assert await is_empty(outbox)

    run(work())


def test_the_end_of_a_stream_comes_after_its_last_frame() -> None:
    async def work() -> None:
        outbox = Outbox()
        outbox.replace(1, "older")
        outbox.replace(1, "last")
        outbox.end(1, "end")
        outbox.end(2, "end of one that had no frame")
        outbox.put("answer")
        assert await taken(outbox, 4) == ["answer", "last", "end of one that had no frame", "end"]
        assert await is_empty(outbox)

    run(work())


def test_a_stream_that_was_dropped_says_nothing_more() -> None:
    async def work() -> None:
        outbox = Outbox()
        outbox.replace(1, "frame")
        outbox.drop(1)
        outbox.drop(2)
        assert await is_empty(outbox)

    run(work())


def test_streams_take_turns_however_fast_one_of_them_is() -> None:
    async def work() -> None:
        outbox = Outbox()
        sent = []
        for turn in range(30):
            outbox.replace(1, "fast")
            outbox.replace(1, "fast")
            if turn % 3 == 0:
                outbox.replace(2, "slow")
                outbox.replace(3, "slow too")
            sent.append(await outbox.next())
        assert sent.count("slow") == 10
        assert sent.count("slow too") == 10
        assert sent.count("fast") == 10

    run(work())


def test_who_waits_is_woken() -> None:
    async def work() -> None:
        outbox = Outbox()
        for put in (outbox.put, lambda frame: outbox.replace(1, frame)):
            waiting = asyncio.create_task(outbox.next())
            await asyncio.sleep(0)
            put("frame")
            assert await waiting == "frame"

    run(work())


@pytest.mark.parametrize(("answers", "size"), [(2, 1000), (1000, 30)])
def test_room_is_waited_for(answers: int, size: int) -> None:
    async def work() -> None:
        outbox = Outbox()
        await outbox.room(0, 0)
        for _ in range(4):
            outbox.put(b"x" * 15)
        waiting = [asyncio.create_task(outbox.room(answers, size)) for _ in range(2)]
        await taken(outbox, 1)
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        await taken(outbox, 1)
        await asyncio.gather(*waiting)

    run(work())


def test_nobody_waits_for_room_in_an_outbox_that_is_closed() -> None:
    async def work() -> None:
        outbox = Outbox()
        outbox.put("never read")
        waiting = asyncio.create_task(outbox.room(0, 0))
        await asyncio.sleep(0)
        outbox.close()
        await waiting
        await outbox.room(0, 0)

    run(work())


steps = st.lists(
    st.tuples(st.sampled_from(["put", "replace", "end", "take"]), st.integers(1, 3)), max_size=40
)


@given(steps)
def test_nothing_is_lost_but_older_frames(plan: list[tuple[str, int]]) -> None:
    """Against a slow, obvious account of what must be sent."""

    async def work() -> None:
        outbox = Outbox()
        answers: list[str] = []
        streams: dict[int, list[str]] = {}
        for number, (step, stream) in enumerate(plan):
            frame = f"{step} {stream} {number}"
            if step == "put":
                outbox.put(frame)
                answers.append(frame)
            elif step == "replace":
                outbox.replace(stream, frame)
                streams[stream] = [frame]
            elif step == "end":
                outbox.end(stream, frame)
                streams.setdefault(stream, []).append(frame)
            elif answers:
                assert await outbox.next() == answers.pop(0)
            elif streams:
                got = str(await outbox.next())
                of = int(got.split()[1])
                assert got == streams[of].pop(0)
                streams = {key: rest for key, rest in streams.items() if rest}
        left = len(answers) + sum(map(len, streams.values()))
        rest = [str(frame) for frame in await taken(outbox, left)]
        assert sorted(rest) == sorted(answers + [one for kept in streams.values() for one in kept])
        assert await is_empty(outbox)

    run(work())
