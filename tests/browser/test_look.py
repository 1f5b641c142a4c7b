"""The Look view: what is drawn is guessed, seen in the right colours, and explained."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from striate.studio.looking.opening import Opened

from .looking import (
    ONE,
    THREE,
    Grid,
    colours,
    draw,
    map_pixels,
    opened,
    painted,
    pixels,
    row_of,
    short,
    stage_of,
    trace_of_drawing,
    visit,
    wait_for_maps,
)

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def lenet() -> Opened:
    return opened()


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Arithmetic")


def numbers_in(table: Locator) -> tuple[list[str], float]:
    """The cells of a grid, and what they are to be multiplied by."""
    caption = table.locator("caption").text_content() or ""
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    power = re.search(r" 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)$", caption)
    factor = 10.0 ** int(power[1].translate(raised)) if power else 1.0
    return table.locator("td").all_text_contents(), factor


def assert_written(cells: list[str], values: Grid, factor: float) -> None:
    """Every cell is its value, to the digit that it shows."""
    assert len(cells) == values.size
    for cell, value in zip(cells, values.ravel(), strict=True):
        digits = len(cell.split(".")[1]) if "." in cell else 0
        assert abs(float(cell) - value / factor) <= 0.5000001 * 10.0**-digits


def test_what_is_drawn_is_guessed(page: Page, lenet: Opened) -> None:
    wait_for_maps(page)
    draw(page, ONE)
    expect(page.locator(".guesses .first")).to_have_text("1")
    draw(page, [(0.5, 0.5), (0.5, 0.52)])
    page.get_by_role("button", name="Clear").click()
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    trace = trace_of_drawing(page, lenet)
    shares = trace.output.softmax(1)[0]
    shown = page.locator(".guesses .bars .share").all_text_contents()
    for text, share in zip(shown, shares.tolist(), strict=True):
        if not text.startswith(("<", ">")):
            assert abs(float(text.split()[0]) / 100 - share) <= 0.0005001
    assert page.locator(".guesses .bars .best .name").text_content() == "3"


def test_undo_and_redo_change_the_guess(page: Page) -> None:
    wait_for_maps(page)
    draw(page, ONE)
    first = page.locator(".guesses .first")
    expect(first).to_have_text("1")
    # A bow to the left of it makes another digit of it; undone, it is a one again.
    draw(page, [(0.5, 0.15), (0.3, 0.2), (0.25, 0.4), (0.35, 0.5), (0.5, 0.45)])
    expect(first).to_have_text("9")
    page.locator(".paper").focus()
    page.keyboard.press("Control+z")
    expect(first).to_have_text("1")
    page.get_by_role("button", name="Redo").click()
    expect(first).to_have_text("9")
    page.get_by_role("button", name="Eraser").click()
    draw(page, [(0.3, 0.2), (0.25, 0.4), (0.35, 0.5)], [(0.32, 0.15), (0.3, 0.5)])
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


@pytest.mark.parametrize("layer", ["conv1", "relu1"])
def test_pixels_are_the_colours_of_the_values(page: Page, lenet: Opened, layer: str) -> None:
    wait_for_maps(page)
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    page.wait_for_timeout(300)
    maps = trace_of_drawing(page, lenet)[layer][0].double().numpy()
    signed = bool(maps.min() < 0)
    table = colours(page, "light", signed=signed)
    for channel in (0, 4):
        for span, whole in (("layer", maps), ("unit", maps[channel])):
            page.get_by_label("What the colours span").select_option(span)
            page.wait_for_timeout(100)
            high = abs(whole).max() if signed else whole.max()
            wanted = painted(maps[channel], -high if signed else 0.0, high, table)
            shown = map_pixels(stage_of(page, layer, channel), *maps[channel].shape)
            # The page computes in double precision with float32 extremes: one step may differ.
            places = np.abs(shown.astype(int) - wanted.astype(int)).max(-1)
            assert (places == 0).mean() > 0.99
            assert places.max() < 12


def test_the_arithmetic_of_a_convolution(page: Page, lenet: Opened) -> None:
    wait_for_maps(page)
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    stage = stage_of(page, "conv2", 3)
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": 5.5 * box["width"] / 10, "y": 4.5 * box["height"] / 10})
    expect(panel(page).locator(".unit")).to_have_text("conv2[3, 4, 5]")
    why = trace_of_drawing(page, lenet).why("conv2", 3, (4, 5))
    assert panel(page).locator("h2 .value").text_content() == short(why.unit.value)
    steps = panel(page).locator(".calculation .value").all_text_contents()
    assert steps == [f"= {short(step.value)}" for step in why.steps]
    activated = short(float(trace_of_drawing(page, lenet)["relu2"][0, 3, 4, 5]))
    words = panel(page).locator(".activated")
    expect(words).to_have_text(f"then relu2[3, 4, 5] = {activated}")
    patches = panel(page).locator(".patch")
    expect(patches).to_have_count(6)
    expect(patches.nth(5).locator("table")).to_have_count(3)
    for patch, shown in zip(why.patches, patches.all(), strict=True):
        assert patch.weights is not None
        assert shown.locator("h3 .sum .number").text_content() == short(float(patch.terms.sum()))
        for table, values in zip(
            shown.locator("table").all(), (patch.values, patch.weights, patch.terms), strict=True
        ):
            assert_written(*_with(numbers_in(table), values))
    _see_boxes(page, lenet)


def _with(read: tuple[list[str], float], values: Grid) -> tuple[list[str], Grid, float]:
    return read[0], values, read[1]


def _see_boxes(page: Page, lenet: Opened) -> None:
    """What the unit sees is marked in the input, and its window in the layer below."""
    spans = lenet.network.box("conv2", 3, (4, 5)).spans
    mark = page.locator(".given .mark.field")
    for side, size, span in (("left", "width", spans[1]), ("top", "height", spans[0])):
        place = mark.evaluate(f"one => parseFloat(one.style.{side})")
        extent = mark.evaluate(f"one => parseFloat(one.style.{size})")
        assert place == pytest.approx(100 * span.first / 28, abs=1e-3)
        assert extent == pytest.approx(100 * (span.last - span.first + 1) / 28, abs=1e-3)
    windows = row_of(page, "pool1").locator(".mark.window")
    expect(windows).to_have_count(6)
    assert windows.first.evaluate("one => parseFloat(one.style.left)") == pytest.approx(500 / 14)
    assert windows.first.evaluate("one => parseFloat(one.style.width)") == pytest.approx(500 / 14)


def test_walking_back_to_the_parents(page: Page, lenet: Opened) -> None:
    wait_for_maps(page)
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    stage_of(page, "pool1", 2).click(position={"x": 40, "y": 40})
    unit = panel(page).locator(".unit")
    expect(unit).to_have_text(re.compile(r"pool1\[2, \d+, \d+\]"))
    first = str(unit.text_content())
    why = trace_of_drawing(page, lenet).why("pool1", 2, _position(first))
    assert why.winner is not None
    winner = why.patches[why.winner[0]].index(why.winner[1])
    panel(page).locator("td.winner").click()
    expect(unit).to_have_text(f"relu1[{', '.join(map(str, winner))}]")
    panel(page).locator(".single [data-entry]").first.click()
    expect(unit).to_have_text(f"conv1[{', '.join(map(str, winner))}]")
    expect(panel(page).locator(".patch td").first).to_be_visible()
    trail = page.get_by_role("navigation", name="Values one came by")
    expect(trail.get_by_role("listitem")).to_have_count(3)
    page.go_back()
    expect(unit).to_have_text(re.compile("relu1"))
    trail.get_by_role("button", name=first).click()
    expect(unit).to_have_text(first)


def _position(unit: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", unit.split("[")[1])[1:]))


def test_the_largest_terms_of_a_linear_layer(page: Page, lenet: Opened) -> None:
    wait_for_maps(page)
    visit(page, "view=look&network=lenet&unit=linear3@7")
    expect(panel(page).locator(".unit")).to_have_text("linear3[7]")
    page.locator(".paper").scroll_into_view_if_needed()
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    why = trace_of_drawing(page, lenet).why("linear3", 7)
    expect(panel(page).locator("h2 .value")).to_have_text(short(why.unit.value))
    (patch,) = why.patches
    order = np.argsort(-np.abs(patch.terms), kind="stable")
    lines = panel(page).locator(".terms tr")
    expect(lines).to_have_count(12)
    for line, entry in zip(lines.all(), order, strict=False):
        cells = [text.strip() for text in line.locator("th, td").all_text_contents()]
        assert patch.weights is not None
        assert cells[0] == f"relu4[{entry}]"
        assert cells[1:4] == [
            short(float(patch.values[entry])),
            f"{TIMES} {short(float(patch.weights[entry]))}",
            f"= {short(float(patch.terms[entry]))}",
        ]


def test_the_filters_and_statistics_of_a_map(page: Page, lenet: Opened) -> None:
    wait_for_maps(page)
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="conv1, map 2: its filters and statistics").click()
    expect(panel(page).locator("dd")).to_have_count(4)
    values = trace_of_drawing(page, lenet)["conv1"][0, 2].double()
    shown = panel(page).locator("dd").all_text_contents()
    assert shown[:3] == [short(float(x)) for x in (values.min(), values.mean(), values.max())]
    weight = lenet.network.module.state_dict()["conv1.weight"][2, 0].double().numpy()
    canvas = panel(page).locator(".filters figure")
    expect(canvas).to_have_count(1)
    high = abs(weight).max()
    wanted = painted(weight, -high, high, colours(page, "light", signed=True))
    assert np.abs(pixels(canvas).astype(int) - wanted.astype(int)).max() < 12
