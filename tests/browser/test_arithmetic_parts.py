"""The arithmetic view's other parts: the poolings side by side, and output sizes."""

# ruff: noqa: RUF001 (the page writes numbers with the signs of print)

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import serious
from .test_arithmetic import grid, kept, number, show


def card(page: Page, name: str) -> list[list[float]]:
    found = page.locator(f"[data-pooling='{name}']")
    expect(found.locator("td button").first).to_be_visible()
    return grid(found)


def test_every_pooling_of_the_lectures_is_on_the_screen(
    page: Page, worked_examples: dict[str, Any]
) -> None:
    names = {"max": "maxpool", "average": "avgpool"}
    entries = [one for one in worked_examples["pooling"] if one["kind"] != "any"]
    presets = ["map-max", "second-max", "second-average", "quarters", "overlapping", "apart"]
    show(page, part="pooling")
    choose = page.get_by_label("From the lectures")
    for preset, entry in zip(presets, entries, strict=True):
        choose.select_option(preset)
        kept(page, f"preset={preset}&method={names[entry['kind']]}&at=d00")
        expect(page.get_by_text("✓ The lecture's answer.")).to_be_visible()
        assert card(page, names[entry["kind"]]) == entry["output"]


def test_a_pooling_says_what_it_reads(page: Page) -> None:
    show(page, "preset=second-max", part="pooling")
    assert card(page, "maxpool") == [[4, 3], [5, 6]]
    page.get_by_role("button", name="Average, row 2, column 1: 2").click()
    kept(page, "method=avgpool&at=d10")
    why = page.locator(".why")
    expect(why.locator("h3")).to_have_text("Average, row 2, column 1")
    expect(why).to_contain_text("1 + 5 + 3 + (−1) = 8")
    expect(why).to_contain_text("8 / 4 = 2")
    assert page.locator("td.read input").evaluate_all("all => all.map(one => one.value)") == [
        "1",
        "5",
        "3",
        "−1",
    ]
    page.get_by_role("button", name="Max", exact=True).click()
    expect(why).to_contain_text("max(1, 5, 3, −1) = 5")
    expect(page.locator("td.winner input")).to_have_value("5")
    page.get_by_role("button", name="Global max", exact=True).click()
    expect(page.locator("td.read")).to_have_count(16)
    expect(page.locator("td.winner input")).to_have_value("6")
    assert serious(page) == []


def test_poolings_follow_the_map_and_the_window(page: Page) -> None:
    show(page, "preset=second-max", part="pooling")
    card(page, "maxpool")
    page.get_by_label("map, row 1, column 1").fill("9")
    expect(page.get_by_role("button", name="Max, row 1, column 1: 9", exact=True)).to_be_visible()
    page.get_by_role("group", name="Stride").get_by_label("across").fill("1")
    expect(page.get_by_role("button", name="Max, row 2, column 3: 6", exact=True)).to_be_visible()
    page.get_by_role("group", name="Window").get_by_label("rows").fill("9")
    expect(page.locator("[data-pooling='maxpool']")).to_contain_text("larger than the padded input")
    assert card(page, "globalmaxpool") == [[9]]


def test_chance_can_be_drawn_again_and_is_kept(page: Page) -> None:
    show(page, "preset=formula-stochastic", part="pooling")
    expected = card(page, "stochasticpool")
    again = page.get_by_role("button", name="Draw again")
    expect(again).to_be_disabled()
    page.get_by_label("with chance, as in training").check()
    expect(page.locator(".card.drawn")).to_have_count(2)
    draws = [card(page, "stochasticpool")]
    assert draws[0] != expected
    assert all(value in range(7) for row in draws[0] for value in row)
    for seed in range(2, 6):
        again.click()
        kept(page, f"seed={seed}")
        draws.append(card(page, "stochasticpool"))
    assert any(one != draws[0] for one in draws)
    page.reload()
    assert card(page, "stochasticpool") == draws[-1]


SIZES = [
    "fit-stride-1",
    "fit-stride-2",
    "fit-stride-3",
    "fit-padded",
    "fit-question",
    "filters-10",
    "filters-6",
    "chain",
    "same-padding",
    "per-axis",
    "receptive-field",
    "flatten-digit",
    "flatten-colour",
    "flatten-cifar",
    "shared-weights",
    "conv1d-weights",
    "connected-weights",
    "filters-10-weights",
    "alexnet",
    "pool-shape",
    "batch",
]


