"""Files that are either whole or not there, whatever kills the process that writes them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

_LARGEST_TEXT = 4 << 20
_UNFINISHED = ".part"


@contextmanager
def replacing(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Give a temporary path beside `path`; what is written there replaces `path` at the end.

    A reader sees the old file or the new one, never a part; when the block raises, the old
    file stays and the temporary one is removed. What need not be `lasting` saves the time to
    bring it to the disk itself: a power cut, and nothing else, may then leave it damaged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=_UNFINISHED, delete=False
    ) as opened:
        temporary = Path(opened.name)
    try:
        yield temporary
        if lasting:
            _sync(temporary)
        temporary.chmod(0o666 & ~_umask())  # a temporary file is private, its successor is not
        temporary.replace(path)
        if lasting:
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what a process that was killed while `replacing` a file has left in a folder."""
    for path in folder.glob(f".*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file, atomically, as UTF-8 with Unix line ends."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def read_text(path: Path, what: str, error: type[Exception]) -> str:
    """Return the text of a file that a person wrote, without reading more than such a file has.

    Raises `error`, saying what the file should have been, when it cannot be read, is larger than
    4 MiB or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_TEXT + 1)
    except (OSError, ValueError) as reason:  # ValueError: a zero byte in the path
        why = reason.strerror if isinstance(reason, OSError) else reason
        raise error(f"cannot read the {what} {path}: {why}") from reason
    if len(content) > _LARGEST_TEXT:
        raise error(f"{path} is larger than {_LARGEST_TEXT >> 20} MiB: it is no {what}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise error(f"{path} is no {what}: byte {reason.start} is not UTF-8 text") from reason


def sync_folder(folder: Path) -> None:
    """Make the renames inside a folder survive a power cut, where the system can."""
    if sys.platform == "win32":  # a folder cannot be opened there; NTFS journals its renames
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    # The only portable way to read the mask is to set it and set it back.
    mask = os.umask(0)
    os.umask(mask)
    return mask
