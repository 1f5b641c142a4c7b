"""The train view: a network as text, a run from its start to its end, and what is kept of it."""

import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from playwright.sync_api import Page, expect

from .conftest import Studio, serious

SLOW = 180_000
"""Milliseconds until a process has loaded torch and trains, on a machine with much to do."""

expect.set_options(timeout=60_000)


def open_train(page: Page, state: str = "") -> None:
    """Go to the view, in a state that its address holds."""
    page.goto(f"{page.url.partition('#')[0]}#view=train{state}")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()


def write(page: Page, network: str) -> None:
    """Put another text into the editor."""
    page.get_by_role("textbox", name="Network").fill(network)


def by(sizes: str) -> str:
    """Sizes as the page writes them."""
    return sizes.replace("x", "\N{MULTIPLICATION SIGN}")


def figure(page: Page, name: str) -> str:
    """One of the numbers of the run."""
    return page.locator(".figures div", has_text=name).locator("dd").inner_text()


@pytest.fixture(scope="module")
def trained(studio: Studio) -> str:
    """The name of a run that was started in a terminal and stopped there."""
    command = [sys.executable, "-m", "striate", "train", "digits", "--epochs", "2000"]
    command += ["--name", "trained", "--runs", str(studio.runs), "--threads", "1"]
    metrics = studio.runs / "trained" / "metrics.jsonl"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as training:
        while not (metrics.exists() and b'"event": "epoch"' in metrics.read_bytes()):
            assert training.poll() is None
            time.sleep(0.2)
        training.send_signal(signal.SIGINT)
    return "trained"


def test_every_line_shows_its_sizes(page: Page) -> None:
    open_train(page)
    write(page, "input 1x8x8\nconv 6 3x3 pad same\nmaxpool 2x2\nflatten\nlinear 10")
    gutter = page.locator(".gutter tbody tr")
    expect(gutter.nth(1)).to_contain_text(by("6x8x83x360"))
    expect(gutter.nth(2)).to_contain_text(by("6x4x44x4"))
    expect(gutter.nth(4)).to_have_text(re.compile("10.*970"))
    expect(page.locator(".summary")).to_contain_text("1,030 parameters")
    page.locator("#network-text").press("Control+Home")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".line-status")).to_contain_text(by("conv1 · output 6x8x8 · sees 3x3"))


def test_a_mistake_is_underlined_and_mended_by_its_button(page: Page) -> None:
    open_train(page)
    write(page, "input 1x8x8\nconv 4 9x9\nrelu\nflatten\nlinear 10")
    item = page.locator(".mistakes li")
    expect(item).to_contain_text("the 9x9 window is larger than the 8x8 input")
    expect(item).to_contain_text("(8 - 9)/1 + 1 = 0")
    expect(page.locator(".wave.error")).to_have_text("9x9")
    page.get_by_role("button", name="Fix line 2: pad 1").click()
    field = page.locator("#network-text")
    expect(field).to_have_value("input 1x8x8\nconv 4 9x9 pad 1\nrelu\nflatten\nlinear 10")
    expect(page.locator(".summary")).to_contain_text("→ 10")
    field.press("Control+z")
    expect(field).to_have_value("input 1x8x8\nconv 4 9x9\nrelu\nflatten\nlinear 10")
    assert serious(page) == []


def test_a_network_that_does_not_go_with_its_data_says_so(page: Page) -> None:
    open_train(page)
    write(page, "input 3x8x8\nflatten\nlinear 10")
    expect(page.locator(".mistakes")).to_contain_text("1x8x8")
    page.get_by_role("button", name="Fix line 1: input 1x8x8").click()
    expect(page.locator(".summary")).to_contain_text(by("1x8x8 → 10"))


def test_tab_indents_and_escape_lets_the_keyboard_out(page: Page) -> None:
    open_train(page)
    write(page, "")
    field = page.locator("#network-text")
    field.type("residual\nrelu")
    expect(field).to_have_value("residual\n  relu")
    field.press("Shift+Tab")
    expect(field).to_have_value("residual\nrelu")
    field.press("Tab")
    expect(field).to_be_focused()
    field.press("Escape")
    field.press("Tab")
    expect(field).not_to_be_focused()


def test_a_design_is_in_the_address(page: Page) -> None:
    open_train(page)
    page.get_by_label("Optimiser").select_option("adam")
    page.wait_for_url(re.compile("draft="))
    before = page.url
    write(page, "input 1x8x8\nflatten\nlinear 10  # small")
    page.wait_for_url(lambda url: url != before)
    page.reload()
    expect(page.locator("#network-text")).to_have_value(re.compile("# small"))
    expect(page.get_by_label("Optimiser")).to_have_value("adam")


def test_a_setting_that_cannot_be_is_marked(page: Page) -> None:
    open_train(page)
    page.get_by_label("batch size").fill("0.5")
    expect(page.get_by_label("batch size")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_label("batch size")).to_be_focused()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


