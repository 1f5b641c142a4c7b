"""Where downloads and decoded arrays are kept, and how two processes share that place."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from striate.errors import DataError

log = logging.getLogger("striate.data")


def cache_folder(given: Path | None = None) -> Path:
    """The folder that holds downloads and decoded arrays; it need not exist yet.

    The first of: the folder given, the environment variable STRIATE_CACHE, and the place where
    this operating system keeps a user's caches.
    """
    if given is not None:
        return expanded(given)
    if chosen := os.environ.get("STRIATE_CACHE"):
        return expanded(Path(chosen))
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (
            (Path(local) if local else expanded(Path("~")) / "AppData" / "Local")
            / "striate"
            / "Cache"
        )
    if sys.platform == "darwin":
        return expanded(Path("~")) / "Library" / "Caches" / "striate"
    # The XDG specification has relative paths ignored.
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else expanded(Path("~")) / ".cache") / "striate"


def expanded(path: Path) -> Path:
    """The path with a leading ~ or ~user replaced by that home folder.

    Raises:
        DataError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise DataError(f"{path}: that home folder is not known.") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; a lock held by a process that has died does not count.

    Raises:
        OSError: the lock file cannot be written.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=1)
    except Timeout:
        log.info("waiting for another process that is working on %s", path.stem)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
