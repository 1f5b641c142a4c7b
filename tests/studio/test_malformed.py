"""Ten thousand malformed messages and uploads: each is answered with an error, no more."""

import http.client
import json
import logging
import random
import socket
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from websockets.sync.client import ClientConnection

from striate.studio import Settings
from striate.studio.frames import decode
from striate.studio.frames import encode as frame
from striate.studio.looking.opening import open_source
from striate.studio.looking.prepared import from_drawing

from .malformed_messages import Message, malformed_message
from .malformed_uploads import LOOK, Sent, malformed_upload, whole_uploads
from .served import Running

MESSAGES = 9_000
UPLOADS = 1_000


def own_headers(studio: Running) -> dict[str, str]:
    """What the studio's own page sends along."""
    settings = studio.settings
    return {
        "Host": settings.authority,
        "Origin": f"http://{settings.authority}",
        "Cookie": f"striate-{settings.port}={settings.token}",
    }


def opened(studio: Running) -> ClientConnection:
    """The socket of a page."""
    headers = own_headers(studio)
    cookie = {"Cookie": headers["Cookie"]}
    return studio.connect(origin=headers["Origin"], additional_headers=cookie)


def head_and_body(studio: Running, sent: Sent) -> tuple[bytes, bytes]:
    """A request as it goes over the wire, its body apart."""
    own = {**own_headers(studio), "Content-Length": str(len(sent.body)), "Connection": "close"}
    headers = {name: value for name, value in (own | sent.headers).items() if value is not None}
    query = "" if sent.name is None else "?" + urlencode({"name": sent.name})
    lines = [f"{sent.method} {sent.path}{query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode(), sent.body


def upload(studio: Running, sent: Sent) -> tuple[int, str]:
    """The status and the text of what an upload is answered."""
    head, body = head_and_body(studio, sent)
    with studio.raw() as connection:
        with suppress(OSError):  # who refuses a request by its head alone does not read the rest
            connection.sendall(head + body)
        with closing(http.client.HTTPResponse(connection, method=sent.method)) as answer:
            answer.begin()
            return answer.status, answer.read().decode()


def said_in(text: str) -> str:
    """The words of an error, which stand in JSON or by themselves."""
    if not text.startswith("{"):
        return text
    (words,) = json.loads(text).values()
    assert isinstance(words, str)
    return words


def assert_readable(said: str) -> None:
    """An error is a sentence of some length, not a page of Python and not what was sent."""
    assert len(said.split()) >= 2, said
    assert len(said) < 1500, said
    assert "made a mistake" not in said
    assert "Traceback" not in said


def assert_refused(studio: Running, page: ClientConnection, item: Message | Sent) -> None:
    """Send one thing, and look at the answer."""
    if isinstance(item, Sent):
        status, text = upload(studio, item)
        assert 400 <= status < 500, (status, text, item)
        assert_readable(said_in(text))
        return
    page.send(item.content)
    answer: dict[str, Any] = json.loads(page.recv(60))
    assert answer.keys() == {"id", "error"}, (answer, item)
    assert answer["id"] == item.id
    assert_readable(answer["error"])


def assert_traces(page: ClientConnection) -> None:
    """A drawing runs through the network, with the values that it has computed here."""
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 28:33] = 255
    page.send(json.dumps({"id": 1, "request": "look.open", "parameters": {"source": "lenet"}}))
    assert json.loads(page.recv(60))["answer"]["network"]["name"] == "lenet"
    layers = [{"name": "conv1", "to": 6}]
    asked = {"input": {"kind": "drawing"}, "layers": layers}
    page.send(frame({"id": 2, "request": "look.trace", "parameters": asked}, {"drawing": ink}))
    received = page.recv(60)
    assert isinstance(received, bytes)
    head, arrays = decode(received)
    network = open_source(Settings(), "lenet")
    trace = network.network.trace(from_drawing(ink, network).batch)
    assert head["answer"]["guesses"][0]["name"] == "1"
    np.testing.assert_allclose(arrays["conv1"], trace["conv1"][0].numpy(), atol=1e-5)


@pytest.mark.slow
def test_ten_thousand_malformed_messages_and_uploads(
    studio: Running, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(11)
    items: list[Message | Sent] = [malformed_message(chance) for _ in range(MESSAGES)]
    items += [malformed_upload(chance) for _ in range(UPLOADS)]
    chance.shuffle(items)
    with opened(studio) as page, caplog.at_level(logging.ERROR):
        assert_traces(page)
        for item in items:
            assert_refused(studio, page, item)
        assert_traces(page)
        with opened(studio) as another:
            assert_traces(another)
    assert caplog.records == []
    assert list(studio.settings.runs.glob("*")) == []


def test_what_they_were_made_of_is_taken(studio: Running) -> None:
    """So it is for what was made of them that they are refused."""
    for whole in whole_uploads():
        status, text = upload(studio, whole)
        assert status == 200, (text, whole.name)
    assert [path.name for path in studio.settings.runs.iterdir()] == ["whole"]


def test_uploads_that_are_broken_off(studio: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is there to be answered, and nothing is to be said of it."""
    with caplog.at_level(logging.ERROR):
        for number, whole in enumerate(list(whole_uploads()) * 5):
            head, body = head_and_body(studio, whole)
            with studio.raw() as connection:
                connection.sendall(head + body[: number * len(body) // 60])
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1000) == b""
        with opened(studio) as page:
            assert_traces(page)
    assert caplog.records == []
    assert upload(studio, Sent(LOOK, b"", "a.png"))[0] == 422
    assert list(studio.settings.runs.glob("*")) == []
