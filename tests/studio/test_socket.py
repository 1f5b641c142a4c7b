"""A page's requests are answered in order, its streams flow, and nothing it sends breaks that."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from anyio import CapacityLimiter
from fastapi import WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

from striate.studio.frames import decode, encode
from striate.studio.socket import Page

from .served import until
from .toy import Toy, toy_app


@pytest.fixture
def toys() -> list[Toy]:
    """The views of the pages that were opened."""
    return []


@pytest.fixture
def page(toys: list[Toy]) -> Iterator[WebSocketTestSession]:
    """The socket of a page."""
    with TestClient(toy_app(toys)) as client, client.websocket_connect("/socket") as socket:
        yield socket


def say(page: WebSocketTestSession, id_: int, request: str, /, **more: Any) -> None:
    """Send a request; what is no part of a message is one of its parameters."""
    head = {name: more.pop(name) for name in ("latest",) if name in more}
    page.send_text(json.dumps({"id": id_, "request": request, "parameters": more, **head}))


def heard(page: WebSocketTestSession) -> dict[str, Any]:
    """The next message, as JSON."""
    answer: dict[str, Any] = page.receive_json()
    return answer


def test_a_request_is_answered(page: WebSocketTestSession) -> None:
    say(page, 7, "toy.say", number=3)
    assert heard(page) == {"id": 7, "answer": {"number": 3}}


def test_arrays_go_both_ways(page: WebSocketTestSession) -> None:
    sent: dict[str, npt.NDArray[Any]] = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.ones((3,), np.uint8),
    }
    page.send_bytes(encode({"id": 1, "request": "toy.double"}, sent))
    head, arrays = decode(page.receive_bytes())
    assert head == {"id": 1, "answer": {}}
    np.testing.assert_array_equal(arrays["a"], 2 * sent["a"])
    np.testing.assert_array_equal(arrays["b"], 2 * sent["b"])


def test_a_binary_message_needs_no_arrays(page: WebSocketTestSession) -> None:
    page.send_bytes(encode({"id": 1, "request": "toy.say"}, {}))
    assert heard(page) == {"id": 1, "answer": {"number": 0}}


def test_requests_are_answered_in_their_order(page: WebSocketTestSession, toys: list[Toy]) -> None:
    for number in range(100):
        say(page, number, "toy.say", number=number)
    assert [heard(page)["id"] for _ in range(100)] == list(range(100))
    assert toys[0].done == list(range(100))


def test_of_requests_marked_latest_only_the_newest_waits(
    page: WebSocketTestSession, toys: list[Toy]
) -> None:
    say(page, 1, "toy.wait", number=1)
    say(page, 2, "toy.say", number=2, latest="pen")
    say(page, 3, "toy.say", number=3, latest="hover")
    say(page, 4, "toy.say", number=4)
    say(page, 5, "toy.say", number=5, latest="pen")
    say(page, 6, "toy.say", number=6, latest="pen")
    assert heard(page) == {"id": 2, "dropped": True}
    assert heard(page) == {"id": 5, "dropped": True}
    toys[0].may_go_on.release()
    assert [heard(page)["id"] for _ in range(4)] == [1, 3, 4, 6]
    assert toys[0].done == [1, 3, 4, 6]


def test_what_is_worked_on_is_not_dropped(page: WebSocketTestSession, toys: list[Toy]) -> None:
    say(page, 1, "toy.wait", number=1, latest="pen")
    assert toys[0].begun.wait(20)
    say(page, 2, "toy.say", number=2, latest="pen")
    toys[0].may_go_on.release()
    assert [heard(page)["id"] for _ in range(2)] == [1, 2]


def test_a_brief_request_is_answered_by_the_thread_that_heard_it(
    page: WebSocketTestSession, toys: list[Toy]
) -> None:
    say(page, 1, "toy.brief", number=1, latest="pen")
    say(page, 2, "toy.say", number=2)
    say(page, 3, "toy.brief", number=3)
    assert [heard(page)["id"] for _ in range(3)] == [1, 2, 3]
    assert toys[0].done == [1, 2, 3]
    assert toys[0].brief_threads == {toys[0].home}
    assert toys[0].home not in toys[0].threads


def test_only_so_many_requests_wait(page: WebSocketTestSession, toys: list[Toy]) -> None:
    say(page, 0, "toy.wait")
    assert toys[0].begun.wait(20)
    for number in range(1, 301):
        say(page, number, "toy.say", number=number)
    refused = [heard(page) for _ in range(300 - 256)]
    assert [one["id"] for one in refused] == list(range(257, 301))
    assert all("256 requests of this page wait" in one["error"] for one in refused)
    toys[0].may_go_on.release()
    assert [heard(page)["id"] for _ in range(257)] == list(range(257))


def test_a_request_that_cannot_be_met_says_why(page: WebSocketTestSession) -> None:
    say(page, 1, "toy.refuse")
    assert heard(page) == {"id": 1, "error": "this cannot be done; that can"}
    say(page, 2, "toy.exhaust")
    assert "memory" in heard(page)["error"]


@pytest.mark.parametrize("request_", ["toy.fail", "toy.infinite"])
def test_a_mistake_is_an_answer_and_the_terminal_says_more(
    page: WebSocketTestSession, caplog: pytest.LogCaptureFixture, request_: str
) -> None:
    say(page, 1, request_)
    say(page, 2, "toy.say")
    error = heard(page)
    assert error["id"] == 1
    assert "the studio made a mistake" in error["error"]
    assert "inner matter" not in error["error"]
    assert heard(page) == {"id": 2, "answer": {"number": 0}}
    (record,) = caplog.records
    assert "Traceback" in record.getMessage()
    assert request_ in record.getMessage()


def test_a_stream_flows_and_ends(page: WebSocketTestSession) -> None:
    say(page, 9, "toy.count", number=50)
    got = []
    while (message := heard(page))["more"]:
        assert message["id"] == 9
        got.append(message["answer"]["number"])
    assert message == {"id": 9, "more": False}
    # Frames may be left out, but never the last, nor their order.
    assert got == sorted(set(got))
    assert got[-1] == 49


def test_requests_are_answered_beside_a_stream(page: WebSocketTestSession) -> None:
    say(page, 1, "toy.endless")
    for number in range(2, 12):
        say(page, number, "toy.say", number=number)
        while (message := heard(page))["id"] == 1:
            assert message["more"]
        assert message == {"id": number, "answer": {"number": number}}


def test_a_stream_is_cancelled(page: WebSocketTestSession, toys: list[Toy]) -> None:
    say(page, 1, "toy.endless")
    assert heard(page)["more"]
    page.send_text('{"cancel": 1}')
    say(page, 2, "toy.wait")
    while (toys[0].stopped) == 0:
        assert heard(page)["id"] == 1
    made = toys[0].made
    toys[0].may_go_on.release()
    while (message := heard(page))["id"] == 1:
        assert message["more"]
    assert message["id"] == 2
    say(page, 3, "toy.say")
    assert heard(page)["id"] == 3
    assert toys[0].made == made
    # The number may be used again.
    say(page, 1, "toy.count", number=1)
    assert heard(page) == {"id": 1, "more": True, "answer": {"number": 0}}
    assert heard(page) == {"id": 1, "more": False}


def test_streams_that_are_cancelled_at_once_leave_room_for_others(
    page: WebSocketTestSession,
) -> None:
    for number in range(100):
        say(page, number, "toy.endless")
        page.send_text(json.dumps({"cancel": number}))
    say(page, 1000, "toy.say")
    while (message := heard(page))["id"] != 1000:
        assert "error" not in message
    say(page, 1001, "toy.count", number=1)
    assert heard(page)["id"] == 1001


def test_only_so_many_streams_flow(page: WebSocketTestSession, toys: list[Toy]) -> None:
    for number in range(20):
        say(page, number, "toy.endless")
    refused: list[dict[str, Any]] = []
    while len(refused) < 4:
        if "error" in (message := heard(page)):
            refused.append(message)
    assert [one["id"] for one in refused] == [16, 17, 18, 19]
    say(page, 3, "toy.endless")
    while "error" not in (message := heard(page)):
        pass
    assert message == {"id": 3, "error": "there is a stream 3 already"}


def test_a_stream_that_makes_a_mistake_ends(
    page: WebSocketTestSession, caplog: pytest.LogCaptureFixture
) -> None:
    say(page, 1, "toy.break")
    assert heard(page) == {"id": 1, "more": True, "answer": {"number": 0}}
    assert "the studio made a mistake" in heard(page)["error"]
    assert "Traceback" in caplog.text
    say(page, 1, "toy.say")
    assert heard(page)["answer"] == {"number": 0}


@pytest.mark.parametrize("number", [2, "1", None, 1.0, True, [], {}, -1, 2**70])
def test_no_other_stream_can_be_cancelled(page: WebSocketTestSession, number: Any) -> None:
    page.send_text(json.dumps({"cancel": number}))
    assert heard(page) == {"id": None, "error": "there is no such stream to cancel"}


MALFORMED: list[tuple[Any, str]] = [
    ({}, "has an id"),
    ({"id": 1}, "no request 'None'"),
    ({"id": 1, "request": 1}, "no request '1'"),
    ({"id": 1, "request": ["toy.say"]}, "no request"),
    ({"id": 1, "request": "toy.nosuch"}, "no request 'toy.nosuch'"),
    ({"id": 1, "request": "x" * 10_000}, "no request 'xxx"),
    ({"id": 1, "request": "say"}, "no request"),
    ({"id": 1, "request": "__class__"}, "no request"),
    ({"id": -1, "request": "toy.say"}, "has an id"),
    ({"id": 1.5, "request": "toy.say"}, "has an id"),
    ({"id": True, "request": "toy.say"}, "has an id"),
    ({"id": "1", "request": "toy.say"}, "has an id"),
    ({"id": 2**53, "request": "toy.say"}, "has an id"),
    ({"id": None, "request": "toy.say"}, "has an id"),
    ({"id": [1], "request": "toy.say"}, "has an id"),
    ({"id": 1, "request": "toy.say", "parameters": None}, "valid dictionary"),
    ({"id": 1, "request": "toy.say", "parameters": []}, "valid dictionary"),
    ({"id": 1, "request": "toy.say", "parameters": {"number": "x"}}, "valid integer"),
    ({"id": 1, "request": "toy.say", "parameters": {"wrong": 1}}, "not permitted"),
    ({"id": 1, "request": "toy.say", "latest": 1}, "latest must be a word"),
    ({"id": 1, "request": "toy.say", "latest": ["pen"]}, "latest must be a word"),
]


@pytest.mark.parametrize(("message", "said"), MALFORMED)
def test_malformed_messages_are_answered(
    page: WebSocketTestSession, message: Any, said: str
) -> None:
    page.send_text(json.dumps(message))
    answer = heard(page)
    assert said in answer["error"]
    assert len(answer["error"]) < 300
    number = message.get("id")
    assert answer["id"] == (number if type(number) is int and 0 <= number < 2**53 else None)
    say(page, 2, "toy.say")
    assert heard(page)["id"] == 2


def damaged(random_: random.Random, valid: list[bytes]) -> str | bytes:
    """Random bytes, or a valid message with some of its bytes changed, gone or doubled."""
    if random_.random() < 0.2:
        return random_.randbytes(random_.randrange(40))
    message = bytearray(random_.choice(valid))
    for _ in range(random_.randint(1, 5)):
        if not message:
            break
        place = random_.randrange(len(message))
        match random_.randrange(4):
            case 0:
                message[place] = random_.randrange(256)
            case 1:
                del message[place : place + random_.randint(1, 8)]
            case 2:
                message[place:place] = message[place : place + random_.randint(1, 8)]
            case 3:
                message[place : place + 1] = random_.choice(
                    [b"null", b"-1", b"1e999", b"[", b"{}", b'"', b"\\ud800", b"NaN", b"9" * 30]
                )
    if random_.random() < 0.5:
        return message.decode("utf-8", "replace")
    return bytes(message)


class SlowLink:
    """A socket whose other side reads only when the test lets it."""

    def __init__(self, messages: Sequence[str | bytes]) -> None:
        self._messages = messages
        self.received = 0
        self.sent: list[Any] = []
        self.reads = asyncio.Semaphore(0)
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        """The next message of the page, or that it is gone."""
        if self.received < len(self._messages):
            message = self._messages[self.received]
            self.received += 1
            await asyncio.sleep(0)
            kind = "text" if isinstance(message, str) else "bytes"
            return {"type": "websocket.receive", kind: message}
        await self.gone.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(self, frame: str | bytes) -> None:
        """Wait until it is read."""
        await self.reads.acquire()
        self.sent.append(frame)

    send_text = send_bytes = send


async def settled() -> None:
    """Until nothing happens any more that does not wait for the other side."""
    for _ in range(20):
        await asyncio.sleep(0.01)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come")


def with_slow_link(messages: Sequence[str | bytes], test: Any) -> None:
    """Run a test beside a page on a slow link."""

    async def run() -> None:
        link, toy = SlowLink(messages), Toy()
        page = Page(link, [toy], CapacityLimiter(2))  # type: ignore[arg-type]
        serving = asyncio.create_task(page.serve())
        await settled()
        await test(link, toy)
        link.gone.set()
        await asyncio.wait_for(serving, 20)
        assert toy.closed == 1

    asyncio.run(run())


def asked(number: int, request: str, **more: Any) -> str:
    return json.dumps({"id": number, "request": request, **more})


def test_a_page_that_does_not_read_is_not_worked_for() -> None:
    """One answer is under way, one waits, and no third is made."""

    async def test(link: SlowLink, toy: Toy) -> None:
        assert toy.done == [0] * 2
        for _ in range(50):
            link.reads.release()
        await eventually(lambda: len(link.sent) == 50)

    with_slow_link([asked(number, "toy.large") for number in range(50)], test)


def test_a_page_that_only_sends_is_no_longer_listened_to() -> None:
    async def test(link: SlowLink, toy: Toy) -> None:
        assert 1000 < link.received < 1100
        for _ in range(5000):
            link.reads.release()
        await eventually(lambda: len(link.sent) == 5000)
        assert link.received == 5000

    with_slow_link(["no message"] * 5000, test)


def test_on_a_slow_link_the_newest_request_is_answered() -> None:
    """Not each in turn, ever further behind the pen."""

    async def test(link: SlowLink, toy: Toy) -> None:
        for _ in range(100):
            link.reads.release()
        await eventually(lambda: len(link.sent) == 100)
        said = [json.loads(one) for one in link.sent]
        assert sum("dropped" in one for one in said) == 100 - len(toy.done)
        assert len(toy.done) < 10
        assert toy.done[-1] == 99

    messages = [
        asked(number, "toy.say", latest="pen", parameters={"number": number})
        for number in range(100)
    ]
    with_slow_link(messages, test)


def test_on_a_slow_link_a_stream_has_fewer_frames() -> None:
    async def test(link: SlowLink, toy: Toy) -> None:
        await eventually(lambda: toy.made == 1000)  # it has not waited
        for _ in range(10):
            link.reads.release()
        await eventually(lambda: bool(link.sent) and '"more": false' in link.sent[-1])
        numbers = [json.loads(one)["answer"]["number"] for one in link.sent[:-1]]
        assert len(numbers) <= 2
        assert numbers[-1] == 999
        assert json.loads(link.sent[-1]) == {"id": 1, "more": False}

    with_slow_link([asked(1, "toy.count", parameters={"number": 1000})], test)


def test_ten_thousand_malformed_messages() -> None:
    """Each is answered, and the page is served as before."""
    say_ = {"id": 5, "request": "toy.say", "parameters": {"number": 3}, "latest": "pen"}
    valid = [
        json.dumps(say_).encode(),
        json.dumps({"cancel": 3}).encode(),
        encode(say_ | {"request": "toy.double"}, {"a": np.zeros((2, 3), np.float32)}),
        encode({"id": 1, "request": "toy.refuse"}, {"a": np.zeros(3, np.uint8)}),
    ]
    random_ = random.Random(7)
    messages = [damaged(random_, valid) for _ in range(10_000)]

    async def test(link: SlowLink, toy: Toy) -> None:
        for _ in range(20_000):
            link.reads.release()
        await eventually(lambda: len(link.sent) == 10_001)
        heads = [json.loads(one) if isinstance(one, str) else decode(one)[0] for one in link.sent]
        assert sum("error" in head for head in heads) > 9_000
        assert heads[-1] == {"id": 9, "answer": {"number": 4}}

    with_slow_link([*messages, asked(9, "toy.say", parameters={"number": 4})], test)


def test_a_page_that_goes_away_ends_its_streams(toys: list[Toy]) -> None:
    with TestClient(toy_app(toys)) as client:
        with client.websocket_connect("/socket") as page:
            for number in range(5):
                say(page, number, "toy.endless")
            assert heard(page)["more"]
        until(lambda: toys[0].closed == 1)
        assert toys[0].stopped == 5


def test_a_page_that_goes_away_amid_work_is_closed_after_it(toys: list[Toy]) -> None:
    with TestClient(toy_app(toys)) as client:
        with client.websocket_connect("/socket") as page:
            for number in range(10):
                say(page, number, "toy.wait", number=number)
            assert toys[0].begun.wait(20)
        # Others are served meanwhile.
        with client.websocket_connect("/socket") as other:
            say(other, 1, "toy.say")
            assert heard(other)["id"] == 1
        assert toys[0].closed == 0
        toys[0].may_go_on.release(10)
        until(lambda: toys[0].closed == 1)
        assert toys[0].done == [0]  # what only waited is not begun


def test_a_view_that_cannot_be_closed_leaves_no_other_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stubborn(Toy):
        def close(self) -> None:
            super().close()
            raise KeyError("cannot")

    async def run() -> tuple[Toy, Toy]:
        toys = Stubborn(), Toy()
        link = SlowLink([])
        link.gone.set()
        with pytest.raises(KeyError):
            await Page(link, toys, CapacityLimiter(2)).serve()  # type: ignore[arg-type]
        return toys

    with caplog.at_level(logging.CRITICAL):
        assert [toy.closed for toy in asyncio.run(run())] == [1, 1]


def test_pages_are_worked_for_in_turn(toys: list[Toy]) -> None:
    """However much one page asks, another waits for one of its requests at most."""
    with (
        TestClient(toy_app(toys)) as client,
        client.websocket_connect("/socket") as busy,
        client.websocket_connect("/socket") as second,
        client.websocket_connect("/socket") as third,
    ):
        for page, toy in ((busy, toys[0]), (second, toys[1])):
            for number in range(100):
                say(page, number, "toy.wait", number=number)
            assert toy.begun.wait(20)
        say(third, 1, "toy.say", number=1)
        toys[0].may_go_on.release()
        assert heard(third) == {"id": 1, "answer": {"number": 1}}
        assert len(toys[0].done) <= 1
        toys[0].may_go_on.release(100)
        toys[1].may_go_on.release(100)


def test_websocket_is_what_the_page_speaks_through() -> None:
    """The link of these tests has the methods that a page uses of a real one."""
    for name in ("receive", "send_text", "send_bytes"):
        assert callable(getattr(WebSocket, name))
        assert callable(getattr(SlowLink, name))
