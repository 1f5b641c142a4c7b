"""Files by name, from a folder or a zip archive."""

import os
import zipfile
from pathlib import Path

import pytest

from striate.data.members import opened
from striate.errors import DataError


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The files a (3 bytes) and b (none)."""
    if request.param == "folder":
        (tmp_path / "a").write_bytes(b"123")
        (tmp_path / "b").touch()
        return tmp_path
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.mkdir("deep")
        archive.writestr("deep/er/a", b"123")
        archive.writestr("../../b", b"")
    return tmp_path / "z.zip"


def test_reading(place: Path) -> None:
    with opened(place) as members:
        assert members.names == {"a", "b"}
        assert members.read("a", 3) == b"123"
        assert members.read("b", 0) == b""


def test_limits_and_absence(place: Path) -> None:
    with opened(place) as members:
        with pytest.raises(DataError, match=r"a.* has more than the 2 bytes"):
            members.read("a", 2)
        with pytest.raises(DataError, match=r"c is not there|holds no file c"):
            members.read("c", 9)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_in_place_of_an_archive_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "z.zip")
    with (
        pytest.raises(DataError, match=r"z\.zip is not a file, but a zip archive"),
        opened(tmp_path / "z.zip"),
    ):
        pass


def test_a_bomb_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1 << 26))
    with (
        opened(tmp_path / "z.zip") as members,
        pytest.raises(DataError, match="has more than the 1,000 bytes"),
    ):
        members.read("a", 1000)


def test_a_checksum_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"unmistakable")
    path.write_bytes(path.read_bytes().replace(b"unmistakable", b"unmistakablE"))
    with opened(path) as members, pytest.raises(DataError, match="a in it is damaged"):
        members.read("a", 100)


def test_a_locked_archive(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"content")
    content = bytearray(path.read_bytes())
    for start in (content.index(b"PK\3\4") + 6, content.index(b"PK\1\2") + 8):
        content[start] |= 1  # the flag of an encrypted member
    path.write_bytes(content)
    with opened(path) as members, pytest.raises(DataError, match=r"a in it is damaged.*encrypted"):
        members.read("a", 100)
