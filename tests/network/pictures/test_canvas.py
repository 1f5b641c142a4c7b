"""The sheet: where things are, and how wide texts are."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from striate.data.pictures import save
from striate.network.pictures.canvas import Canvas, drawable, fitted, text_width, wrapped
from striate.network.pictures.colours import Shade


@pytest.mark.parametrize("text", ["layer1.0.conv2", "-0.123", "0.1 + (-0.2) + " * 9, "WWW iii"])
@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("size", [6, 8.5, 13])
def test_a_text_is_as_wide_as_it_is_said_to_be(text: str, weight: str, size: float) -> None:
    canvas = Canvas(1000)
    canvas.text(10, 10, text, size, weight=weight)
    figure = canvas.finish(30)
    widths = []
    for dots in (100, 150, 1000):
        figure.set_dpi(dots)
        widths.append(figure.axes[0].texts[0].get_window_extent().width * 72 / dots)
    said = text_width(text, size, weight)
    # At small sizes a letter is few dots wide, and each is rounded to whole ones.
    assert max(widths) * 0.999 <= said <= max(widths) * 1.1 + 0.5


def test_things_are_where_they_were_put() -> None:
    canvas = Canvas(100)
    canvas.box(10, 20, 30, 5, facecolor="#0072b2", linewidth=0)
    figure = canvas.finish(60)
    content = io.BytesIO()
    figure.savefig(content, dpi=72)
    pixels = np.asarray(Image.open(content).convert("RGB")) / 255
    assert pixels.shape == (60, 100, 3)
    painted = np.abs(pixels - to_rgb("#0072b2")).max(-1) < 0.02
    rows, columns = np.nonzero(painted)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 24, 10, 39)


def test_an_inset_lies_where_it_was_put() -> None:
    canvas = Canvas(200)
    inset = canvas.inset(50, 30, 100, 40)
    canvas.finish(100)
    assert inset.get_position().bounds == pytest.approx((0.25, 0.3, 0.5, 0.4))


def test_a_grid_is_drawn_square_by_square() -> None:
    canvas = Canvas(40)
    canvas.image(np.array([[0.0, 1.0], [1.0, 0.0]]), 0, 0, 40, 40, Shade(0, 1))
    content = io.BytesIO()
    canvas.finish(40).savefig(content, dpi=72)
    pixels = np.asarray(Image.open(content).convert("RGB")) / 255
    dark, bright = Shade(0, 1).colour(0), Shade(0, 1).colour(1)
    assert pixels[10, 10] == pytest.approx(dark, abs=0.01)
    assert pixels[10, 30] == pytest.approx(bright, abs=0.01)
    assert pixels[30, 10] == pytest.approx(bright, abs=0.01)


def test_a_long_line_keeps_its_extremes() -> None:
    canvas = Canvas(200)
    values = np.zeros(100_000)
    values[31_415], values[77_777] = 1.0, -1.0
    canvas.trace(values, 0, 0, 200, 50, Shade(-1, 1))
    (line,) = canvas.axes.lines
    across, down = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert len(across) < 2000
    assert (down.min(), down.max()) == (0, 50)
    top = across[np.argmin(down)]
    assert top == pytest.approx(200 * 31_415.5 / 100_000, abs=0.1)


@given(st.lists(st.text("abc il.W", min_size=1, max_size=30), min_size=1, max_size=8))
def test_wrapped_lines_fit(parts: list[str]) -> None:
    text = " ".join(" ".join(parts).split())
    lines = wrapped(text, 60, 9)
    assert all(text_width(line, 9) <= 60 for line in lines)
    if all(text_width(word, 9) <= 60 for word in text.split()):
        assert " ".join(lines) == text


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = "features.denseblock4.denselayer16.conv2"
    shown = fitted(name, 100, 8)
    assert text_width(shown, 8) <= 100
    head, tail = shown.split("…")
    assert name.startswith(head)
    assert name.endswith(tail)
    assert tail
    assert fitted(name, 1000, 8) == name


def test_any_character_and_any_dollar_can_be_drawn() -> None:
    assert drawable("abc äß→±") == "abc äß→±"
    assert drawable("猫\x07\ud800") == "\\u732b\\x07\\ud800"
    canvas = Canvas(300)
    canvas.text(10, 10, "$x^2$ 猫 \ud800 a$b")
    canvas.finish(20).savefig(io.BytesIO(), format="svg")  # a missing glyph would warn


def test_the_same_picture_is_the_same_file(tmp_path: Path) -> None:
    for number in (1, 2):
        for ending in ("png", "svg", "pdf"):
            canvas = Canvas(60)
            canvas.image(np.eye(3), 5, 5, 50, 50, Shade(0, 1))
            canvas.box(5, 5, 10, 10, hatch="///")
            canvas.text(5, 58, "word")
            save(canvas.finish(60), tmp_path / f"{number}.{ending}")
    for ending in ("png", "svg", "pdf"):
        assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()
