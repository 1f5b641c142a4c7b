"""The arithmetic view: the moving kernel as it is seen, stepped, edited and shared."""

# ruff: noqa: RUF001 (the page writes numbers with the signs of print)

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Studio, serious

CLASSIC = {
    "output": [[4, 3, 4], [2, 4, 3], [2, 3, 4]],
    "sum": "1×1 + 1×0 + 1×1 + 0×0 + 1×1 + 1×0 + 0×1 + 0×0 + 1×1 = 4",
}


def show(page: Page, state: str = "", part: str = "kernel") -> None:
    """Open a part of the view in a state, as an address that was shared opens it."""
    page.evaluate("hash => { location.hash = hash }", f"view=arithmetic&part={part}&{state}")
    page.reload()
    expect(page.locator(".preset-bar")).to_be_visible()


def kept(page: Page, state: str) -> None:
    """Wait until a state stands in the address, which is after it was answered."""
    expect(page).to_have_url(re.compile(re.escape(state) + "(&|$)"), timeout=60_000)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def grid(block: Locator) -> list[list[float]]:
    """The numbers of a table, as they stand on the screen."""
    rows = block.locator("tbody tr").all()
    return [[number(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]


def output(page: Page, which: int = 0) -> list[list[float]]:
    expect(page.locator(".output button").first).to_be_visible()
    return grid(page.locator(".output .grid").nth(which))


def written(page: Page) -> str:
    return " ".join(page.locator(".sum-line").first.inner_text().split())


def place_of(page: Page, inner: str, row: int, column: int) -> dict[str, float]:
    """The box of the cells of the first grid's window or of one cell, on the screen."""
    cell = page.locator(inner).first.locator("tbody tr").nth(row).locator("td").nth(column)
    box = cell.bounding_box()
    assert box is not None
    return {side: box[side] for side in ("x", "y", "width", "height")}


def chosen(page: Page) -> str:
    label = page.locator(".output button[aria-current]").first.get_attribute("aria-label")
    assert label is not None
    return label


def test_the_first_thing_seen_is_the_lectures_example(page: Page) -> None:
    page.get_by_role("link", name="Arithmetic").click()
    expect(page).to_have_title("Arithmetic · Striate")
    assert output(page) == CLASSIC["output"]
    assert written(page) == CLASSIC["sum"]
    expect(page.get_by_text("✓ The lecture's answer.")).to_be_visible()
    assert serious(page) == []


def test_every_example_of_the_lectures_shows_its_answer(page: Page) -> None:
    show(page)
    choose = page.get_by_label("From the lectures")
    values = choose.locator("optgroup option").evaluate_all("all => all.map(one => one.value)")
    for name in values:
        choose.select_option(name)
        kept(page, f"preset={name}")
        expect(page.get_by_text("✓ The lecture's answer.")).to_be_visible()
        expect(page.locator(".differs")).to_have_count(0)
    assert len(values) == 7


def test_the_lectures_numbers_are_on_the_screen(
    page: Page, worked_examples: dict[str, Any]
) -> None:
    for preset, entry in (
        ("map-1", worked_examples["correlation_2d"][1]),
        ("lone-ones-padded", worked_examples["correlation_2d"][4]),
        ("signal", worked_examples["correlation_1d"][0]),
    ):
        show(page, f"preset={preset}")
        expected = entry.get("relu", entry["output"])
        assert output(page) == (expected if preset != "signal" else [expected])


def test_stepping_moves_the_window(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator(".step-count")).to_have_text("2 of 9")
    assert written(page) == "1×1 + 1×0 + 0×1 + 1×0 + 1×1 + 1×0 + 0×1 + 1×0 + 1×1 = 3"
    assert "row 1, column 2: 3" in chosen(page)
    expect(page.locator("#announcer")).to_contain_text("row 1, column 2: 1×1 + 1×0")
    expect(page.locator(".image td.read")).to_have_count(9)
    page.get_by_role("button", name="Last place").click()
    expect(page.locator(".step-count")).to_have_text("9 of 9")
    first, last = place_of(page, ".image", 2, 2), place_of(page, ".image", 4, 4)
    page.wait_for_function(
        """([x, y]) => {
            const box = document.querySelector(".image .window").getBoundingClientRect();
            return Math.abs(box.x - x) < 3 && Math.abs(box.y - y) < 3;
        }""",
        arg=[first["x"], first["y"]],
    )
    frame = page.locator(".image .window").bounding_box()
    assert frame is not None
    assert frame["x"] + frame["width"] == pytest.approx(last["x"] + last["width"], abs=3)
    assert frame["y"] + frame["height"] == pytest.approx(last["y"] + last["height"], abs=3)
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="First place").click()
    assert written(page) == CLASSIC["sum"]


def test_the_output_fills_in_as_it_plays(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    cells = page.locator(".output button")
    shown = [one for one in cells.all_inner_texts() if one]
    assert shown == ["4"]
    page.clock.run_for(2000)
    assert [one for one in cells.all_inner_texts() if one] == ["4", "3", "4"]
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert len([one for one in cells.all_inner_texts() if one]) == 3
    assert "still to come" in (cells.nth(5).get_attribute("aria-label") or "")
    page.get_by_role("button", name="Show all").click()
    assert output(page) == CLASSIC["output"]
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(20_000)
    expect(page.locator(".step-count")).to_have_text("9 of 9")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_an_output_is_gone_to_by_click_drag_and_arrows(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    page.get_by_role("button", name="correlation, row 2, column 3: 3").click()
    assert written(page).endswith("= 3")
    page.keyboard.press("ArrowUp")
    assert "row 1, column 3: 4" in chosen(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")  # there is nothing further left
    assert "row 1, column 1: 4" in chosen(page)
    start, end = (place_of(page, ".output", *at) for at in ((0, 0), (2, 1)))
    page.mouse.move(start["x"] + 9, start["y"] + 9)
    page.mouse.down()
    page.mouse.move(end["x"] + 9, end["y"] + 9, steps=4)
    page.mouse.up()
    assert "row 3, column 2: 3" in chosen(page)


def test_numbers_are_edited_and_moved_between_by_keys(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    cell = page.get_by_label("image, row 1, column 1")
    cell.click()
    cell.fill("-2")
    expect(page.get_by_role("button", name="correlation, row 1, column 1: 1")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("image, row 2, column 1")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("1/4")
    expect(page.get_by_role("button", name="correlation, row 1, column 1: 0.25")).to_be_visible()
    expect(page.locator(".lecture")).to_be_hidden()
    page.keyboard.type("x")
    expect(page.get_by_label("image, row 2, column 2")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("image, row 2, column 2")).to_have_value("0.25")
    # One stop for Tab in each grid.
    assert page.locator(".image input[tabindex='0']").count() == 1


def test_rows_of_a_spreadsheet_are_pasted(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)

    def paste(label: str, text: str) -> None:
        page.get_by_label(label).focus()
        page.evaluate(
            """text => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                const how = { clipboardData: data, bubbles: true, cancelable: true };
                document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
            }""",
            text,
        )

    paste("image, row 1, column 1", "1\t2\t3\t4\n5\t6\t7\t8\n9\t10\t11\t-12\n")
    expect(page.locator(".step-count")).to_have_text("1 of 2")
    assert output(page) == [[1 + 3 + 6 + 9 + 11, 2 + 4 + 7 + 10 - 12]]
    paste("kernel, row 1, column 1", "1 0\n0 1")
    expect(page.locator(".step-count")).to_have_text("1 of 6")
    assert output(page) == [[7, 9, 11], [15, 17, -5]]
    paste("image, row 2, column 4", "100\t200\n300\t400")
    expect(page.get_by_label("image, row 2, column 4")).to_have_value("100")
    expect(page.get_by_label("image, row 3, column 4")).to_have_value("300")
    assert page.locator(".image tbody tr").count() == 3


def test_convolution_flips_beside_correlation(page: Page) -> None:
    show(page, "preset=map-1")
    output(page)
    page.get_by_text("Both", exact=True).click()
    expect(page.locator(".output")).to_have_count(2)
    kernel = [[1, 0, -1], [-1, 0, 0], [0, 0, 1]]
    tables = page.locator(".summed .weights")
    expect(tables).to_have_count(2)
    assert grid(tables.nth(0)) == kernel
    assert grid(tables.nth(1)) == [row[::-1] for row in kernel[::-1]]
    assert grid(page.locator(".flipped")) == [row[::-1] for row in kernel[::-1]]
    assert output(page, 0)[0] == [-1, 2, 0, 0]
    assert output(page, 1)[0] == [-1, 4, 1, -2]


def test_padding_shows_what_the_boundary_puts_there(page: Page) -> None:
    show(page, "form=i&x=d12*34&k=d1&pad=0_1*2_0&edge=circular")
    output(page)
    image = page.locator(".image tbody tr")
    expect(image).to_have_count(3)
    beyond = [row.locator("td.beyond > span:first-child").all_inner_texts() for row in image.all()]
    assert beyond == [["1", "2"], ["3", "4"], ["1", "2", "1", "2"]]
    page.get_by_label("boundary").select_option("zeros")
    expect(image.nth(0).locator("td.beyond > span:first-child").first).to_have_text("0")


def test_channels_are_summed_one_by_one(page: Page) -> None:
    show(page)
    output(page)
    page.get_by_text("Channels", exact=True).click()
    expect(page.locator(".image .grid")).to_have_count(3)
    lines = page.locator(".sum-line")
    expect(lines).to_have_count(4)
    sums = [number(text.rsplit("=", 1)[1]) for text in lines.all_inner_texts()]
    assert sum(sums[:3]) == sums[3] == output(page)[0][0]
    page.get_by_role("button", name="filter 2, row 1, column 3").click()
    expect(page.locator(".summed h3")).to_have_text("Correlation, row 1, column 3")
    expect(lines.nth(3)).to_contain_text("bias 1")
    assert serious(page) == []


def test_a_reload_and_a_shared_address_keep_the_state(page: Page, studio: Studio) -> None:
    show(page, "preset=correlation")
    output(page)
    cell = page.get_by_label("kernel, row 2, column 2")
    cell.fill("-3.5")
    page.get_by_label("how much").select_option("same")
    page.get_by_role("group", name="Stride").get_by_label("down").fill("2")
    expect(page.locator(".step-count")).to_have_text("1 of 15")
    page.get_by_role("button", name="Last place").click()
    kept(page, "at=d24")
    before, url = output(page), page.url
    assert len(url) < 260
    page.reload()
    expect(page.locator(".step-count")).to_have_text("15 of 15")
    assert output(page) == before
    other = page.context.new_page()
    other.goto(url)
    expect(other.locator(".step-count")).to_have_text("15 of 15")
    assert output(other) == before


def test_parts_are_left_and_come_back_as_they_were(page: Page) -> None:
    show(page, "preset=map-2")
    assert output(page)[0] == [3, 2, 4, -1]
    page.get_by_role("button", name="Step forward").click()
    page.get_by_role("link", name="Output size").click()
    expect(page.get_by_label("channels")).to_be_visible()
    page.get_by_role("link", name="Moving kernel").click()
    expect(page.locator(".step-count")).to_have_text("2 of 16")
    page.go_back()
    expect(page.get_by_label("channels")).to_be_visible()


def test_what_does_not_fit_is_said_in_words(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    rows = page.get_by_role("group", name="Image").get_by_label("rows")
    rows.fill("2")
    expect(page.get_by_role("alert")).to_contain_text("larger than the padded input")
    rows.fill("5")
    expect(page.get_by_role("alert")).to_be_hidden()
    rows.fill("99")
    expect(rows).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("part", ["kernel", "pooling", "size"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_legible_on_a_phone(page: Page, part: str, scheme: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    show(
        page,
        {"kernel": "preset=map-both&op=b", "pooling": "preset=overlapping"}.get(part, ""),
        part,
    )
    expect(page.get_by_text("✓ The lecture's answer.")).to_be_visible()
    widths = json.loads(
        page.evaluate("JSON.stringify([document.documentElement.scrollWidth, innerWidth])")
    )
    assert widths[0] <= widths[1]
    assert serious(page) == []


def test_large_figures_are_for_a_lecture_hall(page: Page) -> None:
    show(page, "preset=correlation")
    output(page)
    small = place_of(page, ".image", 0, 0)["width"]
    page.get_by_role("button", name="Large figures").click()
    assert place_of(page, ".image", 0, 0)["width"] > 1.15 * small
    page.reload()
    output(page)
    assert place_of(page, ".image", 0, 0)["width"] > 1.15 * small
