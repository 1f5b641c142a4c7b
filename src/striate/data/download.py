"""Downloads that survive cut connections, and never leave half a file under its real name.

What has arrived is kept in `NAME.part`. A cut connection is resumed with an HTTP range request,
also by a later process; a server that knows no ranges sends the file from its start again. Only
when size and SHA-256 are right is the file renamed to its name.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from striate import __version__
from striate.data.cache import locked, log
from striate.data.description import RemoteFile
from striate.errors import DownloadError
from striate.files import sync_folder

_CHUNK = 1 << 18
_FRUITLESS = 3  # attempts in a row that bring no byte, after which a server is given up
_PASSING = (408, 425, 429, 500, 502, 503, 504)  # answers that may be better a moment later


class Progress(Protocol):
    """Called as bytes arrive: the file's name, bytes so far, bytes in all (None: not known)."""

    def __call__(self, file: str, done: int, total: int | None, /) -> None:
        """Note the progress."""


def fetch(
    file: RemoteFile,
    folder: Path,
    progress: Progress | None = None,
    *,
    timeout: float = 30.0,
    wait: Callable[[float], None] = time.sleep,
    check: bool = False,
    by_hand: str = "give a folder that holds it with --data DIR",
) -> Path:
    """The path of the file in `folder`, downloaded if it is not there whole.

    Each of the file's addresses is tried in order. A connection that is cut or stands still for
    `timeout` seconds is taken up again as long as each attempt brings something. Two processes
    may fetch the same file: one downloads, the other waits for it. With `check` the checksum of a
    file that is there already is looked at too, because disks forget; a damaged one is fetched
    again. `by_hand` says how the user gives a file that came another way.

    Raises:
        DownloadError: no address gave the file whole and with the right checksum, or the folder
            cannot be written. What has arrived is kept for the next try.
    """
    target = folder / file.name
    is_there = verified if check else _looks_whole
    try:
        if is_there(target, file):
            return target
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "downloads.lock"):
            if not is_there(target, file):
                target.unlink(missing_ok=True)
                _Transfer(file, target, progress, timeout, wait, by_hand).run()
    except OSError as error:
        raise DownloadError(
            f"{file.name} cannot be written to {folder}: {error.strerror or error}. Make room or "
            "allow writing there, name another cache folder in the environment variable "
            f"STRIATE_CACHE, or {by_hand}."
        ) from error
    return target


def verified(path: Path, file: RemoteFile) -> bool:
    """Whether the file at `path` has the published size and checksum, as far as they are known."""
    if not _looks_whole(path, file):
        return False
    if not file.known_digits:
        return True
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest().startswith(file.known_digits)


