"""Files that a page sends: pictures, films and signals, kept in memory for a while."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from striate.data.images import opened, upright
from striate.data.signals import SUFFIXES, parse_signal
from striate.errors import StriateError, StudioError

MOST_BYTES = 20 * 2**20
MOST_SIGNAL_BYTES = 4 * 2**20
MOST_PIXELS = 50_000_000

_MOST_KEPT = 32
_MOST_KEPT_BYTES = 2**28
_LONGEST_NAME = 200

Content = bytes | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Upload:
    """A file that was sent: the bytes of a picture or film, or the values of a signal."""

    id: str
    name: str
    kind: Literal["picture", "film", "signal"]
    content: Content
    size: tuple[int, ...]

    def plain(self) -> dict[str, Any]:
        """What the page is answered: `size` is (H, W) of a picture, (samples,) of a signal."""
        return {"id": self.id, "name": self.name, "kind": self.kind, "size": list(self.size)}


class Uploads:
    """The last files that were sent, for all pages of a studio."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = Lock()

    def add(self, name: str, content: bytes) -> Upload:
        """Keep a file, once it is known that it can be read.

        Raises DataError for what is no picture and no signal, StudioError for what is too large.
        """
        upload = read_upload(name, content)
        with self._lock:
            self._kept[upload.id] = upload
            while len(self._kept) > _MOST_KEPT or self._bytes() > _MOST_KEPT_BYTES:
                self._kept.popitem(last=False)
        return upload

    def _bytes(self) -> int:
        return sum(_length(one.content) for one in self._kept.values())

    def __getitem__(self, number: str) -> Upload:
        """The file of an id.

        Raises StudioError when it is not kept.
        """
        with self._lock:
            if number not in self._kept:
                raise StudioError("this file is not kept any more; send it again")
            self._kept.move_to_end(number)
            return self._kept[number]


def _length(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.nbytes


def read_upload(name: str, content: bytes) -> Upload:
    """A file as it is kept; its name says whether it is a signal.

    Raises DataError for what is no picture and no signal, StudioError for what is too large.
    """
    name = "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME] or "file"
    number = secrets.token_urlsafe(12)
    if name.lower().endswith(tuple(SUFFIXES)):
        if len(content) > MOST_SIGNAL_BYTES:  # as text each number takes much more once it is read
            raise StudioError(f"{name} is too long: a signal may have 4 MiB at most")
        values = parse_signal(content, name)
        return Upload(number, name, "signal", values, values.shape)
    try:
        with opened(content) as image:
            if image.width * image.height > MOST_PIXELS:
                raise StudioError(
                    f"{name} has {image.width}x{image.height} pixels, more than the "
                    f"{MOST_PIXELS:,} that are accepted; save it smaller"
                )
            frames = getattr(image, "n_frames", 1)
            picture = upright(image, 3)
            picture.load()
    except StriateError as error:
        raise type(error)(str(error).replace("the picture", name, 1)) from error
    kind: Literal["picture", "film"] = "film" if frames > 1 else "picture"
    return Upload(number, name, kind, content, (picture.height, picture.width))


def add_route(app: FastAPI, uploads: Uploads) -> None:
    """Let the application take files: POST /look/upload?name=..., the file as the body."""
    decoding: list[CapacityLimiter] = []  # made on the running loop, and there is one loop

    @app.post("/look/upload")
    async def upload(request: Request, name: str = "") -> Response:
        content = await _body(request)
        if not decoding:
            decoding.append(CapacityLimiter(1))  # one at a time: a picture is large once decoded
        try:
            kept = await to_thread.run_sync(uploads.add, name, content, limiter=decoding[0])
        except StriateError as error:
            raise HTTPException(422, str(error)) from error
        except MemoryError as error:
            raise HTTPException(422, "this file needs more memory than there is") from error
        return JSONResponse(kept.plain())


async def _body(request: Request) -> bytes:
    """The body of a request, refused as soon as it is known to be longer than accepted."""
    said = request.headers.get("content-length", "0")
    parts, length = [], 0
    if len(said) > 18 or (said.isdecimal() and int(said) > MOST_BYTES):
        length = MOST_BYTES + 1
    else:
        async for part in request.stream():
            length += len(part)
            if length > MOST_BYTES:
                break
            parts.append(part)
    if length > MOST_BYTES:
        raise HTTPException(413, f"A file may have {MOST_BYTES // 2**20} MiB at most.")
    return b"".join(parts)
