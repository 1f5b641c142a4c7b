import pytest

from striate.training import threads_for


def test_little_work_is_for_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.threads._ALL", 8)
    assert threads_for(0) == 1
    assert threads_for(4 * 3_920_000) == 1
    assert threads_for(128 * 416_520) == 8
