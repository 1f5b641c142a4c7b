"""No request can send more than the studio will take."""

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, File, Request

from striate.studio.body import BodyLimit

from .asking import Pairs, ask

BOUNDARY = ("Content-Type", "multipart/form-data; boundary=b")
START = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.fixture
def app() -> FastAPI:
    """An application that takes 1,000 bytes."""
    app = FastAPI()
    app.add_middleware(BodyLimit, most=1000)

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/pieces")
    async def pieces(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.post("/form")
    async def form(file: Annotated[bytes, File()]) -> int:
        return len(file)

    @app.post("/json")
    async def parsed(value: dict[str, Any]) -> int:
        return len(value)

    @app.get("/unread")
    def unread() -> str:
        return "answered"

    return app


@pytest.mark.parametrize("path", ["/raw", "/pieces"])
def test_a_body_of_the_largest_size_passes(app: FastAPI, path: str) -> None:
    length = ("Content-Length", "1000")
    answer = ask(app, path, [length], method="POST", body=[b"x" * 600, b"x" * 400])
    assert (answer.status, answer.body) == (200, b"1000")


@pytest.mark.parametrize("said", ["1001", "99999999999999999999", "9" * 5000])
def test_one_that_says_it_is_larger_is_not_read(app: FastAPI, said: str) -> None:
    def never() -> Any:
        raise AssertionError("the body was read")
        yield b""

    answer = ask(app, "/raw", [("Content-Length", said)], method="POST")
    assert answer.status == 413
    assert b"at most" in answer.body


@pytest.mark.parametrize("path", ["/raw", "/pieces", "/json", "/form"])
@pytest.mark.parametrize("headers", [[], [("Content-Length", "10")]])
def test_one_that_goes_on_is_broken_off(app: FastAPI, path: str, headers: Pairs) -> None:
    kind = BOUNDARY if path == "/form" else ("Content-Type", "application/json")
    body = [START if path == "/form" else b"", *[b"x" * 100] * 20]
    answer = ask(app, path, [kind, *headers], method="POST", body=body)
    assert answer.status == 413


def test_a_form_below_the_limit(app: FastAPI) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--b--\r\n'
    )
    answer = ask(app, "/form", [BOUNDARY], method="POST", body=[body])
    assert (answer.status, answer.body) == (200, b"3")


def test_a_body_that_nobody_reads_does_no_harm(app: FastAPI) -> None:
    assert ask(app, "/unread", body=[b"x" * 5000]).status == 200
