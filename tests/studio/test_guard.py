"""Only the user's own page is let in; every answer keeps other sites out of it."""

import logging

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from striate.studio import Settings, create_app
from striate.studio.guard import Guard

from .asking import Pairs, ask, knock

SETTINGS = Settings(token="T" * 32)
HOST = ("Host", "127.0.0.1:8765")
ORIGIN = ("Origin", "http://127.0.0.1:8765")
COOKIE = ("Cookie", f"striate-8765={SETTINGS.token}")
SAME = ("Sec-Fetch-Site", "same-origin")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """An application that answers everything that is let through."""
    app = FastAPI()
    app.add_middleware(Guard, settings=SETTINGS)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
    def anything(path: str) -> str:
        return f"let in to {path}"

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    return app


def open_socket(app: FastAPI, *headers: tuple[str, str]) -> bool:
    """Whether a socket with these headers is opened; a refused one is closed and nothing else."""
    sent = knock(app, "/socket", headers)
    if sent[0]["type"] == "websocket.accept":
        return True
    assert sent == [{"type": "websocket.close", "code": 1008}]
    return False


def test_the_start_address_gives_the_cookie(app: FastAPI) -> None:
    answer = ask(app, f"/?token={SETTINGS.token}", [HOST])
    assert answer.status == 303
    assert answer.headers["location"] == "/"  # the token is gone from the address
    cookie = answer.headers["set-cookie"]
    value, *attributes = cookie.split("; ")
    assert value == f"striate-8765={SETTINGS.token}"
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(attributes)
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert ask(app, "/", [HOST, ("Cookie", value)]).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_elsewhere_to_the_start_address_leads_in(app: FastAPI, site: str) -> None:
    """From a chat in the browser, say: a redirect of such a request would not have the cookie."""
    answer = ask(app, f"/?token={SETTINGS.token}", [HOST, ("Sec-Fetch-Site", site)])
    assert answer.status == 200
    assert answer.headers["refresh"] == "0; url=/"
    assert SETTINGS.token in answer.headers["set-cookie"]
    assert SETTINGS.token.encode() not in answer.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_page_reads(app: FastAPI, method: str) -> None:
    assert ask(app, "/main.js", [HOST, COOKIE, SAME], method=method).status == 200
    assert ask(app, "/main.js", [HOST, COOKIE, SAME, ORIGIN], method=method).status == 200
    assert ask(app, "/", [HOST, COOKIE, ("Sec-Fetch-Site", "none")], method=method).status == 200
    assert ask(app, "/", [HOST, COOKIE], method=method).status == 200  # an older browser


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_page_writes(app: FastAPI, method: str) -> None:
    assert ask(app, "/x", [HOST, COOKIE, ORIGIN, SAME], method=method).status == 200
    assert ask(app, "/x", [HOST, COOKIE, ORIGIN], method=method).status == 200


def test_the_page_opens_its_socket(app: FastAPI) -> None:
    assert open_socket(app, HOST, COOKIE, ORIGIN)


