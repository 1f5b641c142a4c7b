"""How fast the studio's page answers, how well it reads drawings, and what watching costs.

    python -m benchmarks.studio [--data FOLDER] [--digits 1000] [--part pen hover resnet ...]

Drives the real page in Chromium (its path by --chromium) with mouse moves, 60 a second for the
pen. Times are the page's own measures: from the pointer's event until the maps are painted, or the
arithmetic stands in the panel. MNIST's test digits are drawings in the page's address, strokes
along the rows of their pixels. What watching costs training is the rate of one run with the page
closed and open in turns.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from benchmarks.unwatched import unwatched
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from striate.data import load

PORT = 8797
PAD = 224
PEN = "look: pen to screen"
HOVER = "look: hover to arithmetic"
PARTS = ("pen", "hover", "resnet", "digits", "train")


@contextmanager
def studio(folder: Path, data: Path | None) -> Iterator[str]:
    """A studio in a process of its own; its start address."""
    command = [sys.executable, "-m", "striate", "studio", "--no-browser", "--port", str(PORT)]
    command += ["--runs", str(folder / "runs")]
    if data is not None:
        command += ["--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def measures(page: Page, name: str) -> list[float]:
    """What the page has measured since it was asked the last time."""
    found: list[float] = page.evaluate(
        """name => {
            const found = performance.getEntriesByName(name).map(one => one.duration);
            performance.clearMeasures(name);
            return found;
        }""",
        name,
    )
    return found


def quantiles(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    middle, late = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
    return f"median {middle:.1f} ms, 95th percentile {late:.1f} ms of {len(ordered)}"


def open_look(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".row.painted").first.wait_for()
    page.wait_for_timeout(1000)


def draw_path(page: Page, points: list[tuple[float, float]]) -> None:
    """Move the pen through points, in shares of the pad's sides."""
    box = page.locator(".paper").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def pen_to_screen(chromium: str, address: str) -> str:
    with unwatched(chromium, 1280, 1600) as page:
        page.go(address)
        page.wait_for("document.querySelector('.row.painted') !== null")
        time.sleep(1)
        page.evaluate(f"performance.clearMeasures({PEN!r})")
        box = "document.querySelector('.paper').getBoundingClientRect()"
        left, top, width, height = page.evaluate(f"(b => [b.x, b.y, b.width, b.height])({box})")
        angles = np.linspace(0, 4 * np.pi, 200)
        across, down = 0.5 + 0.3 * np.cos(angles) * (1 - angles / 20), 0.5 + 0.3 * np.sin(angles)
        points = list(zip(left + width * across, top + height * down, strict=True))
        for _ in range(5):
            page.draw(points, a_second=60)
            time.sleep(0.5)
            page.evaluate("document.querySelector('[aria-keyshortcuts=Delete]').click()")
            time.sleep(0.5)
        found = page.evaluate(f"performance.getEntriesByName({PEN!r}).map(one => one.duration)")
    return quantiles(found)


