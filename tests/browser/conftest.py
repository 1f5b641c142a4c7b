"""The studio in a process of its own, and its page in Chromium.

Where CI is set a missing browser is a failure, elsewhere these tests skip.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from tests.ports import free_port


@dataclass(frozen=True)
class Studio:
    """A running studio: the address that lets a browser in, and its folder of runs."""

    address: str
    runs: Path
    process: subprocess.Popen[str]


def start_studio(folder: Path, port: int, *options: str) -> Studio:
    """Start a studio whose cache and runs are in a folder, and wait until it listens."""
    runs = folder / "runs"
    command = [sys.executable, "-m", "striate", "studio", *options]
    process = subprocess.Popen(
        [*command, "--no-browser", "--port", str(port), "--runs", str(runs)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    address = process.stdout.readline().split()[-1]
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Studio(address, runs, process)
        time.sleep(0.05)
    raise AssertionError("the studio does not answer")


def stop_studio(studio: Studio) -> None:
    """End a studio as Ctrl-C does."""
    studio.process.terminate()
    studio.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio that all tests of a file share."""
    running = start_studio(tmp_path_factory.mktemp("studio"), free_port())
    yield running
    stop_studio(running)


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Chromium; a missing one skips the test, or fails it where CI is set."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium to test the page with: install Debian's chromium")
        pytest.skip("there is no Chromium to test the page with")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", *options])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, studio: Studio) -> Iterator[Page]:
    """A page of the studio that has been let in; what it says to the console must be no error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda said: mistakes.append(said.text) if said.type == "error" else None)
    page.goto(studio.address)
    yield page
    context.close()
    assert mistakes == []


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical for people with a screen reader or poor sight."""
    # Left to itself it fetches the style sheets anew, which the page's policy refuses.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
