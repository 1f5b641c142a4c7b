"""Uploads that no page sends, each certainly wrong, all of them from a seed."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from .malformed_archives import malformed_archive, whole_archive

LOOK, TRAIN = "/look/upload", "/train/upload"
PICTURES = {"png": "PNG", "jpg": "JPEG", "bmp": "BMP", "gif": "GIF", "webp": "WEBP", "tif": "TIFF"}
FOREIGN: tuple[bytes, ...] = (
    b"",
    b"\0",
    b"<html><script>alert(1)</script>",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    b"%PDF-1.7\n1 0 obj\n",
    b"\x7fELF" + bytes(100),
    b"MZ" + bytes(100),
    b"\x1f\x8b\x08\0" + bytes(20),
    b"\x80\x04\x95cos\nsystem\n.",
    b"GIF89a",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(40),
    b"RIFF\xff\xff\xff\xffWEBPVP8L" + bytes(40),
    (200).to_bytes(8, "little") + b'{"a": {"dtype": "F32"',
)
NO_ARRAY_HEADERS: tuple[str, ...] = (
    "",
    "(" * 9000,
    "-" * 5000 + "1",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (0777,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (10**12,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (True, True), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }",
    "{'descr': (), 'fortran_order': False, 'shape': (4,), }",
    "{'descr': '<f8', 'fortran_order': None, 'shape': {{}: ()}, }",
    "{None: 1, (): 2}",
    "  1\n 2",
    "__import__('os').system('true')",
)


@dataclass(frozen=True)
class Sent:
    """A request; headers given here take the place of those a page sends, None leaves one out."""

    path: str
    body: bytes
    name: str | None = None
    method: str = "POST"
    headers: dict[str, str | None] = field(default_factory=dict)


Make = Callable[[random.Random], Sent]


def pictures() -> Iterator[tuple[str, bytes]]:
    """A picture in every format, with its name; noise, so that it fills its file."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    for ending, kind in PICTURES.items():
        file = io.BytesIO()
        Image.fromarray(noise).save(file, kind)
        yield f"noise.{ending}", file.getvalue()


def signals() -> Iterator[tuple[str, bytes]]:
    """A signal in every format, with its name."""
    file = io.BytesIO()
    np.save(file, np.arange(50.0))
    yield "ramp.npy", file.getvalue()
    yield "ramp.csv", b"1, 2, 3.5\n4 5e-1"
    yield "ramp.mat", struct.pack("<5i4s", 30, 1, 50, 0, 4, b"val\0") + bytes(100)


def whole_uploads() -> Iterator[Sent]:
    """What the malformed ones are made of, before that."""
    for name, content in (*pictures(), *signals()):
        yield Sent(LOOK, content, name)
    yield Sent(TRAIN, whole_archive(), "whole")


def malformed_upload(chance: random.Random) -> Sent:
    """One of the ways in which an upload can be wrong."""
    kinds: tuple[Make, ...] = (_foreign, _cut, _bomb, _signal, _archive, _not_let_in, _misdirected)
    kinds += (_archive, _archive, _wrapped, _length)  # many are there to be unpacked
    return chance.choice(kinds)(chance)


def _foreign(chance: random.Random) -> Sent:
    path = chance.choice([LOOK, TRAIN])
    content = chance.choice([*FOREIGN, b"\0" + chance.randbytes(chance.randrange(500))])
    name = chance.choice(["a.png", "a.npy", "a.csv", "a.mat", "a.zip", "", None, "../../a", "\0"])
    return Sent(path, content, name)


