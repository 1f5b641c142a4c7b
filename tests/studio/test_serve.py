"""The server on a real port: slow and hostile clients are kept from harming the others."""

import http.client
import json
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.ports import free_port
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from striate.errors import StudioError
from striate.studio import Settings, create_app, opening, serve
from striate.studio.body import BodyLimit
from striate.studio.frames import decode
from striate.studio.serve import listen

from .served import Running, until
from .toy import Toy, toy_app


@pytest.fixture
def toys() -> list[Toy]:
    """The views of the pages that were opened."""
    return []


@pytest.fixture
def toy_server(toys: list[Toy]) -> Iterator[Running]:
    """A server of such views, without a guard."""
    app = toy_app(toys)
    app.add_middleware(BodyLimit, most=2**20)
    running = Running(app, Settings(port=free_port()))
    yield running
    running.stop()


def steady(count: Callable[[], int]) -> int:
    """A count once it has not changed for a while."""
    last = -1
    while (now := count()) != last:
        last = now
        time.sleep(0.3)
    return now


def drain(page: ClientConnection, message: str | bytes = "{}") -> None:
    """Send a message, and read until there is no more."""
    page.send(message)
    while True:
        page.recv(20)


def asked(id_: int, request: str, /, **parameters: Any) -> str:
    return json.dumps({"id": id_, "request": request, "parameters": parameters})


def test_a_page_that_does_not_read_holds_little_memory_and_nobody_up(
    toy_server: Running, toys: list[Toy]
) -> None:
    """It asks for 200 MiB; what is made of that fits into the system's buffers and two frames."""
    with toy_server.connect(max_queue=1, max_size=None) as slow, toy_server.connect() as other:
        for number in range(200):
            slow.send(asked(number, "toy.large", number=number))
        assert steady(lambda: len(toys[0].done)) < 40
        other.send(asked(1, "toy.say", number=1))
        assert json.loads(other.recv(20)) == {"id": 1, "answer": {"number": 1}}
        # Once it reads, it gets all of them.
        for number in range(200):
            head, arrays = decode(bytes(slow.recv(20)))  # type: ignore[arg-type]
            assert head["id"] == number
            assert arrays["large"][0] == number


def test_a_stream_to_a_page_that_does_not_read_has_fewer_frames(
    toy_server: Running, toys: list[Toy]
) -> None:
    with toy_server.connect(max_queue=1, max_size=None) as slow, toy_server.connect() as other:
        slow.send(asked(1, "toy.pour", number=300))
        until(lambda: bool(toys) and toys[0].made == 300)  # who makes the frames has not waited
        other.send(asked(1, "toy.say"))
        assert json.loads(other.recv(20))["id"] == 1
        numbers = []
        while not isinstance(message := slow.recv(20), str):
            numbers.append(decode(message)[0]["answer"]["number"])
        assert json.loads(message) == {"id": 1, "more": False}
        assert len(numbers) < 40
        assert numbers == sorted(numbers)
        assert numbers[-1] == 299


