"""Pages that ask the view's session directly, without a server."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from tests.studio.looking.asking_page import Asking

from striate.studio import Settings
from striate.studio.looking import Looking


@pytest.fixture(scope="package")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Looking:
    """What the pages of a studio share; opening a network takes a while, so tests share it too."""
    folder: Path = tmp_path_factory.mktemp("studio")
    return Looking(FastAPI(), Settings(runs=folder / "runs"))


@pytest.fixture
def page(looking: Looking) -> Asking:
    """A page of its own."""
    return Asking(looking)


@pytest.fixture
def seven() -> np.ndarray[Any, Any]:
    """A seven as a pen of 16 pixels draws it on a sheet of 200x200."""
    ink = np.zeros((200, 200), np.uint8)
    ink[40:56, 50:150] = 255
    for row in range(48, 165):
        middle = 142 - round((row - 48) * 0.5)
        ink[row, middle - 8 : middle + 8] = 255
    return ink
