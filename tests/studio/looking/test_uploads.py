import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient, WebSocketTestSession
from tests.studio.asking import ask as ask_raw
from tests.studio.looking.asking_page import Asking

from striate.data import describe, read_image
from striate.errors import StriateError, StudioError
from striate.studio import Settings, create_app
from striate.studio.frames import decode, read_head
from striate.studio.looking import uploads
from striate.studio.looking.uploads import MOST_BYTES, Uploads, read_upload


def png(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is large, and is nothing but zeros packed a thousandfold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2**20))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def gradient(height: int = 30, width: int = 20) -> Any:
    return np.arange(height * width, dtype=np.uint16).reshape(height, width).astype(np.uint8)


class TestReading:
    def test_a_picture(self) -> None:
        found = read_upload("seven.png", png(gradient()))
        assert (found.kind, found.size, found.name) == ("picture", (30, 20), "seven.png")

    def test_turned_upright(self) -> None:
        file = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6  # held on its side
        Image.fromarray(gradient()).save(file, "JPEG", exif=exif)
        assert read_upload("a.jpg", file.getvalue()).size == (20, 30)

    def test_a_film(self) -> None:
        file = io.BytesIO()
        frames = [Image.fromarray(gradient() + np.uint8(9 * n)) for n in range(4)]
        frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
        assert read_upload("a.gif", file.getvalue()).kind == "film"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", b"1, 2.5\n-3e2 4"),
            ("A.TXT", b"1 2.5 -300 4"),
            ("a.npy", None),
        ],
    )
    def test_signals(self, name: str, content: bytes | None) -> None:
        values = np.array([1, 2.5, -300, 4])
        if content is None:
            file = io.BytesIO()
            np.save(file, values)
            content = file.getvalue()
        found = read_upload(name, content)
        assert found.kind == "signal"
        assert np.array_equal(np.asarray(found.content), values)

    def test_names_are_made_harmless(self) -> None:
        found = read_upload("../../x\x00\n<b>\u202e" + "y" * 900, png(gradient()))
        assert found.name.isprintable()
        assert len(found.name) <= 200

    def test_ids_cannot_be_guessed(self) -> None:
        ids = {read_upload("a.png", png(gradient())).id for _ in range(20)}
        assert len(ids) == 20
        assert min(map(len, ids)) >= 16


