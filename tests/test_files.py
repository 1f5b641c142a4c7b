import os
from pathlib import Path

import pytest

from striate.errors import RecipeError
from striate.files import read_text, remove_unfinished, replacing, write_text


def read(path: Path) -> str:
    return read_text(path, "recipe", RecipeError)


class TestReplacing:
    def test_the_file_is_there_at_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "file"
        with replacing(path) as temporary:
            temporary.write_text("all of it")
            assert not path.exists()
        assert path.read_text() == "all of it"
        assert [entry.name for entry in path.parent.iterdir()] == ["file"]

    def test_an_error_leaves_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("old")

        def fail_half_way() -> None:
            with replacing(path) as temporary:
                temporary.write_text("ne")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_half_way()
        assert path.read_text() == "old"
        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
    @pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
    def test_its_mode_is_that_of_any_new_file(self, tmp_path: Path, mask: int) -> None:
        before = os.umask(mask)
        try:
            write_text(tmp_path / "file", "")
            assert os.umask(mask) == mask
        finally:
            os.umask(before)
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o666 & ~mask

    def test_a_folder_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(OSError, match="folder"):
            write_text(tmp_path / "folder", "text")
        assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]

    def test_what_a_killed_process_left_can_be_removed(self, tmp_path: Path) -> None:
        for name in ("file", ".hidden", ".file.abcd.part", "file.part"):
            (tmp_path / name).touch()
        remove_unfinished(tmp_path)
        assert {entry.name for entry in tmp_path.iterdir()} == {"file", ".hidden", "file.part"}
        remove_unfinished(tmp_path / "absent")


class TestReading:
    def test_what_was_written(self, tmp_path: Path) -> None:
        write_text(tmp_path / "file", "a\nä\n")
        assert (tmp_path / "file").read_bytes() == "a\nä\n".encode()
        assert read(tmp_path / "file") == "a\nä\n"

    def test_a_byte_order_mark_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"\xef\xbb\xbfa")
        assert read(tmp_path / "file") == "a"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"ab\xff", "is no recipe: byte 2 is not UTF-8 text"),
            (b"a" * ((4 << 20) + 1), "is larger than 4 MiB: it is no recipe"),
            (None, "cannot read the recipe .*: No such file"),
        ],
    )
    def test_what_is_none(self, tmp_path: Path, content: bytes | None, message: str) -> None:
        if content is not None:
            (tmp_path / "file").write_bytes(content)
        with pytest.raises(RecipeError, match=message):
            read(tmp_path / "file")

    def test_a_folder_and_a_path_that_cannot_be(self, tmp_path: Path) -> None:
        with pytest.raises(RecipeError, match=r"cannot read the recipe .*: Is a directory"):
            read(tmp_path)
        with pytest.raises(RecipeError, match=r"cannot read the recipe .*null byte"):
            read(tmp_path / "a\0b")
