"""The secret that lets a browser in, kept from one start of the studio to the next."""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from striate.errors import StudioError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")
_BYTES = 24  # 192 bits, 32 characters

# Not on every system: a link is not followed, and a pipe in the file's place does not block.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def kept_token(folder: Path) -> str:
    """The token of this user, made at the first start; the same from one start to the next.

    So a page that is open finds its way back to a studio that was started anew. A file that
    others could have read or written is not believed: a new token takes its place.
    Raises StudioError when the token cannot be kept.
    """
    path = folder / "studio-token"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _read(path) or _made(path)
    except OSError as error:
        why = error.strerror or error
        raise StudioError(
            f"cannot keep the studio's token in {path}: {why}. Make that folder writable, or "
            "choose another with the environment variable STRIATE_CACHE"
        ) from error


def _read(path: Path) -> str | None:
    with suppress(OSError, UnicodeError):
        descriptor = os.open(path, os.O_RDONLY | _CAREFULLY)
        try:
            if _private(os.fstat(descriptor)):
                token = os.read(descriptor, 1024).decode("ascii").strip()
                return token if _TOKEN.fullmatch(token) else None
        finally:
            os.close(descriptor)
    return None


def _private(status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if os.name != "posix":  # the folder of a user's caches is private there
        return True
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _made(path: Path) -> str:
    token = new_token()
    # A temporary file is the user's alone from its first moment, and a link in the way is
    # replaced, not followed.
    with NamedTemporaryFile(
        "w", encoding="ascii", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(token + "\n")
    try:
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink()
        raise
    return token