def _looks_whole(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and (file.bytes is None or path.stat().st_size == file.bytes)


class _CutError(Exception):
    """The connection failed; another attempt may do better."""


class _GiveUpError(Exception):
    """This server cannot help, however often it is asked."""


class _Transfer:
    """One file on its way from one of its addresses into its `.part`."""

    def __init__(
        self,
        file: RemoteFile,
        target: Path,
        progress: Progress | None,
        timeout: float,
        wait: Callable[[float], None],
        by_hand: str,
    ) -> None:
        self.file, self.target = file, target
        self.progress, self.timeout, self.wait = progress, timeout, wait
        self.by_hand = by_hand
        self.part = target.with_name(f"{target.name}.part")
        self.validator: str | None = None

    def run(self) -> None:
        failures = []
        for url in self.file.urls:
            if not self.file.known_digits:
                # Nothing could tell whether an old beginning and a new end belong together.
                self.part.unlink(missing_ok=True)
            try:
                resumed = self._arrived() > 0
                self._from_server(url)
                if not self._accepted() and resumed:
                    # The beginning may have come from elsewhere, so this server has another go.
                    self._from_server(url)
                    self._accepted()
                if self.target.exists():
                    return
                failures.append(f"{url} sent a file with another SHA-256 than the published one")
            except _GiveUpError as reason:
                failures.append(f"{url}: {reason}")
            log.info("download failed: %s", failures[-1])
        raise DownloadError(self._explain(failures))

    def _explain(self, failures: list[str]) -> str:
        size = f" ({self.file.bytes:,} bytes)" if self.file.bytes else ""
        kept = self._arrived() if self.file.known_digits else 0
        return (
            f"{self.file.name}{size} could not be downloaded. {'; '.join(failures)}. "
            + (f"The {kept:,} bytes that arrived are kept for the next try. " if kept else "")
            + f"To do without this network, fetch {self.file.urls[0]} by hand, and {self.by_hand}."
        )

    def _arrived(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _accepted(self) -> bool:
        """Give the part its real name if it is the right file; else remove it."""
        if not verified(self.part, self.file):
            self.part.unlink()
            return False
        self.part.replace(self.target)
        sync_folder(self.target.parent)
        return True

    def _from_server(self, url: str) -> None:
        """Ask one server, again and again while it brings something, until all has arrived."""
        self.validator = None
        fruitless = 0
        while True:
            before = self._arrived()
            if self.file.bytes is not None and before > self.file.bytes:
                self.part.unlink()
            elif before == self.file.bytes:
                return
            try:
                if self._receive(url):
                    return
                reason = "the connection was cut"
            except _CutError as error:
                reason = str(error)
            fruitless = 0 if self._arrived() > before else fruitless + 1
            if fruitless >= _FRUITLESS:
                raise _GiveUpError(reason)
            self.wait(0.5 * 2**fruitless)

    def _receive(self, url: str) -> bool:
        """Append what one request brings; whether that was all."""
        have = self._arrived()
        with self._request(url, have) as response:
            if response.status == 206 and _range_start(response) != have:
                self.part.unlink()
                raise _CutError("the server sent another range than it was asked for")
            if response.status != 206:
                have = 0
            self.validator = _validator(response)
            total = self._announced(response, have)
            if self.progress:
                self.progress(self.file.name, have, total)
            with self.part.open("ab" if have else "wb") as part:
                while chunk := self._read(response):
                    have += len(chunk)
                    if total is not None and have > total:
                        self.part.unlink()
                        raise _GiveUpError(f"the server sent more than {total:,} bytes")
                    part.write(chunk)
                    if self.progress:
                        self.progress(self.file.name, have, total)
                part.flush()
                os.fsync(part.fileno())
        return total is None or have >= total

    def _request(self, url: str, have: int) -> http.client.HTTPResponse:
        headers = {"User-Agent": f"striate/{__version__}"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self.validator:
                headers["If-Range"] = self.validator
        request = urllib.request.Request(url, headers=headers)
        try:
            response: http.client.HTTPResponse = urllib.request.urlopen(
                request, timeout=self.timeout
            )
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:
                self.part.unlink(missing_ok=True)
                raise _CutError("the server's file is shorter than what has arrived") from error
            answer = f"the server answered {error.code} {error.reason}"
            if error.code in _PASSING:
                raise _CutError(answer) from error
            raise _GiveUpError(answer) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error
        return response

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> _CutError | _GiveUpError:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return _CutError(f"the server was silent for {self.timeout:g} seconds")
        if isinstance(reason, socket.gaierror):
            return _GiveUpError("the server's name is not known here: is there a network?")
        if isinstance(reason, ssl.SSLCertVerificationError):
            return _GiveUpError(f"the server's certificate is not valid ({reason.verify_message})")
        words = str(getattr(reason, "strerror", None) or reason)
        if isinstance(reason, ConnectionRefusedError):
            return _GiveUpError(words)
        return _CutError(f"the connection was cut ({words})")

    def _announced(self, response: http.client.HTTPResponse, have: int) -> int | None:
        """Bytes of the whole file; a server that offers another file is not read at all."""
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        if self.file.bytes is not None and total not in (None, self.file.bytes):
            raise _GiveUpError(
                f"the server offers {total:,} bytes instead of {self.file.bytes:,}, so it has "
                "another file or an error page"
            )
        return self.file.bytes if total is None else total


def _range_start(response: http.client.HTTPResponse) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _validator(response: http.client.HTTPResponse) -> str | None:
    tag = response.headers.get("ETag", "")
    # A weak tag does not promise the same bytes, which is what a range needs.
    if tag and not tag.startswith("W/"):
        return str(tag)
    date = response.headers.get("Last-Modified")
    return str(date) if date else None
