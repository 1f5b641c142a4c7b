"""Downloads from servers that cut, hang, refuse, send the wrong bytes or know no ranges."""

import hashlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from striate.data import describe, download, load
from striate.data.catalogue import DESCRIPTIONS
from striate.data.description import RemoteFile
from striate.data.download import fetch, verified
from striate.errors import DataError, DownloadError

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8).tobytes()
NAME = "file.bin"


@dataclass
class Server:
    """A server that answers one request after the other as its script says, then properly.

    Answers: "cut N" ends the connection after N bytes, "hang N" stands still after them, "no
    range" sends the whole file whatever was asked for, "odd-range" sends another part than was
    asked for, "no-length" tells no length and ends after N bytes, "bytes N" sends N wrong bytes,
    "slow" takes its time, and a number is a status.
    """

    address: str
    content: bytes = CONTENT
    others: dict[str, bytes] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)
    etag: str = '"first"'
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, name: str = NAME) -> str:
        return f"{self.address}/{name}"

    def file(self, *more: str, sha256: str | None = "", size: int | None = -1) -> RemoteFile:
        digest = hashlib.sha256(CONTENT).hexdigest() if sha256 == "" else sha256
        return RemoteFile(NAME, (self.url(), *more), digest, len(CONTENT) if size == -1 else size)