def hover_to_arithmetic(page: Page, address: str) -> str:
    open_look(page, address)
    draw_path(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
    page.wait_for_timeout(500)
    measures(page, HOVER)
    random = np.random.default_rng(0)
    for _ in range(150):
        boxes = page.evaluate(
            """() => [...document.querySelectorAll(".row .maps canvas")]
                .map(canvas => canvas.getBoundingClientRect())
                .filter(box => box.top > 60 && box.bottom < innerHeight)
                .map(box => [box.x, box.y, box.width, box.height])"""
        )
        x, y, width, height = boxes[random.integers(len(boxes))]
        across, down = random.uniform(0.05, 0.95, 2)
        page.mouse.move(x + across * width, y + down * height)
        page.wait_for_timeout(60)
    return quantiles(measures(page, HOVER))


def resnet18(page: Page, address: str) -> str:
    page.goto(address)
    page.evaluate(
        """() => {
            window.tasks = [];
            new PerformanceObserver(list => {
                for (const task of list.getEntries()) window.tasks.push(task.duration);
            }).observe({ type: "longtask", buffered: true });
        }"""
    )
    page.evaluate("location.hash = 'view=look&network=resnet18'")
    page.get_by_text("11.7 M parameters").wait_for(timeout=120_000)
    page.locator(".row.painted").first.wait_for(timeout=120_000)
    page.evaluate("window.tasks.length = 0")
    rows = page.locator("section.row")
    for index in range(rows.count()):
        rows.nth(index).scroll_into_view_if_needed()
        page.locator("section.row").nth(index).locator("canvas, .cell").first.wait_for()
        page.wait_for_timeout(150)
    longest = page.evaluate("Math.max(0, ...window.tasks)")
    return f"{rows.count()} layers seen; longest task of the main thread {longest:.0f} ms"


def drawn_digits(page: Page, address: str, data: Path | None, count: int) -> str:
    open_look(page, address)
    page.evaluate(
        """async () => {
            const scripts = document.querySelector("script[type=module]").src;
            window.strokes = await import(new URL("look/strokes.js", scripts));
        }"""
    )
    test = load("mnist", data).test
    right = 0
    for index in range(count):
        strokes = pixel_strokes(test.inputs[index].squeeze() >= 96)
        measures(page, PEN)
        page.evaluate(
            """strokes => {
                const drawing = window.strokes.written(strokes);
                location.hash = `view=look&network=lenet&input=drawing&drawing=${drawing}`;
            }""",
            strokes,
        )
        while not measures(page, PEN):
            page.wait_for_timeout(5)
        right += first_guess(page) == str(test.targets[index])
    return f"{right} of {count} right, {right / count:.1%}"


def pixel_strokes(ink: np.ndarray) -> list[dict[str, object]]:
    """Strokes of the finest pen, one along each stretch of inked pixels, on the page's pad."""
    side = PAD / len(ink)
    return [
        {
            "erase": False,
            "width": side,
            "points": [
                *(round((first + 0.5) * side), round((row + 0.5) * side)),
                *(round((last + 0.5) * side), round((row + 0.5) * side)),
            ],
        }
        for row, first, last in ink_runs(ink)
    ]


def ink_runs(ink: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """The stretches of ink: row, first and last column."""
    for row, line in enumerate(ink):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        for first, end in edges.reshape(-1, 2):
            yield row, int(first), int(end) - 1


def first_guess(page: Page) -> str:
    return page.locator(".guesses .first").inner_text().strip()


def watched_training(page: Page, address: str, folder: Path, data: Path | None) -> str:
    command = [sys.executable, "-m", "striate", "train", "cifar10-demo", "--name", "demo"]
    command += ["--runs", str(folder / "runs")]
    if data is not None:
        command += ["--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as training:
        metrics = folder / "runs" / "demo" / "metrics.jsonl"
        while not metrics.exists() or metrics.stat().st_size < 10_000:
            time.sleep(0.5)
        rates: dict[bool, list[float]] = {False: [], True: []}
        for turn in range(8):
            for watched in (True, False) if turn % 2 == 0 else (False, True):
                page.goto(address if watched else "about:blank")
                if watched:
                    page.evaluate("location.hash = 'view=train&run=demo'")
                time.sleep(4)
                before, began = examples_seen(metrics), time.monotonic()
                time.sleep(10)
                rates[watched].append(
                    (examples_seen(metrics) - before) / (time.monotonic() - began)
                )
        training.terminate()
    alone, seen = statistics.median(rates[False]), statistics.median(rates[True])
    pairs = zip(rates[True], rates[False], strict=True)
    ratio = statistics.median(watched / unwatched for watched, unwatched in pairs)
    return f"{alone:.0f} examples/s alone, {seen:.0f} watched; {ratio:.3f} by pairs"


def examples_seen(metrics: Path) -> int:
    last = metrics.read_bytes().split(b"\n")[-2]
    return int(json.loads(last)["step"]) * 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with MNIST and CIFAR-10")
    parser.add_argument("--digits", type=int, default=1000)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--part", nargs="*", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    table = Table("what", "measured")
    with (
        tempfile.TemporaryDirectory() as name,
        studio(folder := Path(name), options.data) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        for part in options.part:
            match part:
                case "pen":
                    drawn = pen_to_screen(options.chromium, address)
                    table.add_row("pen to screen, LeNet, all layers", drawn)
                case "hover":
                    table.add_row("hover to arithmetic", hover_to_arithmetic(page, address))
                case "resnet":
                    table.add_row("ResNet-18 at 224 px", resnet18(page, address))
                case "digits":
                    read = drawn_digits(page, address, options.data, options.digits)
                    table.add_row("MNIST's test digits as strokes", read)
                case "train":
                    cost = watched_training(page, address, folder, options.data)
                    table.add_row("training cifar10-demo while watched", cost)
        browser.close()
    Console().print(table)


if __name__ == "__main__":
    main()
