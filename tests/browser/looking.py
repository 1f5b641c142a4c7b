"""What the tests of the Look view share: waiting for it, drawing in it, and what it must show."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

from striate.network import Trace
from striate.studio import Settings
from striate.studio.looking.opening import Opened, open_source
from striate.studio.looking.prepared import from_drawing

Grid = npt.NDArray[np.float64]


expect.set_options(timeout=30_000)  # a machine may be busy with other tests


def opened(source: str = "lenet") -> Opened:
    """The network that the page has, opened here."""
    return open_source(Settings(), source)


def wait_for_maps(page: Page) -> None:
    """Wait until an input has run through a network: the guesses are painted with the maps."""
    expect(page.locator(".guesses .best")).to_be_attached(timeout=60_000)


def row_of(page: Page, layer: str) -> Locator:
    """The row of a layer."""
    return page.get_by_role("region", name=f"Layer {layer}", exact=True)


def stage_of(page: Page, layer: str, number: int = 0) -> Locator:
    """The figure of a layer's map, counted from the first that is shown."""
    return row_of(page, layer).locator(".stage").nth(number)


def visit(page: Page, state: str) -> None:
    """Go to a state of the Look view by its address, as one does who was sent it."""
    page.goto(f"{page.url.split('#', maxsplit=1)[0]}#{state}")
    page.reload()
    wait_for_maps(page)


def draw(page: Page, *strokes: list[tuple[float, float]]) -> None:
    """Draw strokes with the mouse; 0 and 1 are the ends of the pad."""
    pad = page.locator(".paper")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()


THREE = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.45), (0.7, 0.62), (0.6, 0.8), (0.3, 0.82)]
ONE = [(0.5, 0.15), (0.5, 0.85)]


def ink(page: Page) -> npt.NDArray[np.uint8]:
    """What has been drawn, as the page's canvas has it."""
    values = page.evaluate(
        """() => {
          const canvas = document.querySelector("canvas.ink");
          const {width, height} = canvas;
          const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
          return {shape: [height, width], ink: Array.from(data).filter((_, n) => n % 4 === 3)};
        }"""
    )
    return np.array(values["ink"], np.uint8).reshape(values["shape"])


def trace_of_drawing(page: Page, network: Opened) -> Trace:
    """What a network makes of the drawing on the page, computed here."""
    return network.network.trace(from_drawing(ink(page), network).batch)


def pixels(figure: Locator) -> npt.NDArray[np.uint8]:
    """The pixels of a figure's canvas, (H, W, 4)."""
    values = figure.locator("canvas").evaluate(
        """canvas => {
          const {width, height} = canvas;
          const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
          return {shape: [height, width, 4], data: Array.from(data)};
        }"""
    )
    return np.array(values["data"], np.uint8).reshape(values["shape"])


def map_pixels(stage: Locator, rows: int, columns: int) -> npt.NDArray[np.uint8]:
    """What is on the screen's canvas in the middle of each cell of a map, (rows, columns, 4)."""
    values = stage.evaluate(
        """(stage, [rows, columns]) => {
          const inside = stage.getBoundingClientRect();
          const [board, box] = [...stage.closest(".row").querySelectorAll(".board")]
            .map(canvas => [canvas, canvas.getBoundingClientRect()])
            .find(([, box]) => box.left <= inside.left && box.right >= inside.right
              && Math.abs(box.top - inside.top) < 0.5);
          const density = board.width / box.width;
          const left = Math.round((inside.left - box.left) * density);
          const [width, height] = [inside.width, inside.height]
            .map(side => Math.round(side * density));
          const {data} = board.getContext("2d").getImageData(left, 0, width, height);
          const middle = (place, count, length) => Math.floor((place + 0.5) * length / count);
          return Array.from({length: rows * columns}, (_, cell) => {
            const [row, column] = [Math.floor(cell / columns), cell % columns];
            const pixel = middle(row, rows, height) * width + middle(column, columns, width);
            return Array.from(data.subarray(4 * pixel, 4 * pixel + 4));
          });
        }""",
        [rows, columns],
    )
    return np.array(values, np.uint8).reshape(rows, columns, 4)


def colours(page: Page, theme: str, *, signed: bool) -> npt.NDArray[np.uint8]:
    """The table of 256 colours (R, G, B, A)."""
    table: list[int] = page.evaluate(
        """async ([theme, signed]) => {
          const {colourTable} = await import("./colours.js");
          return Array.from(colourTable(theme, signed));
        }""",
        [theme, signed],
    )
    return np.array(table, "<u4").view(np.uint8).reshape(256, 4)


def painted(values: Grid, low: float, high: float, table: npt.NDArray[np.uint8]) -> Any:
    """Values in the colours of a scale from `low` to `high`."""
    places = np.floor((values - low) / (high - low) * 255 + 0.5).clip(0, 255).astype(int)
    return table[places]


def short(value: float) -> str:
    """A number as the page writes it: four digits that count."""
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e5:
        digits, power = f"{value:.3e}".split("e")
        return f"{digits}e{int(power)}"
    digits = f"{value:.{3 - math.floor(math.log10(abs(value)))}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
