"""Fixtures and settings that every part of the suite shares."""

import json
import logging
import os
import signal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

# Processes of pytest-xdist share the cores; more threads than cores make each other wait.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Consoles keep the width and colours that they find there; tests set their own.
for _setting in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(_setting, None)

# A suite that is run in the background ignores Ctrl-C, and so would the programs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No time limit for an example: machines are shared, and a slow one is not a mistake.
settings.register_profile("striate", deadline=None)
settings.load_profile("striate")

SHARED = Path(__file__).resolve().parents[2] / "shared"

# torch notes every step of tracing there, which the suite would keep for its reports.
logging.getLogger("torch.__trace").propagate = False


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


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """The torchvision package, its models included; tests that compare with it ask for it."""
    return _imported("torchvision")


@pytest.fixture(scope="session")
def timm() -> ModuleType:
    """The timm package; tests that compare with it ask for it."""
    return _imported("timm")


def _imported(package: str) -> ModuleType:
    # Not at the top: the number of threads above is read when torch is imported.
    from striate.network.torchvision_import import import_with_torchvision

    return import_with_torchvision(package)
