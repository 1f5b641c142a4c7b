import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from striate.errors import TrainingError
from striate.training.schedules import (
    Constant,
    Cosine,
    Exponential,
    Linear,
    OneCycle,
    ScheduleSettings,
    Step,
    factor,
)

QUARTERS = (0, 0.25, 0.5, 0.75, 1)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Constant(), [1, 1, 1, 1, 1]),
        (Constant(warm_up=0.5), [0, 0.5, 1, 1, 1]),
        (Linear(), [1, 0.75, 0.5, 0.25, 0]),
        (Linear(warm_up=0.5, start=0.2, end=0.1), [0.2, 0.6, 1, 0.55, 0.1]),
        (Cosine(), [1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125), 0]),
        (Cosine(warm_up=0.5, end=0.5), [0, 0.5, 1, 0.75, 0.5]),
        (OneCycle(peak=0.5, start=0.5, end=0), [0.5, 0.75, 1, 0.5, 0]),
        (Step(milestones=(0.25, 0.75), factor=0.5), [1, 0.5, 0.5, 0.25, 0.25]),
        (Step(milestones=(0.75,), factor=0.1, warm_up=0.5), [0, 0.5, 1, 0.1, 0.1]),
        (Exponential(end=1 / 16), [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16]),
        (Exponential(end=0.25, warm_up=0.5, start=0.5), [0.5, 0.75, 1, 0.5, 0.25]),
    ],
    ids=repr,
)
def test_written_out(settings: ScheduleSettings, expected: list[float]) -> None:
    assert [factor(settings, p) for p in QUARTERS] == pytest.approx(expected)


def test_one_cycle_is_torchs() -> None:
    steps = 50
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=1.0, total_steps=steps + 1, pct_start=(0.3 * steps + 1) / (steps + 1)
    )
    settings = OneCycle(peak=0.3)
    for step in range(steps + 1):
        assert factor(settings, step / steps) == pytest.approx(reference.get_last_lr()[0])
        optimiser.step()
        if step < steps:
            reference.step()


shares = st.floats(0, 0.99)
units = st.floats(0, 1)


@st.composite
def schedules(draw: st.DrawFn) -> ScheduleSettings:
    warm_up = draw(st.sampled_from([0.0, 0.1]) | shares)
    warmed: dict[str, Any] = {"warm_up": warm_up, "start": draw(units)} if warm_up else {}
    end = draw(units)
    every: list[ScheduleSettings] = [
        Constant(**warmed),
        Linear(end=end, **warmed),
        Cosine(end=end, **warmed),
        Exponential(end=max(end, 1e-6), **warmed),
        Step(milestones=(0.3, 0.6)),
        OneCycle(peak=draw(st.floats(0.01, 0.99)), start=draw(units), end=end),
    ]
    return draw(st.sampled_from(every))


@given(schedules(), units)
def test_between_zero_and_one(settings: ScheduleSettings, progress: float) -> None:
    assert -1e-12 <= factor(settings, progress) <= 1 + 1e-12


@given(schedules())
def test_reaches_one_and_never_rises_again(settings: ScheduleSettings) -> None:
    top = settings.peak if isinstance(settings, OneCycle) else settings.warm_up
    assert factor(settings, top) == pytest.approx(1)
    falling = [factor(settings, top + (1 - top) * i / 20) for i in range(20)]
    rising = [factor(settings, top * i / 20) for i in range(21)]
    assert all(a >= b - 1e-12 for a, b in pairwise(falling))
    assert all(a <= b + 1e-12 for a, b in pairwise(rising))


@pytest.mark.parametrize("progress", [-0.01, 1.01, math.nan])
def test_progress_outside_training(progress: float) -> None:
    with pytest.raises(TrainingError, match="between 0"):
        factor(Constant(), progress)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "linear", "warm_up": 1}, "less than 1"),
        ({"kind": "linear", "end": 2}, "less than or equal to 1"),
        ({"kind": "linear", "start": 0.1}, r"start \(=0.1\) has no effect without a warm-up"),
        ({"kind": "step", "milestones": [0.5, 0.25]}, "must rise"),
        ({"kind": "step", "milestones": []}, "at least 1 item"),
        ({"kind": "step", "milestones": [30]}, "less than 1"),
        ({"kind": "exponential", "end": 0}, "greater than 0"),
        ({"kind": "one_cycle", "warm_up": 0.1}, "Extra inputs are not permitted"),
        ({"kind": "triangle"}, "'one_cycle'"),
    ],
)
def test_settings_out_of_bounds(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(ScheduleSettings).validate_python(settings)


def test_settings_are_read_by_kind() -> None:
    read = TypeAdapter[ScheduleSettings](ScheduleSettings).validate_python(
        {"kind": "step", "milestones": [0.5, 0.75], "factor": 0.2}
    )
    assert read == Step(milestones=(0.5, 0.75), factor=0.2)
