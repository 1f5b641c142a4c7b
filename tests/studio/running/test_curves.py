from pathlib import Path
from typing import Any

import numpy as np
import pytest

from striate.studio.running.curves import MOST_POINTS, Curves, Reader, Thinned
from striate.training import Metrics, Step


def step(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "event": "step",
        "step": number,
        "epoch": number / 100,
        "loss": 1 / number,
        "accuracy": 0.5,
        "learning_rate": 0.1,
        "examples": 4,
        "seconds": number / 10,
        "forward_seconds": 0.01,
        "backward_seconds": 0.02,
    } | changes


def curves(*events: dict[str, Any]) -> Curves:
    found = Curves()
    for event in events:
        found.tell(event)
    return found


def test_a_short_run_is_shown_step_by_step() -> None:
    arrays = curves(*map(step, range(1, 11))).arrays()
    np.testing.assert_allclose(arrays["step"], range(1, 11))
    np.testing.assert_allclose(arrays["loss"], [1 / n for n in range(1, 11)])
    np.testing.assert_allclose(arrays["examples"], range(4, 41, 4))
    np.testing.assert_allclose(arrays["rate"], 40.0, rtol=1e-5)
    np.testing.assert_allclose(arrays["forward_ms"], 10.0)
    np.testing.assert_allclose(arrays["backward_ms"], 20.0)
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("count", [512, 513, 5000])
def test_a_long_run_has_as_many_points_and_the_same_sums(count: int) -> None:
    found = curves(*map(step, range(1, count + 1)))
    arrays = found.arrays()
    length = -(-count // MOST_POINTS)
    length = 1 << (length - 1).bit_length()
    points = -(-count // length)
    assert len(arrays["step"]) == points <= MOST_POINTS
    ends = [min(length * (n + 1), count) for n in range(points)]
    np.testing.assert_allclose(arrays["step"], ends)
    starts = [0, *ends[:-1]]
    means = [
        np.mean([1 / n for n in range(a + 1, b + 1)]) for a, b in zip(starts, ends, strict=True)
    ]
    np.testing.assert_allclose(arrays["loss"], means, rtol=1e-5)
    np.testing.assert_allclose(arrays["loss_high"], [1 / (a + 1) for a in starts], rtol=1e-5)
    np.testing.assert_allclose(arrays["loss_low"], [1 / b for b in ends], rtol=1e-5)
    assert arrays["examples"][-1] == 4 * count == found.examples
    assert arrays["rate"][-1] == pytest.approx(40, rel=1e-3)


def test_the_newest_rate_is_that_of_the_last_seconds() -> None:
    slow = [step(n, seconds=n) for n in range(1, 6)]
    fast = [step(n, seconds=5 + (n - 5) / 100) for n in range(6, 300)]
    assert curves(*slow).rate() == pytest.approx(4)
    assert curves(*slow, *fast).rate() == pytest.approx(400)
    assert curves(step(1)).rate() is None
    assert curves().rate() is None


def test_thinned_lists_keep_the_newest() -> None:
    thinned = Thinned[int](8)
    for number in range(1000):
        thinned.add(number)
        kept = list(thinned)
        assert len(kept) <= 9
        assert kept[0] == 0
        assert kept[-1] == number
    gaps = np.diff(list(thinned)[:-1])
    assert len(set(gaps)) == 1


def test_what_happened_is_marked() -> None:
    found = curves(
        {"event": "started", "step": 0, "steps": 9},
        step(1),
        {"event": "changed", "step": 1, "setting": "learning_rate", "value": 0.25},
        {"event": "paused", "step": 1},
        {"event": "failed", "step": 1, "reason": "the loss is nan"},
        {"event": "saved", "step": 1, "path": "x"},
    )
    assert [(mark["event"], mark["examples"], mark["text"]) for mark in found.marks] == [
        ("started", 0, "training began or went on after step 0"),
        ("changed", 4, "learning_rate is now 0.25"),
        ("paused", 4, "paused"),
        ("failed", 4, "failed: the loss is nan"),
    ]
    assert found.changes == {"learning_rate": 0.25}


@pytest.mark.parametrize(
    "event",
    [
        {"event": "step", "step": 2},
        {"event": "step", "step": 2, "loss": "x"},
        {"event": "epoch", "step": 2},
        {"event": "changed", "step": 2, "setting": "a"},
        {"event": "changed", "step": 2, "setting": "a", "value": "b"},
        {"event": "failed", "step": 2},
        {"event": "unheard of", "step": 2},
        {"event": "validated", "step": 2, "loss": None, "accuracy": 1},
        step(2, examples="many"),
        step(2, seconds=None),
        step(2, accuracy=None),
    ],
    ids=str,
)
def test_events_that_lack_something_are_left_out(event: dict[str, Any]) -> None:
    found = curves(step(1), event, step(3))
    assert len(found.arrays()["step"]) == 2
    assert found.rate() == pytest.approx(20)
    assert not found.marks
    assert not found.changes


def test_events_of_before_there_were_passes() -> None:
    old = step(1)
    del old["forward_seconds"], old["backward_seconds"]
    found = curves(old)
    assert found.lately("forward_seconds") is None
    assert found.arrays()["forward_ms"] == [0]


def test_reading_goes_on_and_begins_anew_when_the_run_went_back(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.jsonl")
    reader = Reader(metrics)
    assert not reader.refresh()
    for number in (1, 2, 3):
        metrics.record(Step(number, number / 9, 0.5, 0.5, 0.1, 4, number))
    assert reader.refresh()
    assert not reader.refresh()
    assert reader.curves.examples == 12
    metrics.rewind(1, 0)
    assert reader.refresh()
    assert reader.curves.examples == 4