def test_every_size_of_the_lectures_is_on_the_screen(page: Page) -> None:
    show(page, part="size")
    choose = page.get_by_label("From the lectures")
    values = choose.locator("optgroup option").evaluate_all("all => all.map(one => one.value)")
    assert sorted(values) == sorted(SIZES)
    for preset in SIZES:
        choose.select_option(preset)
        kept(page, f"preset={preset}")
        expect(page.get_by_text("✓ The lecture's answer.")).to_be_visible()
        expect(page.locator(".differs")).to_have_count(0)


def test_a_window_that_does_not_fit_is_mended_by_a_button(page: Page) -> None:
    show(page, "preset=fit-stride-3", part="size")
    layer = page.locator(".layer")
    expect(layer).to_contain_text("(7 − 3)/3 + 1 = 2.333, rounded down to 2")
    expect(layer).to_contain_text("does not fit")
    picture = layer.get_by_role("img")
    expect(picture).to_have_attribute(
        "aria-label", "7 rows and columns, padding 0 and 0, 2 windows of 3, 1 not read"
    )
    expect(picture.locator(".dropped")).to_have_count(1)
    layer.get_by_role("button", name="padding 1, output 3 by 3").click()
    expect(layer.locator(".shape")).to_have_text("→ 1 × 3 × 3")
    expect(layer).to_contain_text("(7 + 2·1 − 3)/3 + 1 = 3 ✓ fits")
    expect(layer.get_by_label("padding", exact=True)).to_have_value("1")
    assert serious(page) == []


def test_a_chain_is_built_and_kept_in_the_address(page: Page) -> None:
    show(page, "in=3x32x32&l=", part="size")
    for title in ("Convolution", "Pooling", "Flatten", "Fully connected"):
        page.get_by_role("button", name=f"+ {title}", exact=True).click()
    first = page.locator(".layer").nth(0)
    first.get_by_label("filters").fill("6")
    first.get_by_label("kernel").fill("5x3")
    first.get_by_label("padding", exact=True).fill("2x1")
    expect(first.locator(".shape")).to_have_text("→ 6 × 32 × 32")
    expect(page.locator(".shape").nth(1)).to_have_text("→ 6 × 16 × 16")
    expect(page.locator(".shape").nth(2)).to_have_text("→ 1536")
    parameters = 6 * (3 * 5 * 3) + 6 + 1536 * 10 + 10
    expect(page.locator(".total")).to_contain_text(f"4 layers: {parameters:,} parameters")
    expect(page.locator(".layer").nth(1)).to_contain_text("6×4 of the input")
    kept(page, "l=c6.k5x3.p2x1*m.k2.s2*f*l10")
    page.reload()
    expect(page.locator(".total")).to_contain_text(f"4 layers: {parameters:,} parameters")
    page.get_by_role("button", name="Remove layer 2").click()
    expect(page.locator(".total")).to_contain_text("3 layers")
    expect(page.locator(".shape").nth(1)).to_have_text("→ 6144")
    assert serious(page) == []


def test_a_layer_that_leaves_nothing_says_what_would_work(page: Page) -> None:
    show(page, "in=1x4x4&l=c1.k7*f", part="size")
    expect(page.locator(".problem").nth(1)).to_contain_text("it needs a padding of at least 2")
    expect(page.locator(".layer").nth(1)).to_contain_text("A layer before this one")
    page.get_by_role("button", name="padding 3, output 4 by 4").click()
    expect(page.locator(".shape").nth(1)).to_have_text("→ 16")
    kernel = page.get_by_label("kernel")
    kernel.fill("seven")
    expect(kernel).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("axes", ["1", "3"])
def test_sizes_have_one_to_three_axes(page: Page, axes: str) -> None:
    show(page, "in=2x9x9&l=c4.k3", part="size")
    expect(page.locator(".shape")).to_have_text("→ 4 × 7 × 7")
    page.get_by_role("group", name="Input axes").get_by_text(axes, exact=True).click()
    expect(page.locator(".shape")).to_have_text("→ 4" + " × 7" * int(axes))
    assert number(page.get_by_label("channels").input_value()) == 2
