from dataclasses import FrozenInstanceError, asdict, fields
from pathlib import Path
from typing import get_args

import pytest

from striate.training import Event, Saved


def test_every_event_has_the_step_that_it_follows() -> None:
    for event in get_args(Event):
        assert "step" in {field.name for field in fields(event)}


def test_events_are_values() -> None:
    event = Saved(step=3, path=Path("a"))
    assert event == Saved(step=3, path=Path("a"))
    assert asdict(event) == {"step": 3, "path": Path("a")}
    with pytest.raises(FrozenInstanceError):
        event.step = 4  # type: ignore[misc]
