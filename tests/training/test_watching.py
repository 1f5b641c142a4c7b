import time
from pathlib import Path

import pytest

from striate.training.watching import Watchers, watch


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.watching._SECONDS_BETWEEN_LOOKS", 0.0)


@pytest.mark.parametrize("example", [None, 17])
def test_somebody_watches_until_then(tmp_path: Path, example: int | None) -> None:
    watchers = Watchers(tmp_path / "watch.json")
    assert watchers.watch() is None
    watch(tmp_path / "watch.json", example, 100)
    seen = watchers.watch()
    assert seen is not None
    assert seen.example == example
    assert time.time() < seen.until < time.time() + 101
    watch(tmp_path / "watch.json", example, -1)
    assert watchers.watch() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"until": "soon"}',
        '{"until": 1e999}',
        '{"until": 9e12, "example": -1}',
        "\0",
    ],
)
def test_a_note_that_cannot_be_read_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "watch.json").write_text(text)
    assert Watchers(tmp_path / "watch.json").watch() is None
