"""Fixtures and settings that every part of the suite shares."""

import importlib
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
    import torch

    try:
        return importlib.import_module("torchvision")
    except RuntimeError:
        # Its compiled operators do not load beside every build of torch, and it describes two of
        # them on import, so these two must have a name; none is ever called.
        schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        for operator in ("nms", "qnms"):
            torch.library.define(f"torchvision::{operator}", schema)
        return importlib.import_module("torchvision")


@pytest.fixture(scope="session")
def timm(torchvision: ModuleType) -> ModuleType:
    """The timm package, which imports torchvision."""
    return importlib.import_module("timm")
