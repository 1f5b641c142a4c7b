import pytest
import torch

from striate.training import threads_for, using_threads


def test_little_work_is_for_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.threads._ALL", 8)
    assert threads_for(0) == 1
    assert threads_for(4 * 3_920_000) == 1
    assert threads_for(128 * 416_520) == 8


def test_afterwards_there_are_as_many_as_before() -> None:
    before = torch.get_num_threads()
    with using_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