def test_a_page_that_goes_away_without_reading_is_forgotten(
    toy_server: Running, toys: list[Toy]
) -> None:
    with toy_server.raw() as slow:
        slow.sendall(
            f"GET /socket HTTP/1.1\r\nHost: {toy_server.settings.authority}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert slow.recv(1000).endswith(b"\r\n\r\n")
        until(lambda: len(toys) == 1)
        asking = [asked(1, "toy.endless"), *(asked(number, "toy.large") for number in range(2, 50))]
        for message in asking:
            slow.sendall(Frame(Opcode.TEXT, message.encode()).serialize(mask=True))
        assert 0 < steady(lambda: len(toys[0].done)) < 40
        assert toys[0].closed == 0
    until(lambda: toys[0].closed == 1)
    assert toys[0].stopped == 1


def test_a_message_that_is_too_large_ends_its_page_alone(
    toy_server: Running, toys: list[Toy]
) -> None:
    with toy_server.connect() as page, toy_server.connect() as other:
        with pytest.raises(ConnectionClosed):
            drain(page, b"x" * (5 * 2**20))
        other.send(asked(1, "toy.say"))
        assert json.loads(other.recv(20))["id"] == 1
    until(lambda: all(toy.closed == 1 for toy in toys))


def test_one_message_may_come_in_many_pieces(toy_server: Running) -> None:
    with toy_server.connect() as page:
        page.send(iter(asked(1, "toy.say", number=5)))
        assert json.loads(page.recv(20)) == {"id": 1, "answer": {"number": 5}}


def test_twenty_pages_at_once(toy_server: Running, toys: list[Toy]) -> None:
    with ExitStack() as closing:
        pages = [closing.enter_context(toy_server.connect(max_queue=None)) for _ in range(20)]
        for page in pages:
            page.send(asked(0, "toy.endless"))
            for number in range(1, 21):
                page.send(asked(number, "toy.say", number=number))
        for page in pages:
            answered: list[int] = []
            while len(answered) < 20:
                message = json.loads(page.recv(20))
                if message["id"]:
                    answered.append(message["id"])
            assert answered == list(range(1, 21))
    until(lambda: [toy.closed for toy in toys] == [1] * 20)
    # A page never has more than one of its requests worked on at a time.
    assert all(toy.done == list(range(1, 21)) for toy in toys)


def test_clients_that_never_end_their_requests(studio: Running) -> None:
    """A few hundred of them ("slow loris"), in every state, and the page is served as before."""
    starts = [
        b"",
        b"G",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-",
        f"POST / HTTP/1.1\r\nHost: {studio.settings.authority}\r\n".encode()
        + b"Content-Length: 1000\r\n\r\nx",
        f"GET /socket HTTP/1.1\r\nHost: {studio.settings.authority}\r\n".encode()
        + b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    ]
    slow = [studio.raw() for _ in range(300)]
    for number, one in enumerate(slow):
        one.sendall(starts[number % len(starts)])
    for _ in range(3):
        for one in slow[1 :: len(starts)]:
            one.sendall(b"E")
        assert get(studio, "/")[0] == 200
    for one in slow:
        one.close()
    assert get(studio, "/")[0] == 200


def get(studio: Running, target: str, method: str = "GET", **more: Any) -> tuple[int, bytes]:
    """The status and body of an answer to the studio's own page."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.settings.port, timeout=20)
    origin = f"http://{studio.settings.authority}"
    cookie = f"striate-{studio.settings.port}={studio.settings.token}"
    connection.request(method, target, headers={"Cookie": cookie, "Origin": origin}, **more)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


GARBAGE = [
    b"\x00" * 100,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,  # someone tries TLS
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"\r\n" * 1000,
]


@pytest.mark.parametrize("sent", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_gets_nothing(studio: Running, sent: bytes) -> None:
    with studio.raw() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    assert answer == b"" or answer.split()[1] in (b"400", b"403", b"401")
    assert b"<title>" not in answer
    assert get(studio, "/")[0] == 200


def test_a_host_is_told_once(studio: Running) -> None:
    """Two names, one of them right, are refused and not chosen from."""
    own = studio.settings.authority
    for hosts in ((own, "evil.example"), ("evil.example", own), (own, own)):
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        with studio.raw() as connection:
            connection.sendall(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_paths_out_of_the_page_over_the_wire(studio: Running) -> None:
    """As bytes, which no client has put in order before they are sent."""
    for target in ("/../app.py", "/%2e%2e/app.py", "/..%2fapp.py", "/..%252fapp.py", "//app.py"):
        status, body = get(studio, target)
        assert status == 404
        assert b"create_app" not in body


def test_a_body_without_end_is_broken_off(studio: Running) -> None:
    """It says nothing of its size; the answer comes while it is still being sent."""
    origin = f"http://{studio.settings.authority}"
    cookie = f"striate-{studio.settings.port}={studio.settings.token}"
    with studio.raw() as connection:
        connection.sendall(
            f"POST /nosuch HTTP/1.1\r\nHost: {studio.settings.authority}\r\nOrigin: {origin}\r\n"
            f"Cookie: {cookie}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 405")
    assert get(studio, "/x", "POST", body=b"x" * 1000)[0] == 405
    assert get(studio, "/")[0] == 200


def test_sockets_of_strangers_are_refused_over_the_wire(studio: Running) -> None:
    own = f"http://{studio.settings.authority}"
    cookie = f"striate-{studio.settings.port}={studio.settings.token}"
    with studio.connect(origin=own, additional_headers={"Cookie": cookie}) as page:
        page.send("{}")
        assert "error" in json.loads(page.recv(20))
    for origin, sent in ((None, cookie), ("http://evil.example", cookie), (own, "a=b")):
        with (
            pytest.raises(InvalidStatus, match="403"),
            studio.connect(origin=origin, additional_headers={"Cookie": sent}),
        ):
            pass


def test_a_studio_with_open_pages_ends_at_once(toys: list[Toy]) -> None:
    running = Running(toy_app(toys), Settings(port=free_port()))
    with running.connect() as page, running.connect() as other:
        page.send(asked(1, "toy.endless"))
        page.recv(20)
        other.send(asked(1, "toy.wait"))
        until(lambda: len(toys) == 2)
        assert toys[1].begun.wait(20)
        running.stop()
        assert toys[0].closed == 1
        toys[1].may_go_on.release()
        with pytest.raises(ConnectionClosed):
            drain(page)


def test_the_port_is_taken() -> None:
    settings = Settings(port=free_port())
    with listen(settings), pytest.raises(StudioError, match=r"in use.*--port takes another one"):
        listen(settings)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.1", "no such address"),
        ("no.such.host.invalid", "knows no such host"),
        ("a..b", "knows no such host"),
        ("\0", "cannot listen"),
        ("", "cannot listen"),
        ("x" * 300, "cannot listen"),
    ],
)
def test_hosts_that_cannot_be(host: str, said: str) -> None:
    with pytest.raises(StudioError, match=said):
        listen(Settings(host=host, port=free_port()))


def test_a_new_studio_takes_the_port_of_the_one_before(studio: Running) -> None:
    """Though connections of that one are not yet forgotten by the system."""
    assert get(studio, "/")[0] == 200
    studio.stop()
    listen(studio.settings).close()


def test_version_six(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    settings = Settings(host="::1", port=free_port(), runs=tmp_path, token="T" * 32)
    try:
        running = Running(create_app(settings), settings)
    except StudioError:
        pytest.skip("this machine has no IPv6")
    connection = http.client.HTTPConnection("::1", settings.port, timeout=20)
    connection.request("GET", f"/?token={settings.token}")
    assert connection.getresponse().status == 303
    connection.close()
    running.stop()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of serving, note what a browser was given to open."""
    opened: list[str] = []

    def run(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
        until(lambda: bool(opened) or not opening.has_screen())
        for one in sockets:
            one.close()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    monkeypatch.setattr("webbrowser.open", opened.append)
    return opened


@pytest.mark.skipif(os.name != "posix", reason="the rights of files are POSIX's")
def test_a_browser_is_not_told_the_token_on_its_command_line(
    tmp_path: Path, served: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every user of the machine can read that; the file it opens only this one."""
    seen: list[tuple[int, str]] = []

    def look(address: str) -> None:
        path = Path(address.removeprefix("file://"))
        seen.append((stat.S_IMODE(path.stat().st_mode), path.read_text()))
        served.append(address)

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", look)
    settings = Settings(port=free_port(), runs=tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    stale = tmp_path / "runs" / f".studio-{settings.port}.html"
    stale.write_text("of a studio that was killed")
    stale.chmod(0o644)
    serve(settings, browser=True, ready=lambda _: None)
    ((mode, page),) = seen
    assert mode == 0o600
    assert f'url={settings.address}"' in page
    assert settings.token not in served[0]
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("screen", [True, False])
def test_no_browser_is_opened_where_none_is_wanted_or_could_be_seen(
    tmp_path: Path, served: list[str], monkeypatch: pytest.MonkeyPatch, screen: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not opening.has_screen()
    if screen:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        assert opening.has_screen()
        served.append("")  # nothing is to be waited for
    ready: list[Settings] = []
    settings = Settings(port=free_port(), runs=tmp_path / "runs")
    serve(settings, browser=not screen, ready=ready.append)
    assert ready == [settings]
    assert [one for one in served if one] == []


def test_a_folder_of_runs_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StudioError, match=r"cannot keep runs in .*: it is a file. --runs"):
        serve(Settings(runs=tmp_path / "runs"), browser=False, ready=lambda _: None)
    with pytest.raises(StudioError, match=r"cannot keep runs in .*: Not a directory"):
        serve(Settings(runs=tmp_path / "runs" / "deeper"), browser=False, ready=lambda _: None)
