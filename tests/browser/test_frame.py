"""The page's frame: it is let in, has its tabs, keeps its state in the address."""

from playwright.sync_api import Page, expect

from .conftest import Studio


def test_tabs_are_in_the_address(page: Page, studio: Studio) -> None:
    expect(page).to_have_title("Look · Striate")
    assert "token" not in page.url
    page.get_by_role("link", name="Train").click()
    expect(page).to_have_title("Train · Striate")
    page.reload()
    expect(page).to_have_title("Train · Striate")
    page.go_back()
    expect(page).to_have_title("Look · Striate")


def ground(page: Page, theme: str) -> str:
    """The colour of the page's ground once it is in a theme."""
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_the_theme_is_kept(page: Page) -> None:
    light = ground(page, "light")
    page.get_by_role("button", name="Use the dark theme").click()
    dark = ground(page, "dark")
    assert light != dark
    page.reload()
    assert ground(page, "dark") == dark


def test_the_theme_follows_the_system_until_one_is_chosen(page: Page) -> None:
    light = ground(page, "light")
    page.emulate_media(color_scheme="dark")
    assert ground(page, "dark") != light
    page.get_by_role("button", name="Use the light theme").click()
    assert ground(page, "light") == light
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert ground(page, "light") == light


def test_no_other_theme_is_seen_first(page: Page) -> None:
    light = ground(page, "light")
    page.get_by_role("button", name="Use the dark theme").click()
    dark = ground(page, "dark")
    # What is seen before a module has run is what a page without modules shows.
    page.route("**/main.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.reload()
    assert ground(page, "dark") == dark
    page.evaluate("localStorage.clear()")
    page.reload()
    assert ground(page, "light") == light
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert ground(page, "dark") == dark
