"""The studio is killed, forgets its pages, has twenty of them, or one that hangs."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from tests.ports import free_port

from .conftest import Studio, start_studio, stop_studio
from .looking import draw, wait_for_maps
from .slow_link import slow_link

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


@contextmanager
def training_here(recipe: Path, runs: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a terminal, which is interrupted in the end."""
    command = ["train", str(recipe), "--runs", str(runs), "--name", name]
    with subprocess.Popen(
        [sys.executable, "-m", "striate", *command], stdout=subprocess.DEVNULL
    ) as training:
        try:
            yield training
        finally:
            training.send_signal(signal.SIGINT)


def train_here(recipe: Path, runs: Path, name: str) -> None:
    """Make a run, in a second."""
    with training_here(recipe, runs, name) as training:
        assert training.wait() == 0


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


def test_a_slow_tab_gets_fewer_frames_and_training_does_not_wait(
    studio: Studio, context: BrowserContext, tmp_path: Path
) -> None:
    port = urlsplit(studio.address).port
    assert port
    recipe = tmp_path / "long.toml"
    wide = "input 1x8x8\nconv 16 3x3 pad same\nrelu\nflatten\nlinear 10"
    recipe.write_text(
        RECIPE.replace("input 1x8x8\nflatten\nlinear 10", wide)
        .replace("epochs = 1", "epochs = 10000")
        .replace("batch = 500", "batch = 5")
    )
    metrics = studio.runs / "watched" / "metrics.jsonl"
    with slow_link(port) as link, training_here(recipe, studio.runs, "watched") as training:
        while not (metrics.exists() and metrics.read_bytes().count(b"\n") > 1):
            assert training.poll() is None
            time.sleep(0.2)
        fast, of_fast = watching(context, studio.address)
        slow, of_slow = watching(context, studio.address.replace(str(port), str(link.port)))
        link.rate = 2000.0
        of_fast.clear()
        of_slow.clear()
        steps = last_step(metrics)
        while len(of_fast) < 20:
            fast.wait_for_timeout(200)
        assert len(of_slow) < len(of_fast) / 2
        assert last_step(metrics) > steps + 100
        training.send_signal(signal.SIGINT)
        training.wait()
        expect(fast.locator(".run-page .pill.stopped")).to_be_visible(timeout=LONG)
        link.rate = None
        # However late, what is newest comes.
        expect(slow.locator(".run-page .pill.stopped")).to_be_visible(timeout=LONG)


def watching(context: BrowserContext, address: str) -> tuple[Page, list[int]]:
    """A page that shows the run "watched", and the sizes of what its socket receives."""
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 2000})  # what is not seen is not sent
    frames: list[int] = []

    def count(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(len(frame)))

    page.on("websocket", count)
    page.goto(f"{address}#view=train&run=watched")
    expect(page.locator("canvas.mosaic").first).to_be_visible(timeout=2 * LONG)
    return page, frames


def last_step(metrics: Path) -> int:
    """How far a training is."""
    *_, last, _ = metrics.read_bytes().split(b"\n")
    return int(json.loads(last)["step"])
