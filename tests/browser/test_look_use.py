"""Using the Look view: by address, by keys, on a phone, with large networks, when things fail."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.ports import free_port

from .conftest import Studio, serious, start_studio, stop_studio
from .looking import THREE, draw, row_of, stage_of, visit, wait_for_maps


def guess(page: Page) -> str:
    return str(page.locator(".guesses .first").text_content())


def panel_text(page: Page) -> str:
    return str(page.locator(".side .arithmetic").inner_text())


def test_a_reload_gives_the_same(page: Page) -> None:
    wait_for_maps(page)
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    page.get_by_label("What the colours span").select_option("unit")
    page.get_by_role("button", name="Larger maps").click()
    page.get_by_label("Show relu1").uncheck()
    stage_of(page, "conv1", 1).click(position={"x": 50, "y": 50})
    expect(page.locator(".side .unit")).to_have_text(re.compile(r"conv1\[1, "))
    page.wait_for_timeout(500)
    before = (guess(page), panel_text(page), row_of(page, "conv1").bounding_box()["height"])  # type: ignore[index]
    page.reload()
    wait_for_maps(page)
    expect(page.locator(".side .unit")).to_have_text(re.compile(r"conv1\[1, "))
    page.wait_for_timeout(500)
    after = (guess(page), panel_text(page), row_of(page, "conv1").bounding_box()["height"])  # type: ignore[index]
    assert after == before
    expect(page.get_by_label("Show relu1")).not_to_be_checked()
    expect(row_of(page, "relu1").locator(".stage")).to_have_count(0)
    expect(page.get_by_label("What the colours span")).to_have_value("unit")
    page.get_by_role("link", name="Arithmetic").click()
    page.get_by_role("link", name="Look").click()
    wait_for_maps(page)
    expect(page.locator(".guesses .first")).to_have_text("3")


def test_all_by_keyboard(page: Page) -> None:
    wait_for_maps(page)
    stage = stage_of(page, "conv1")
    stage.focus()
    unit = page.locator(".side .unit")
    page.keyboard.press("ArrowRight")
    expect(unit).to_have_text("conv1[0, 14, 14]")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    expect(unit).to_have_text("conv1[0, 16, 14]")
    expect(page.locator("#announcer")).to_have_text(re.compile(r"map 0, row 16, column 14: "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unpin")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Pin", exact=True)).to_be_visible()
    for _ in range(14):
        page.keyboard.press("ArrowRight")
    expect(unit).to_have_text("conv1[1, 16, 0]")
    page.keyboard.press("f")
    expect(page.locator(".map-panel h2")).to_have_text("conv1 map 1")
    page.keyboard.press("Escape")
    expect(unit).to_have_text("conv1[1, 16, 0]")
    page.keyboard.press("Enter")
    entry = page.locator(".arithmetic td[tabindex='0']")
    entry.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(unit).to_have_text("input[0, 16, 0]")


def test_the_network_is_chosen_by_searching(page: Page) -> None:
    wait_for_maps(page)
    page.get_by_role("button", name=re.compile("^Network: ")).click()
    search = page.get_by_role("combobox", name="Search networks")
    expect(search).to_be_focused()
    search.fill("resnet-20")
    options = page.get_by_role("listbox", name="Networks").get_by_role("option")
    expect(options.first).to_contain_text("ResNet-20")
    assert serious(page) == []
    search.press("Enter")
    expect(page.locator(".about")).to_contain_text("It is not trained", timeout=60_000)
    wait_for_maps(page)
    expect(page.get_by_label("Size of the input")).to_have_value(re.compile("^3.32.32$"))
    page.get_by_label("Size of the input").fill("3x48x40")
    page.get_by_label("Size of the input").press("Enter")
    expect(row_of(page, "input").locator(".facts")).to_contain_text(
        re.compile("3.48.40"), timeout=60_000
    )
    page.get_by_label("Size of the input").fill("2x-1")
    page.get_by_label("Size of the input").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("input_shape")
    expect(page.get_by_label("Size of the input")).to_have_value(re.compile("^3.48.40$"))


def test_values_are_sent_when_they_are_looked_at(page: Page) -> None:
    asked: list[str] = []

    def note(frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame[4:].split(b"\n")[0].decode("latin1")
        asked.append(text)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    visit(page, "view=look&network=resnet18&shape=3x64x64")
    expect(page.locator(".row")).to_have_count(70)
    page.wait_for_timeout(1000)
    sent = " ".join(asked)
    assert '"layer1.0.conv1"' in sent or '"conv1"' in sent
    assert '"layer4.1.conv2"' not in sent
    page.get_by_label("Go to a layer").select_option("layer4.1.conv2")
    expect(row_of(page, "layer4.1.conv2")).to_have_class(re.compile("painted"))
    assert '"layer4.1.conv2"' in " ".join(asked)
    expect(row_of(page, "layer4.1.conv2").locator(".stage")).to_have_count(64)
    row_of(page, "layer4.1.conv2").get_by_role("button", name="Next maps").click()
    expect(row_of(page, "layer4.1.conv2").locator(".heading").first).to_have_text("64")
    expect(row_of(page, "conv1").locator(".stage")).to_have_count(0)


def test_the_stack_is_turned(page: Page) -> None:
    visit(page, "view=look&network=lenet&show=stack")
    expect(page.locator(".sheet")).to_have_count(13)
    scene = page.locator(".scene")
    before = scene.get_attribute("style")
    page.locator(".space").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    assert scene.get_attribute("style") != before
    assert "turn=" in page.url
    turned = scene.get_attribute("style")
    page.reload()
    expect(page.locator(".sheet")).to_have_count(13)
    page.wait_for_timeout(500)
    assert scene.get_attribute("style") == turned
    box = page.locator(".space").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + box["height"] - 40, steps=5)
    page.mouse.up()
    assert scene.get_attribute("style") != turned
    page.keyboard.press("Home")
    page.wait_for_timeout(200)
    assert scene.get_attribute("style") == before
    box = page.locator(".sheet").nth(1).locator(".stage").nth(3).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".side .unit")).to_have_text(re.compile(r"conv1\[3, "))
    expect(page.locator(".sheet").first.locator(".mark.window")).to_have_count(1)
    assert serious(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_for_people_with_a_screen_reader(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    visit(page, "view=look&network=lenet&unit=conv2@3,4,5")
    expect(page.locator(".arithmetic .patch table")).to_have_count(18)
    assert serious(page) == []
    visit(page, "view=look&network=lenet&map=conv1@2")
    expect(page.locator(".map-panel .filters figure")).to_have_count(1)
    assert serious(page) == []


def test_an_address_may_name_the_input_alone(page: Page) -> None:
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    expect(page.locator(".guesses .first")).to_have_text("7")
    page.evaluate("location.hash = 'view=look&input=blank'")
    expect(page.locator(".guesses .first")).not_to_have_text("7")
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


def test_a_phone_has_room_for_it(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, "view=look&network=lenet&unit=linear3@7")
    expect(page.locator(".side .unit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".side").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == pytest.approx(844, abs=2)
    page.get_by_role("button", name="Close the panel").click()
    expect(page.locator(".side")).to_be_hidden()
    draw(page, THREE)
    expect(page.locator(".guesses .first")).to_have_text("3")
    assert serious(page) == []


def test_a_picture_of_ones_own(page: Page, tmp_path: Path) -> None:
    wait_for_maps(page)
    digit = np.full((60, 60), 255, np.uint8)
    digit[8:52, 27:33] = 0
    Image.fromarray(digit).save(tmp_path / "one.png")
    page.get_by_label("Picture or signal of your own").set_input_files(tmp_path / "one.png")
    expect(page.locator(".guesses .first")).to_have_text("1")
    assert "input=upload" in page.url


def test_a_file_that_is_none_is_refused_in_words(
    browser: Browser, studio: Studio, tmp_path: Path
) -> None:
    context = browser.new_context()  # Chromium writes a refused request to the console
    try:
        page = context.new_page()
        page.goto(studio.address)
        wait_for_maps(page)
        (tmp_path / "text.png").write_text("no picture")
        page.get_by_label("Picture or signal of your own").set_input_files(tmp_path / "text.png")
        expect(page.get_by_role("alert")).to_contain_text("text.png")
        page.locator(".picker .strip button").nth(2).click()
        expect(page.get_by_role("alert")).to_be_hidden()
    finally:
        context.close()


def test_a_network_that_is_not_there(page: Page) -> None:
    wait_for_maps(page)
    page.goto(f"{page.url.split('#', maxsplit=1)[0]}#view=look&network=nonesuch")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("nonesuch")
    page.get_by_role("button", name="Open LeNet, trained on MNIST").click()
    wait_for_maps(page)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_it_goes_on_with_a_studio_started_anew(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    studio: Studio = start_studio(tmp_path, port)
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(studio.address)
        wait_for_maps(page)
        stop_studio(studio)
        expect(page.locator("#connection")).to_contain_text("connection lost")
        studio = start_studio(tmp_path, port)
        expect(page.locator("#connection")).to_have_text("", timeout=60_000)
        draw(page, THREE)
        expect(page.locator(".guesses .first")).to_have_text("3")
        assert json.loads(page.evaluate("JSON.stringify(location.hash.includes('drawing'))"))
    finally:
        context.close()
        stop_studio(studio)
