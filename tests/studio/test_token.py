"""The token is kept, and only for this user's eyes."""

import os
import re
import stat
from pathlib import Path

import pytest

from striate.errors import StudioError
from striate.studio import kept_token

posix = pytest.mark.skipif(os.name != "posix", reason="the rights of files are POSIX's")


def kept(folder: Path) -> Path:
    return folder / "studio-token"


def test_it_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    token = kept_token(tmp_path / "not" / "there" / "yet")
    assert re.fullmatch(r"[\w-]{32}", token)
    assert kept_token(tmp_path / "not" / "there" / "yet") == token
    assert kept_token(tmp_path / "elsewhere") != token


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_it(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        kept_token(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(kept(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["studio-token"]


@posix
def test_there_is_no_moment_in_which_others_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watched at every call of the system that could make, write or rename a file."""
    seen: list[int] = []

    def watched(name: str) -> None:
        original = getattr(os, name)

        def call(*arguments: object, **named: object) -> object:
            result = original(*arguments, **named)
            seen.extend(path.stat().st_mode & 0o077 for path in tmp_path.iterdir())
            return result

        monkeypatch.setattr(os, name, call)

    for name in ("open", "rename", "replace", "chmod", "close"):
        watched(name)
    before = os.umask(0)
    try:
        kept_token(tmp_path)
    finally:
        os.umask(before)
    assert seen
    assert set(seen) == {0}


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_one_that_others_could_read_or_write_is_replaced(tmp_path: Path, mode: int) -> None:
    first = kept_token(tmp_path)
    kept(tmp_path).chmod(mode)
    second = kept_token(tmp_path)
    assert second != first
    assert stat.S_IMODE(kept(tmp_path).stat().st_mode) == 0o600
    assert kept_token(tmp_path) == second


@posix
@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can give a file away")
def test_one_of_another_user_is_replaced(tmp_path: Path) -> None:
    first = kept_token(tmp_path)
    os.chown(kept(tmp_path), 12345, 12345)
    assert kept_token(tmp_path) != first
    assert kept(tmp_path).stat().st_uid == os.getuid()


@posix
def test_a_link_is_neither_read_nor_followed(tmp_path: Path) -> None:
    """Who may write to the folder could lead us to another file: to read it, or to overwrite it."""
    other = tmp_path / "other"
    other.write_text("A" * 32 + "\n")
    other.chmod(0o600)
    kept(tmp_path).symlink_to(other)
    assert kept_token(tmp_path) != "A" * 32
    assert other.read_text() == "A" * 32 + "\n"
    assert not kept(tmp_path).is_symlink()


@posix
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(kept(tmp_path), 0o600)
    assert kept_token(tmp_path) == kept_token(tmp_path)
    assert kept(tmp_path).is_file()


@pytest.mark.parametrize(
    "content",
    [b"", b"short", b"\xff" * 40, b"A" * 31, b"A" * 129, b"A" * 5000, b"A" * 20 + b" " + b"A" * 20],
)
def test_what_is_no_token_is_replaced(tmp_path: Path, content: bytes) -> None:
    kept(tmp_path).write_bytes(content)
    kept(tmp_path).chmod(0o600)
    token = kept_token(tmp_path)
    assert re.fullmatch(r"[\w-]{32}", token)
    assert kept_token(tmp_path) == token


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    kept(tmp_path).mkdir()
    with pytest.raises(StudioError, match=r"cannot keep the studio's token in .*STRIATE_CACHE"):
        kept_token(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["studio-token"]


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(StudioError, match="cannot keep the studio's token"):
        kept_token(tmp_path / "cache")
