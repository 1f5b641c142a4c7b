import json
from pathlib import Path

import pytest

from striate.training import Mark, Metrics, Stopped

OLD = (
    b'{"event": "step", "step": 1, "epoch": 0.1, "loss": 2.3, "accuracy": 0.1, '
    b'"learning_rate": 0.1, "examples": 60, "seconds": 0.02}\n'
)


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return Metrics(tmp_path / "metrics.jsonl")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def steps(events: list[dict[str, int]]) -> list[int]:
    return [event["step"] for event in events]


def test_news_are_what_came_since(metrics: Metrics) -> None:
    first = metrics.after(Mark())
    assert (first.events, first.anew) == ([], False)
    metrics.record(Stopped(1, 9))
    metrics.record(Stopped(2, 9))
    news = metrics.after(first.mark)
    assert steps(news.events) == [1, 2]
    metrics.record(Stopped(3, 9))
    later = metrics.after(news.mark)
    assert (steps(later.events), later.anew) == ([3], False)
    assert metrics.after(later.mark).events == []


def test_only_whole_lines_count(metrics: Metrics, path: Path) -> None:
    metrics.record(Stopped(1, 9))
    line = b'{"event": "stopped", "step": 2, "steps": 9}\n'
    with path.open("ab") as file:
        file.write(line[:20])
    news = metrics.after(Mark())
    assert steps(news.events) == [1]
    with path.open("ab") as file:
        file.write(line[20:])
    assert steps(metrics.after(news.mark).events) == [2]


def test_after_going_back_they_are_read_anew(metrics: Metrics) -> None:
    for number in range(1, 6):
        metrics.record(Stopped(number, 9))
    mark = metrics.after(Mark()).mark
    metrics.rewind(2, 0)
    for number in (3, 4, 5, 6):  # as long as before, and longer
        metrics.record(Stopped(number, 99))
    news = metrics.after(mark)
    assert news.anew
    assert steps(news.events) == [1, 2, 3, 4, 5, 6]


def test_a_file_larger_than_is_read_at_once(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("striate.training.metrics._MOST_AT_ONCE", 100)
    for number in range(1, 30):
        metrics.record(Stopped(number, 99))
    assert steps(metrics.read()) == [*range(1, 30)]


def test_the_last_events(metrics: Metrics, path: Path) -> None:
    assert metrics.last(100) == []
    for number in range(1, 30):
        metrics.record(Stopped(number, 99))
    length = len(path.read_bytes().splitlines(keepends=True)[-1])
    assert steps(metrics.last(3 * length + 5)) == [27, 28, 29]
    assert steps(metrics.last(1 << 20)) == [*range(1, 30)]


def test_events_of_before_there_were_passes_are_read(metrics: Metrics, path: Path) -> None:
    path.write_bytes(OLD)
    metrics.record(Stopped(1, 9))
    old, new = metrics.read()
    assert old == json.loads(OLD)
    assert new["event"] == "stopped"