def test_a_run_is_started_steered_and_stopped(page: Page, studio: Studio) -> None:
    open_train(page)
    page.get_by_label("epochs").fill("2000")
    page.get_by_label("Name").fill("from-the-page")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile("run=from-the-page"))
    state = page.locator(".run-page .pill")
    expect(state).to_have_text(re.compile("training"), timeout=SLOW)

    loss = page.locator(".figures div", has_text="loss").locator("dd")
    expect(loss).to_have_text(re.compile(r"^[12]\."), timeout=SLOW)
    expect(loss).to_have_text(re.compile(r"^0\."), timeout=SLOW)
    expect(page.locator(".plot path.line.training:not(.raw)").first).to_have_attribute(
        "d", re.compile("M.*L")
    )
    assert re.match(r"[\d,]+$", figure(page, "examples seen"))

    page.get_by_role("textbox", name="learning rate").fill("0.03")
    page.get_by_role("button", name="Set the learning rate").click()
    expect(page.locator(".change-list")).to_contain_text("learning rate 0.03", timeout=SLOW)
    expect(page.locator(".plot .mark-label").first).to_have_text("A")

    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text(re.compile("paused"), timeout=SLOW)
    seen = figure(page, "examples seen")
    page.reload()
    expect(state).to_have_text(re.compile("paused"))
    assert figure(page, "examples seen") == seen
    expect(page.locator(".change-list")).to_contain_text("learning rate 0.03")
    assert serious(page) == []

    page.get_by_role("button", name="Resume").click()
    expect(state).to_have_text(re.compile("training"))
    look_inside(page)

    page.get_by_role("button", name="Stop").click()
    expect(state).to_have_text(re.compile("stopped"), timeout=SLOW)
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert (studio.runs / "from-the-page" / "network.txt").exists()


def look_inside(page: Page) -> None:
    """Layers, filters, test images and confusions of a run that trains."""
    page.locator(".inside").scroll_into_view_if_needed()
    first = page.locator('[data-layer="conv1"]')
    expect(first).to_contain_text("conv 32 3x3", timeout=SLOW)
    expect(first.locator(".range").first).to_have_text(re.compile(r"-?[\d.e-]+ … [\d.e-]+"))
    maps = first.locator("canvas.mosaic").first
    expect(maps).to_have_attribute("aria-label", "activations as 32 maps", timeout=SLOW)
    colours = maps.evaluate(
        "(canvas) => new Set(new Uint32Array(canvas.getContext('2d')"
        ".getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
    )
    assert colours > 20
    maps.hover(position={"x": 6, "y": 6})
    readout = first.locator(".map-readout").first
    expect(readout).to_have_text(re.compile(r"channel 0 at \(\d, \d\): "))
    assert serious(page) == []

    page.get_by_role("tab", name="Filters").click()
    expect(page.locator(".filters canvas.mosaic").first).to_have_attribute(
        "aria-label", "weights as 32 maps", timeout=SLOW
    )
    page.get_by_role("tab", name="Test examples").click()
    expect(page.locator(".test-list > li")).to_have_count(16, timeout=SLOW)
    assert serious(page) == []
    page.get_by_role("tab", name="Confusion").click()
    table = page.locator(".confusion-table tbody")
    expect(table.locator("tr")).to_have_count(11, timeout=SLOW)
    cells = table.locator(".hit, .miss").all_inner_texts()
    counted = sum(int(text) for text in cells if text != "·")
    said = page.locator(".confusion > p").inner_text()
    assert f"Of {counted:,} test examples looked at last" in said
    page.get_by_role("tab", name="Layers").click()


def test_a_legend_names_what_is_drawn(page: Page, trained: str) -> None:
    open_train(page, f"&run={trained}")
    chart = page.locator(".run-page .chart").first
    expect(chart.locator(".legend li").first).to_have_text(re.compile("training"))
    drawn = chart.locator(".plot path.line:not(.raw)").count()
    expect(chart.locator(".legend li")).to_have_count(drawn)


def test_moments_are_scrubbed(page: Page, trained: str) -> None:
    open_train(page, f"&run={trained}")
    page.locator(".inside").scroll_into_view_if_needed()
    weights = page.locator('[data-layer="conv1"] .range').nth(2)
    expect(weights).to_have_text(re.compile("…"), timeout=SLOW)
    last = weights.inner_text()
    moment = page.get_by_label("Moment", exact=True)
    expect(moment).to_be_enabled(timeout=SLOW)
    moment.press("Home")
    page.wait_for_url(re.compile("moment=0"))
    expect(weights).not_to_have_text(last, timeout=SLOW)
    page.reload()
    expect(page.locator(".moments output")).to_have_text("step 0", timeout=SLOW)


def test_a_run_from_elsewhere_appears_is_compared_and_deleted(
    page: Page, studio: Studio, trained: str
) -> None:
    open_train(page, f"&run={trained}")
    shutil.copytree(studio.runs / trained, studio.runs / "from-the-terminal")
    entry = page.locator('.run-entry[data-run="from-the-terminal"]')
    expect(entry).to_be_visible()

    page.get_by_role("button", name="Compare").click()
    page.get_by_role("checkbox", name="Compare from-the-terminal").check()
    expect(page.locator(".compare .plot").first.locator("path.line")).to_have_count(2)
    expect(page.locator(".compare-table thead th")).to_have_count(2)
    assert serious(page) == []
    page.reload()
    expect(page.locator(".compare-table thead th")).to_have_count(2)

    entry.click()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="New run")).to_be_visible()
    expect(entry).to_have_count(0)
    assert not (studio.runs / "from-the-terminal").exists()


def test_a_run_is_saved_and_loaded(
    page: Page, trained: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    open_train(page, f"&run={trained}")
    page.locator("summary", has_text="Save").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Whole run").click()
    file = tmp_path_factory.mktemp("saved") / "again.zip"
    saving.value.save_as(file)
    page.set_input_files("input[type=file]", file)
    page.wait_for_url(re.compile("run=again"))
    expect(page.locator(".run-page .pill")).to_have_text(re.compile("stopped"))
    page.get_by_role("button", name="New run like this").click()
    expect(page.get_by_label("epochs")).to_have_value("2000")


def test_a_phone_shows_it_all(page: Page, trained: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for state in ("", f"&run={trained}", f"&compare={trained}"):
        open_train(page, state)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
