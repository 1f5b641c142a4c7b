"""The studio is killed, forgets its pages, has twenty of them, or one that hangs."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import Studio, free_port, start_studio, stop_studio
from .looking import draw, wait_for_maps

RECIPE = """
title = "A run"
network = '''
input 1x8x8
flatten
linear 10
'''
epochs = 1
batch = 500
[data]
name = "digits"
[optimiser]
kind = "sgd"
lr = 0.1
"""

LONG = 60_000
"""Milliseconds until a studio has started again, on a machine with much to do."""


@dataclass
class Restarted:
    """A studio that can be killed and started again on its port."""

    folder: Path
    studio: Studio

    @property
    def port(self) -> int:
        """The port, which stays."""
        port = urlsplit(self.studio.address).port
        assert port
        return port

    def kill(self) -> None:
        """End it as a crash would."""
        self.studio.process.send_signal(signal.SIGKILL)
        self.studio.process.communicate(timeout=30)

    def start(self) -> None:
        """Start it again."""
        self.studio = start_studio(self.folder, self.port)


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[Restarted]:
    """A studio of one test."""
    running = Restarted(tmp_path, start_studio(tmp_path, free_port()))
    yield running
    stop_studio(running.studio)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one test; what it says to the console while the studio is gone is no matter."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LONG)
    yield context
    context.close()


def connection(page: Page, text: str) -> None:
    """Wait until the page says this of its connection."""
    expect(page.locator("#connection")).to_contain_text(text, timeout=LONG)


def connected(page: Page) -> None:
    """Wait until the page has its studio."""
    expect(page.locator("html")).to_have_attribute("data-connection", "open", timeout=LONG)
    expect(page.locator("#connection")).to_have_text("")


def first_guess(page: Page) -> str:
    """What the network takes the drawing for."""
    return page.locator(".guesses").first.inner_text()


def train_here(recipe: Path, runs: Path, name: str) -> None:
    """Make a run, in a second."""
    command = ["train", str(recipe), "--runs", str(runs), "--name", name]
    subprocess.run(
        [sys.executable, "-m", "striate", *command], check=True, stdout=subprocess.DEVNULL
    )


def test_killed_and_started_again_the_page_goes_on(
    restarted: Restarted, context: BrowserContext, tmp_path: Path
) -> None:
    look, runs = context.new_page(), context.new_page()
    look.goto(restarted.studio.address)
    expect(look.locator(".paper")).to_be_visible(timeout=2 * LONG)
    draw(look, [(0.5, 0.1), (0.5, 0.9)])
    wait_for_maps(look)
    before = first_guess(look)
    (tmp_path / "small.toml").write_text(RECIPE)
    train_here(tmp_path / "small.toml", restarted.studio.runs, "first")
    runs.goto(f"{restarted.studio.address}#view=train")
    expect(runs.locator(".run-list li")).to_have_count(1)

    restarted.kill()
    for page in (look, runs):
        connection(page, "connection lost")
    shutil.copytree(restarted.studio.runs / "first", restarted.studio.runs / "second")
    # What is drawn meanwhile is answered when the studio is back.
    draw(look, [(0.2, 0.5), (0.8, 0.5)])
    restarted.start()
    for page in (look, runs):
        connected(page)
    expect(look.locator(".guesses").first).not_to_have_text(before)
    # The list is whole: the run of before, and one that came while nobody looked.
    expect(runs.locator(".run-list li")).to_have_count(2)
    no_error_is_shown(look)

    # What is on the page is in its address and its browser: loaded anew it is there again.
    look.reload()
    wait_for_maps(look)
    no_error_is_shown(look)


def no_error_is_shown(page: Page) -> None:
    """Wait until nothing on the page says that something went wrong."""
    expect(page.locator("[role=alert]:visible")).to_have_count(0, timeout=LONG)


def test_a_page_that_the_studio_does_not_know_is_told_so(
    restarted: Restarted, context: BrowserContext
) -> None:
    """Its secret was removed, so the one that the page has is of no use any more."""
    page = context.new_page()
    page.goto(restarted.studio.address)
    connected(page)
    restarted.kill()
    (restarted.folder / "cache" / "striate" / "studio-token").unlink()
    restarted.start()
    connection(page, "no access: open the address that the studio printed")
    page.goto(restarted.studio.address)
    connected(page)


def test_twenty_tabs(studio: Studio, context: BrowserContext) -> None:
    pages = [context.new_page() for _ in range(20)]
    views = ("look", "train", "arithmetic", "look")
    for number, page in enumerate(pages):
        page.goto(f"{studio.address}#view={views[number % 4]}", wait_until="commit")
    for number, page in enumerate(pages):
        connected(page)
        if views[number % 4] == "look":
            expect(page.locator(".row.painted").first).to_be_attached(timeout=2 * LONG)
        else:
            expect(page.get_by_role("heading").nth(1)).to_be_visible()
        no_error_is_shown(page)
    draw(pages[-1], [(0.5, 0.1), (0.5, 0.9)])
    expect(pages[-1].locator(".guesses").first).to_contain_text("1", timeout=LONG)


def test_a_tab_that_hangs_holds_nobody_up(studio: Studio, context: BrowserContext) -> None:
    """It asks for everything and reads nothing while its script runs in a circle."""
    hanging, other = context.new_page(), context.new_page()
    for page in (hanging, other):
        page.goto(studio.address)
        wait_for_maps(page)
    hanging.evaluate(
        """async () => {
            const { LiveSource } = await import("/source/live.js");
            const source = new LiveSource(`ws://${location.host}/socket`);
            await new Promise((resolve) => {
                source.onStatus((status) => { if (status === "open") resolve(); });
            });
            const network = "input 1x8x8\\nconv 4 3x3\\nflatten\\nlinear 10";
            const ask = () => source.request("train.check", { network });
            void Promise.all(Array.from({ length: 100 }, ask)).then(() => {
                document.body.dataset.answered = "all";
            });
            setTimeout(() => { const end = Date.now() + 5000; while (Date.now() < end); }, 0);
        }"""
    )
    before = first_guess(other)
    draw(other, [(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)])
    expect(other.locator(".guesses").first).not_to_have_text(before)
    expect(hanging.locator("body")).to_have_attribute("data-answered", "all", timeout=LONG)
