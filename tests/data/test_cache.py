"""Where the cache is, and its locks."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from striate.data import cache_folder
from striate.data.cache import expanded, locked
from striate.errors import DataError


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    assert cache_folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.setenv("STRIATE_CACHE", "~/striate files")
    assert cache_folder() == Path.home() / "striate files"


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, ".cache/striate"),
        ("linux", {"XDG_CACHE_HOME": "/big/disk"}, "/big/disk/striate"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, ".cache/striate"),
        ("darwin", {"XDG_CACHE_HOME": "/big/disk"}, "Library/Caches/striate"),
        ("win32", {}, "AppData/Local/striate/Cache"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/striate/Cache"),
    ],
)
def test_each_system_has_its_place(
    platform: str, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STRIATE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == Path.home() / expected


def test_an_unknown_home() -> None:
    with pytest.raises(DataError, match="no-such-user-here"):
        expanded(Path("~no-such-user-here/data"))


def test_one_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with locked(tmp_path / "a.lock"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from striate.data.cache import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait(30)
        with locked(path):
            pass
