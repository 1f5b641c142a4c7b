"""Fixtures and settings that every part of the suite shares."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Processes of pytest-xdist share the cores; more threads than cores make each other wait.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# No time limit for an example: machines are shared, and a slow one is not a mistake.
settings.register_profile("striate", deadline=None)
settings.load_profile("striate")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where there is none."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def worked_examples(shared: Path) -> dict[str, Any]:
    """The lectures' worked numbers."""
    examples: dict[str, Any] = json.loads((shared / "worked_examples.json").read_text())
    return examples
