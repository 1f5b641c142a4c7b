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


def test_the_theme_is_kept(page: Page) -> None:
    def ground() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = ground()
    page.get_by_role("button", name="Use the dark theme").click()
    dark = ground()
    assert light != dark
    page.reload()
    assert ground() == dark