CROSS: list[Pairs] = [
    [HOST, COOKIE, ("Origin", "http://evil.example")],
    [HOST, COOKIE, ("Origin", "null")],
    [HOST, COOKIE, ("Origin", "")],
    [HOST, COOKIE, ("Origin", "https://127.0.0.1:8765")],
    [HOST, COOKIE, ("Origin", "http://127.0.0.1")],
    [HOST, COOKIE, ("Origin", "http://127.0.0.1:8766")],
    [HOST, COOKIE, ("Origin", "http://localhost:8765")],
    [HOST, COOKIE, ("Origin", "http://127.0.0.1:8765.evil.example")],
    [HOST, COOKIE, ("Origin", "http://evil.example/http://127.0.0.1:8765")],
    [HOST, COOKIE, ORIGIN, ("Sec-Fetch-Site", "cross-site")],
    [HOST, COOKIE, ORIGIN, ("Sec-Fetch-Site", "same-site")],
    [HOST, COOKIE, ORIGIN, ("Sec-Fetch-Site", "something new")],
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "STRANGE"])
@pytest.mark.parametrize("headers", CROSS)
def test_other_sites_are_refused_even_with_the_cookie(
    app: FastAPI, method: str, headers: Pairs
) -> None:
    answer = ask(app, "/x", headers, method=method)
    assert answer.status == 403
    assert b"let in" not in answer.body
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", CROSS)
def test_sockets_of_other_sites_are_refused_even_with_the_cookie(
    app: FastAPI, headers: Pairs
) -> None:
    assert not open_socket(app, *headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_other_sites_embed_is_refused(app: FastAPI, site: str) -> None:
    """Images, scripts and frames come without an Origin."""
    assert ask(app, "/main.js", [HOST, COOKIE, ("Sec-Fetch-Site", site)]).status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_reading_goes_without_an_origin(app: FastAPI, method: str) -> None:
    assert ask(app, "/x", [HOST, COOKIE, SAME], method=method).status == 403


def test_a_socket_without_an_origin_is_refused(app: FastAPI) -> None:
    assert not open_socket(app, HOST, COOKIE)


@pytest.mark.parametrize(
    "host", ["evil.example:8765", "evil.example", "127.0.0.1", "0.0.0.0:8765", "", "127.0.0.1:1"]
)
def test_names_that_were_made_to_point_here_are_refused(app: FastAPI, host: str) -> None:
    """DNS rebinding: for the browser page and studio are of one origin then, cookies and all."""
    rebound: Pairs = [("Host", host), ("Origin", f"http://{host}"), COOKIE, SAME]
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        assert ask(app, "/x", rebound, method=method).status == 403
        address = f"/?token={SETTINGS.token}"
        assert ask(app, address, rebound, method=method).status == 403
    assert not open_socket(app, *rebound)


def test_a_request_without_a_host_is_refused(app: FastAPI) -> None:
    assert ask(app, "/", [COOKIE]).status == 403
    assert not open_socket(app, COOKIE, ORIGIN)


@pytest.mark.parametrize("name", ["localhost:8765", "[::1]:8765"])
def test_other_names_of_this_machine(app: FastAPI, name: str) -> None:
    own: Pairs = [("Host", name), ("Origin", f"http://{name}"), COOKIE]
    assert ask(app, "/x", own, method="POST").status == 200
    assert open_socket(app, *own)


WRONG_COOKIES = [
    "",
    "striate-8765",
    "striate-8765=",
    "striate-8765=wrong",
    f"striate-8765={SETTINGS.token}x",
    f"striate-8765={SETTINGS.token[:-1]}",
    f"striate-8765={SETTINGS.token.lower()}",
    f'striate-8765="{SETTINGS.token}"',
    f"striate-8766={SETTINGS.token}",
    f"Striate-8765={SETTINGS.token}",
    f"xstriate-8765={SETTINGS.token}",
    f"token={SETTINGS.token}",
    f"a=striate-8765={SETTINGS.token}",
    "striate-8765=é",
    SETTINGS.token,
]


@pytest.mark.parametrize("cookie", WRONG_COOKIES)
def test_without_the_token_nothing_is_answered(app: FastAPI, cookie: str) -> None:
    headers: Pairs = [HOST, ORIGIN, SAME, ("Cookie", cookie)]
    for target in ("/", "/main.js", "/nosuch", "/?token=wrong", "/?token="):
        answer = ask(app, target, headers)
        assert answer.status == 401
        assert b"address" in answer.body
    assert ask(app, "/x", headers, method="POST").status == 401
    assert not open_socket(app, *headers)


def test_no_cookie_at_all(app: FastAPI) -> None:
    assert ask(app, "/", [HOST]).status == 401
    assert not open_socket(app, HOST, ORIGIN)


@pytest.mark.parametrize(
    "cookie",
    [
        f"other=1; striate-8765={SETTINGS.token}",
        f"striate-8765={SETTINGS.token};other=1",
        # Cookies of other programs on this machine, which may be no valid ones ...
        f'bad={{"a": "b c"}}; striate-8765={SETTINGS.token}',
        f"a[]=1; =; ;;; é=ü; striate-8765={SETTINGS.token}",
        # ... and one that another program has set to lock the user out.
        f"striate-8765=wrong; striate-8765={SETTINGS.token}",
        f"striate-8765={SETTINGS.token}; striate-8765=wrong",
    ],
)
def test_other_cookies_lock_nobody_out(app: FastAPI, cookie: str) -> None:
    assert ask(app, "/", [HOST, ("Cookie", cookie)]).status == 200
    assert open_socket(app, HOST, ORIGIN, ("Cookie", cookie))


@pytest.mark.parametrize(
    "target",
    [
        "/?token=",
        "/?token=wrong",
        f"/?token={SETTINGS.token}x",
        f"/?TOKEN={SETTINGS.token}",
        f"/?token=wrong&token={SETTINGS.token}",
        "/?token=%FF%00",
        "/?token=" + "x" * 10_000,
        f"/x?token={SETTINGS.token}",
        f"/main.js?token={SETTINGS.token}",
        f"//?token={SETTINGS.token}",
    ],
)
def test_no_other_address_lets_in(app: FastAPI, target: str) -> None:
    answer = ask(app, target, [HOST])
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_the_token_in_an_address_opens_no_socket(app: FastAPI) -> None:
    sent = knock(app, f"/socket?token={SETTINGS.token}", [HOST, ORIGIN])
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_only_reading_enters(app: FastAPI) -> None:
    address = f"/?token={SETTINGS.token}"
    assert ask(app, address, [HOST, ORIGIN], method="POST").status == 401
    assert ask(app, address, [HOST], method="POST").status == 403


def assert_headed(headers: object) -> None:
    """That an answer cannot be used by another site."""
    assert isinstance(headers, dict)
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"]
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("status", "target", "headers", "method"),
    [
        (200, "/", [HOST, COOKIE], "GET"),
        (200, "/main.js", [HOST, COOKIE], "HEAD"),
        (303, f"/?token={SETTINGS.token}", [HOST], "GET"),
        (200, f"/?token={SETTINGS.token}", [HOST, ("Sec-Fetch-Site", "cross-site")], "GET"),
        (401, "/", [HOST], "GET"),
        (403, "/", [], "GET"),
        (403, "/", [HOST, COOKIE], "POST"),
        (404, "/nosuch", [HOST, COOKIE], "GET"),
        (405, "/", [HOST, COOKIE, ORIGIN], "POST"),
        (405, "/main.js", [HOST, COOKIE, ORIGIN], "DELETE"),
        (413, "/", [HOST, COOKIE, ORIGIN, ("Content-Length", "99999999999")], "POST"),
    ],
)
def test_every_answer_has_the_headers(
    status: int, target: str, headers: Pairs, method: str
) -> None:
    answer = ask(create_app(SETTINGS), target, headers, method=method)
    assert answer.status == status
    assert_headed(dict(answer.headers))


def test_a_mistake_of_the_studio_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    app.add_middleware(Guard, settings=SETTINGS)

    @app.get("/mistake")
    def mistake() -> None:
        raise KeyError("a secret of the program")

    @app.get("/late")
    def late() -> StreamingResponse:
        def parts() -> object:
            yield b"part"
            raise KeyError("in the middle")

        return StreamingResponse(parts())  # type: ignore[arg-type]

    with caplog.at_level(logging.CRITICAL + 1):
        answer = ask(app, "/mistake", [HOST, COOKIE])
        assert answer.status == 500
        assert b"secret" not in answer.body
        assert_headed(dict(answer.headers))
        # Once the answer has begun, breaking the connection is all that can be done.
        with pytest.raises(KeyError):
            ask(app, "/late", [HOST, COOKIE])


def test_an_answer_may_say_how_long_it_is_kept(app: FastAPI) -> None:
    kept = FastAPI()
    kept.add_middleware(Guard, settings=SETTINGS)

    @kept.get("/kept")
    def answer() -> StreamingResponse:
        return StreamingResponse([b""], headers={"Cache-Control": "no-store"})

    assert ask(kept, "/kept", [HOST, COOKIE]).headers["cache-control"] == "no-store"