class Handler(BaseHTTPRequestHandler):
    state: Server

    def do_GET(self) -> None:
        self.state.ranges.append(self.headers["Range"])
        self.state.conditions.append(self.headers["If-Range"])
        answer, _, number = (self.state.script.pop(0) if self.state.script else "ok").partition(" ")
        if answer.isdecimal():
            self.send_error(int(answer))
        elif answer == "bytes":
            self.send_response(200)
            self.send_header("Content-Length", number)
            self.end_headers()
            self.wfile.write(bytes(int(number)))
        else:
            self.send_content(answer, int(number or 0))

    def send_content(self, answer: str, number: int) -> None:
        content = self.state.others.get(self.path.removeprefix("/"), self.state.content)
        start = self.start(answer)
        if start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", self.state.etag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if answer != "no-length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer in ("cut", "hang", "no-length"):
            body = body[:number]
        step, pause = (10_000, 0.02) if answer == "slow" else (len(body), 0)
        for place in range(0, len(body), step or 1):
            self.wfile.write(body[place : place + step])
            time.sleep(pause)
        self.wfile.flush()
        if answer == "hang":
            self.state.closing.wait(10)

    def start(self, answer: str) -> int:
        asked, condition = self.headers["Range"], self.headers["If-Range"]
        if asked is None or answer == "no-range" or condition not in (None, self.state.etag):
            return 0
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        return start - 10 if answer == "odd-range" else start

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start a server with a script of answers."""
    monkeypatch.setenv("no_proxy", "*")
    running: list[tuple[ThreadingHTTPServer, Server]] = []

    def start(*script: str, content: bytes = CONTENT) -> Server:
        handler = type("Scripted", (Handler,), {})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        state = Server(f"http://127.0.0.1:{server.server_port}", content, script=list(script))
        handler.state = state  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        running.append((server, state))
        return state

    yield start
    for server, state in running:
        state.closing.set()
        server.shutdown()
        server.server_close()


def get(file: RemoteFile, folder: Path, timeout: float = 5.0) -> Path:
    return fetch(file, folder, timeout=timeout, wait=lambda _: None)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_whole_file(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    seen: list[tuple[str, int, int | None]] = []
    path = fetch(server.file(), tmp_path / "new" / "folder", lambda *step: seen.append(step))
    assert path.read_bytes() == CONTENT
    assert leftovers(path.parent) == [NAME]
    assert seen[0] == (NAME, 0, len(CONTENT))
    assert seen[-1] == (NAME, len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_a_file_that_is_there_is_not_fetched(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    get(server.file(), tmp_path)
    get(server.file(), tmp_path)
    assert len(server.ranges) == 1


def test_a_short_file_under_the_real_name_is_replaced(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:100])
    assert get(serve().file(), tmp_path).read_bytes() == CONTENT


def test_cut_connections_are_resumed(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("cut 100000", "cut 1", "cut 50000")
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=100001-", "bytes=150001-"]
    assert server.conditions == [None, *['"first"'] * 3]


def test_many_cuts_are_no_failure_while_something_arrives(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(*["cut 20000"] * 14)
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert len(server.ranges) == 15


def test_a_server_that_knows_no_ranges_starts_again(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve("cut 100000", "no-range")
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert len(server.ranges) == 2


def test_another_range_than_was_asked_for(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("cut 100000", "odd-range")
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", None]


def test_a_file_that_changes_on_the_server_is_not_pieced_together(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    old = bytes(len(CONTENT))
    server = serve("cut 100000", content=old)

    def publish(seconds: float) -> None:
        server.content, server.etag = CONTENT, '"second"'

    path = fetch(server.file(), tmp_path, wait=publish)
    assert path.read_bytes() == CONTENT


def test_a_later_call_resumes(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("cut 100000", *["cut 0"] * 3)
    with pytest.raises(DownloadError, match="The 100,000 bytes that arrived are kept") as caught:
        get(server.file(), tmp_path)
    assert "--data DIR" in str(caught.value)
    assert server.url() in str(caught.value)
    assert leftovers(tmp_path) == [f"{NAME}.part"]
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=100000-"
    assert leftovers(tmp_path) == [NAME]


def test_a_stale_part_is_found_out(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(bytes(1000))
    server = serve()
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 5])
def test_a_stale_part_of_the_whole_length_or_more(
    serve: Callable[..., Server], tmp_path: Path, size: int
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(bytes(size))
    assert get(serve().file(), tmp_path).read_bytes() == CONTENT


def test_a_part_that_only_lacked_its_check(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT)
    server = serve()
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges == []


def test_without_a_checksum_an_old_part_is_not_trusted(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(bytes(1000))
    server = serve("cut 5000")
    assert get(server.file(sha256=None), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=5000-"]


def test_wrong_bytes(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(content=bytes(len(CONTENT)))
    with pytest.raises(DownloadError, match="another SHA-256 than the published one"):
        get(server.file(), tmp_path)
    assert leftovers(tmp_path) == []


def test_an_error_page_in_place_of_the_file(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("bytes 512")
    with pytest.raises(DownloadError, match="offers 512 bytes instead of 300,000"):
        get(server.file(), tmp_path)
    assert leftovers(tmp_path) == []


def test_a_file_without_an_announced_length(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("no-length 300000")
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    (tmp_path / NAME).unlink()
    server.script = ["no-length 1000"]
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=1000-"


def test_a_size_that_is_not_known(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("cut 1000")
    assert get(server.file(size=None), tmp_path).read_bytes() == CONTENT


def test_only_the_first_digits_of_the_checksum_are_known(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve("cut 1000")
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    file = replace(server.file(sha256=None, size=None), sha256_prefix=digits)
    assert get(file, tmp_path).read_bytes() == CONTENT
    wrong = replace(file, name="other.bin", sha256_prefix=digits[::-1])
    with pytest.raises(DownloadError, match="another SHA-256 than the published one"):
        get(wrong, tmp_path)
    assert leftovers(tmp_path) == [NAME]


def test_a_file_that_went_bad_is_fetched_again_when_looked_at(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    get(server.file(), tmp_path).write_bytes(bytes(len(CONTENT)))
    assert get(server.file(), tmp_path).read_bytes() == bytes(len(CONTENT))
    assert fetch(server.file(), tmp_path, check=True).read_bytes() == CONTENT
    assert fetch(server.file(), tmp_path, check=True).read_bytes() == CONTENT
    assert len(server.ranges) == 2


def test_the_way_to_give_a_file_by_hand_is_told(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match=r"by hand, and give it with --weights FILE\.$"):
        fetch(serve("404").file(), tmp_path, by_hand="give it with --weights FILE")


def test_more_bytes_than_the_file_has(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("no-length 300001", content=CONTENT + b"!")
    with pytest.raises(DownloadError, match="sent more than 300,000 bytes"):
        get(server.file(), tmp_path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_final(serve: Callable[..., Server], tmp_path: Path, status: int) -> None:
    server = serve(*[str(status)] * 5)
    with pytest.raises(DownloadError, match=f"the server answered {status} "):
        get(server.file(), tmp_path)
    assert len(server.ranges) == 1


def test_a_busy_server_is_asked_again(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("503", "429")
    pauses: list[float] = []
    assert fetch(server.file(), tmp_path, wait=pauses.append).read_bytes() == CONTENT
    assert pauses == [1.0, 2.0]
    server = serve(*["503"] * 9)
    (tmp_path / NAME).unlink()
    with pytest.raises(DownloadError, match="the server answered 503"):
        get(server.file(), tmp_path)
    assert len(server.ranges) == 3


def test_a_server_that_hangs(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("hang 1000")
    assert get(server.file(), tmp_path, timeout=0.2).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-"]
    (tmp_path / NAME).unlink()
    server.script = ["hang 0"] * 9
    with pytest.raises(DownloadError, match=r"the server was silent for 0\.1 seconds"):
        get(server.file(), tmp_path, timeout=0.1)


def test_mirrors_are_tried_in_order(serve: Callable[..., Server], tmp_path: Path) -> None:
    first, second, third = serve("404"), serve("cut 1000", *["503"] * 3), serve()
    path = get(first.file(second.url(), third.url()), tmp_path)
    assert path.read_bytes() == CONTENT
    assert third.ranges == ["bytes=1000-"]


def test_all_mirrors_are_named(serve: Callable[..., Server], tmp_path: Path) -> None:
    first, second = serve("404"), serve(content=bytes(len(CONTENT)))
    with pytest.raises(DownloadError) as caught:
        get(first.file(second.url()), tmp_path)
    assert f"{first.url()}: the server answered 404" in str(caught.value)
    assert f"{second.url()} sent a file with another SHA-256" in str(caught.value)


def test_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    file = RemoteFile(NAME, (f"http://127.0.0.1:{port}/{NAME}",), None, 10)
    with pytest.raises(DownloadError, match="refused"):
        get(file, tmp_path)


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("no_proxy", "*")
    file = RemoteFile(NAME, (f"https://data.invalid/{NAME}",), None, 10)
    with pytest.raises(DownloadError, match="is there a network") as caught:
        get(file, tmp_path)
    assert f"fetch https://data.invalid/{NAME} by hand" in str(caught.value)


def test_a_folder_that_cannot_be_written(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match=r"cannot be written to .* STRIATE_CACHE"):
        get(serve().file(), tmp_path / "file" / "folder")


def test_a_full_disk(serve: Callable[..., Server], tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are a matter of Unix")
    server = serve()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(DownloadError, match="cannot be written"):
            get(server.file(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert leftovers(tmp_path) == [f"{NAME}.part"]
    assert get(server.file(), tmp_path).read_bytes() == CONTENT


def test_an_interruption_leaves_a_part(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("slow")

    def interrupt(file: str, done: int, total: int | None) -> None:
        if done > 50_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server.file(), tmp_path, interrupt)
    assert leftovers(tmp_path) == [f"{NAME}.part"]
    assert get(server.file(), tmp_path).read_bytes() == CONTENT
    assert int(str(server.ranges[-1]).removeprefix("bytes=").removesuffix("-")) > 50_000


SCRIPT = """
import sys
from pathlib import Path
from striate.data.description import RemoteFile
from striate.data.download import fetch
name, url, sha256, size, folder = sys.argv[1:]
fetch(RemoteFile(name, (url,), sha256, int(size)), Path(folder))
"""


def process(server: Server, folder: Path) -> subprocess.Popen[bytes]:
    file = server.file()
    arguments = [file.name, file.urls[0], str(file.sha256), str(file.bytes), str(folder)]
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments])


def test_two_processes_at_once(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("slow", "slow")
    processes = [process(server, tmp_path) for _ in range(2)]
    assert [one.wait(60) for one in processes] == [0, 0]
    assert len(server.ranges) == 1
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert leftovers(tmp_path) == [NAME]


def test_a_killed_process(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve("slow")
    killed = process(server, tmp_path)
    part = tmp_path / f"{NAME}.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    assert killed.wait(60) != 0
    assert leftovers(tmp_path) == [f"{NAME}.part"]
    assert get(server.file(), tmp_path).read_bytes() == CONTENT


def test_verified(tmp_path: Path) -> None:
    file = RemoteFile(NAME, (), hashlib.sha256(b"abc").hexdigest(), 3)
    path = tmp_path / NAME
    assert not verified(path, file)
    for content, right in ((b"abc", True), (b"abd", False), (b"ab", False), (b"", False)):
        path.write_bytes(content)
        assert verified(path, file) == right
    assert verified(path, RemoteFile(NAME, (), None, None))


@pytest.fixture
def published(
    serve: Callable[..., Server],
    write_mnist: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Server:
    """MNIST with few images on a local server."""
    folder = write_mnist(tmp_path / "published")
    server = serve()
    files = []
    for file in DESCRIPTIONS["mnist"].files:
        content = (folder / file.name).read_bytes()
        server.others[file.name] = content
        digest = hashlib.sha256(content).hexdigest()
        files.append(RemoteFile(file.name, (server.url(file.name),), digest, len(content)))
    monkeypatch.setitem(DESCRIPTIONS, "mnist", replace(DESCRIPTIONS["mnist"], files=tuple(files)))
    return server


def test_load_downloads_once(published: Server, cache: Path) -> None:
    steps: list[tuple[str, int, int | None]] = []
    dataset = load("mnist", progress=lambda *step: steps.append(step))
    assert dataset.train.targets.tolist() == [0, 3, 6, 9, 2, 5]
    assert {name for name, _, _ in steps} == {file.name for file in describe("mnist").files}
    assert len(load("mnist").test) == 4
    assert len(published.ranges) == 4
    assert all(path.is_relative_to(cache) for path in download("mnist"))


def test_a_download_that_went_bad_on_the_disk_is_fetched_again(published: Server) -> None:
    (damaged, *_) = download("mnist")
    content = damaged.read_bytes()
    damaged.write_bytes(bytes(len(content)))
    assert len(load("mnist").train) == 6
    assert damaged.read_bytes() == content
    assert len(published.ranges) == 5


def test_a_published_file_that_does_not_decode(
    published: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "train-images-idx3-ubyte.gz"
    published.others[name] = b"no gzip"
    files = tuple(
        replace(file, sha256=None, bytes=7) if file.name == name else file
        for file in DESCRIPTIONS["mnist"].files
    )
    monkeypatch.setitem(DESCRIPTIONS, "mnist", replace(DESCRIPTIONS["mnist"], files=files))
    with pytest.raises(DataError, match=r"not a whole gzip file.*Delete it to have it downloaded"):
        load("mnist")