def _cut(chance: random.Random) -> Sent:
    name, content = chance.choice([*pictures(), *(one for one in signals() if "csv" not in one[0])])
    return Sent(LOOK, content[: chance.randrange(len(content) * 9 // 10)], name)


def _bomb(chance: random.Random) -> Sent:
    width, height = chance.choice([(65_535, 65_535), (50_000, 60_000), (8_000, 7_000)])
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2**16))
    png = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows)
    gif = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)
    gif += b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0;"
    size = struct.pack("<IiiHH", 40, width, height, 1, 24)
    bmp = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + size + bytes(24)
    ppm = b"P6 %d %d 255\n" % (width, height)
    content = chance.choice([png + _chunk(b"IEND", b""), gif, bmp, ppm])
    return Sent(LOOK, content, chance.choice(["bomb.png", "bomb.gif", "bomb"]))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _signal(chance: random.Random) -> Sent:
    if chance.random() < 0.3:
        words = [
            b"nan",
            b"1 inf",
            b"one, two",
            b"\xff\xfe1",
            b"",
            b"1;2",
            b"9" * 9000,
            b"1 --2",
            b"x",
        ]
        content = chance.choice([*words, b"word" * 200_000])
        return Sent(LOOK, content, chance.choice(["a.csv", "A.TXT"]))
    header = chance.choice(NO_ARRAY_HEADERS).encode()
    version = chance.choice([1, 2, 3])
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return Sent(LOOK, b"\x93NUMPY" + bytes([version, 0]) + length + header + bytes(32), "a.npy")


def _archive(chance: random.Random) -> Sent:
    return Sent(TRAIN, malformed_archive(chance), chance.choice(["run", "../run", None, "x" * 999]))


def _picture_or_run(chance: random.Random) -> Sent:
    whole = Sent(LOOK, next(pictures())[1], "a.png")
    return chance.choice([whole, Sent(TRAIN, whole_archive(), "run")])


def _wrapped(chance: random.Random) -> Sent:
    """A whole file, as a form or packed once more, which no route takes."""
    whole = _picture_or_run(chance)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    form = "multipart/form-data; boundary=b"
    body, headers = chance.choice(
        [
            (head + whole.body + b"\r\n--b--\r\n", {"Content-Type": form}),
            (head + whole.body[:100], {"Content-Type": form}),
            (zlib.compress(whole.body), {"Content-Encoding": "deflate"}),
            (whole.body.hex().encode(), {"Content-Transfer-Encoding": "hex"}),
        ]
    )
    # Zip archives are found from their end, whatever is before and behind: this one has none.
    if whole.path == TRAIN and body.startswith(b"--b"):
        body = head + whole.body[:-30] + b"\r\n--b--\r\n"
    return Sent(whole.path, body, whole.name, headers=dict(headers))


def _not_let_in(chance: random.Random) -> Sent:
    """A whole file from somebody who may not send it."""
    whole = _picture_or_run(chance)
    headers: dict[str, str | None] = chance.choice(
        [
            {"Cookie": None},
            {"Cookie": "striate-80=" + "T" * 32},
            {"Cookie": chance.randbytes(20).hex()},
            {"Origin": None},
            {"Origin": "null"},
            {"Origin": "http://evil.example"},
            {"Host": "evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ]
    )
    return Sent(whole.path, whole.body, whole.name, headers=headers)


def _misdirected(chance: random.Random) -> Sent:
    """A whole file by another method, or to a place that takes none."""
    whole = _picture_or_run(chance)
    if chance.random() < 0.5:
        method = chance.choice(["PUT", "PATCH", "DELETE", "GET", "UPLOAD"])
        return Sent(whole.path, whole.body, whole.name, method)
    path = chance.choice(
        ["/upload", "/look", "/train/run/upload", "/socket", "/look/upload/x", "/"]
    )
    return Sent(path, whole.body, whole.name)


def _length(chance: random.Random) -> Sent:
    """A length that is none, or more than is accepted."""
    whole = _picture_or_run(chance)
    too_long: list[dict[str, str | None]] = [
        {"Content-Length": length} for length in ("-1", "abc", "1e3", "", "3, 4", "9" * 30)
    ]
    too_long += [{"Content-Length": str(64 * 2**20 + 1)}, {"Transfer-Encoding": "gzip"}]
    too_long += [{"Content-Length": None, "Transfer-Encoding": "chunked"}]
    return Sent(
        whole.path, b"zz\r\n" + whole.body[:50], whole.name, headers=chance.choice(too_long)
    )