def npy_header(shape: str, kind: str = "<f8") -> bytes:
    words = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    words += b" " * (118 - len(words) - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words


BAD: tuple[tuple[str, bytes, str], ...] = (
    ("bomb.png", bomb(30_000, 30_000), "pixels"),
    ("bomb.png", bomb(7_072, 7_072), "7072x7072 pixels, more than the 50,000,000"),
    ("bomb.png", bomb(2**31 - 1, 2**31 - 1), "pixels|damaged"),
    ("cut.png", png(gradient())[:60], "damaged"),
    ("empty.png", b"", "not a picture"),
    ("page.html", b"<html><script>alert(1)</script>", "not a picture"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ("print.ps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    ("elf", b"\x7fELF" + bytes(100), "not a picture"),
    ("code.npy", b"\x93NUMPY\x01\x00v\x00cos\nsystem\n", "cannot be read as a signal"),
    ("objects.npy", npy_header("(3,)", "|O") + bytes(24), "cannot be read as a signal"),
    ("huge.npy", npy_header("(1000000000000,)") + bytes(8), "cannot be read as a signal"),
    ("odd.npy", npy_header("(-1,)"), "cannot be read as a signal"),
    ("short.npy", b"\x93NUM", "cannot be read as a signal"),
    ("words.csv", b"one,two", "cannot be read as a signal"),
    ("bytes.csv", b"\xff\xfe\x00", "cannot be read as a signal"),
    ("none.csv", b"", "signal"),
    ("table.npy", npy_header("(2, 2)") + bytes(32), "signal"),
    ("nan.csv", b"1 nan 2", "finite"),
    ("long.csv", b"1 " * 2**22, "4 MiB"),
    ("short.mat", b"1234", "header"),
)


@pytest.mark.parametrize(("name", "content", "words"), BAD)
def test_what_cannot_be_read_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    with pytest.raises(StriateError, match=words) as caught:
        read_upload(name, content)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 500


class TestKeeping:
    def test_the_last_are_kept(self) -> None:
        kept = Uploads()
        ids = [kept.add("a.png", png(gradient())).id for _ in range(33)]
        assert kept[ids[-1]].name == "a.png"
        with pytest.raises(StudioError, match="send it again"):
            kept[ids[0]]

    def test_within_a_bound_of_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        content = png(np.random.default_rng(0).integers(0, 256, (100, 100)).astype(np.uint8))
        monkeypatch.setattr(uploads, "_MOST_KEPT_BYTES", 3 * len(content))
        kept = Uploads()
        ids = [kept.add("a.png", content).id for _ in range(4)]
        assert kept[ids[1]].content == content
        with pytest.raises(StudioError, match="send it again"):
            kept[ids[0]]


class TestRoute:
    def send(self, client: TestClient, content: Any, name: str = "a.png") -> Any:
        return client.post("/look/upload", params={"name": name}, content=content)

    def test_a_picture(self, client: TestClient) -> None:
        answer = self.send(client, png(gradient()))
        assert answer.status_code == 200
        found = answer.json()
        assert (found["name"], found["kind"], found["size"]) == ("a.png", "picture", [30, 20])

    @pytest.mark.parametrize(("name", "content", "words"), BAD[:8:3])
    def test_bombs_are_422(self, client: TestClient, name: str, content: bytes, words: str) -> None:
        answer = self.send(client, content, name)
        assert answer.status_code == 422
        assert name in answer.json()["detail"]

    def test_too_many_bytes_are_413(self, client: TestClient) -> None:
        answer = self.send(client, bytes(MOST_BYTES + 1))
        assert answer.status_code == 413
        assert "20 MiB" in answer.json()["detail"]

    def test_also_when_nobody_says_how_many(self, client: TestClient) -> None:
        taken = 0

        def endless() -> Iterator[bytes]:
            nonlocal taken
            for _ in range(1000):
                taken += 1
                yield bytes(2**20)

        assert self.send(client, endless()).status_code == 413

    def test_only_from_the_page_itself(self, settings: Settings) -> None:
        host = ("host", settings.authority)
        app = create_app(settings)
        for headers in ([host], [host, ("origin", "http://evil.example")]):
            answer = ask_raw(app, "/look/upload?name=a.png", headers, method="POST", body=[b"x"])
            assert answer.status in (401, 403)

    def test_nothing_is_written(
        self, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        before = sorted(tmp_path.rglob("*"))
        self.send(client, png(gradient(600, 500)))
        self.send(client, b"1 2 3", "a.csv")
        assert sorted(tmp_path.rglob("*")) == before


class TestAsInput:
    def test_a_picture_goes_through_the_networks_preprocessing(self, page: Asking) -> None:
        page("look.open", source="lenet")
        content = png(255 - gradient(40, 28))
        upload = page.looking.uploads.add("seven.png", content)
        answer = page("look.trace", input={"kind": "upload", "id": upload.id})
        expected = read_image(Image.open(io.BytesIO(content)), describe("mnist"))
        assert np.array_equal(answer.arrays["picture"][..., 0], expected[0])

    def test_a_signal(self, page: Asking) -> None:
        page("look.open", source="input 1x64\nconv 4 5\nrelu\nflatten\nlinear 3\n")
        values = np.sin(np.arange(200) / 5)
        upload = page.looking.uploads.add("a.csv", " ".join(map(str, values)).encode())
        answer = page("look.trace", input={"kind": "upload", "id": upload.id})
        middle = values[68:132]
        expected = (middle - middle.mean()) / middle.std()
        assert answer.arrays["input"][0] == pytest.approx(expected, abs=1e-5)

    @pytest.mark.parametrize(
        ("text", "name", "content"),
        [
            ("input 1x64\nconv 4 5\n", "a.png", png(gradient())),
            ("input 1x9x9\nconv 4 3x3\n", "a.csv", b"1 2 3"),
            ("input 1x4x9x9\nconv 4 3x3x3\n", "a.png", png(gradient())),
            ("input 7x9x9\nconv 4 3x3\n", "a.png", png(gradient())),
        ],
    )
    def test_of_the_wrong_kind(self, page: Asking, text: str, name: str, content: bytes) -> None:
        page("look.open", source=text)
        upload = page.looking.uploads.add(name, content)
        with pytest.raises(StudioError, match=r"takes|does not say"):
            page("look.trace", input={"kind": "upload", "id": upload.id})


def test_over_the_socket_of_a_page(client: TestClient, socket: WebSocketTestSession) -> None:
    number = client.post("/look/upload?name=a.png", content=png(gradient())).json()["id"]
    socket.send_json({"id": 1, "request": "look.open", "parameters": {"source": "lenet"}})
    assert read_head(socket.receive_text())["answer"]["network"]["name"] == "lenet"
    asked = {"input": {"kind": "upload", "id": number}, "layers": [{"name": "conv1", "to": 6}]}
    socket.send_json({"id": 2, "request": "look.trace", "parameters": asked})
    head, arrays = decode(socket.receive_bytes())
    assert head["id"] == 2
    assert arrays["conv1"].shape == (6, 28, 28)
