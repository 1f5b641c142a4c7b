from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from striate.data import load, normalise
from striate.network import Network
from striate.studio import looking
from striate.studio.looking.drawing import Frame, fit_drawing, mnist_frame, stroke_width

LENET = Path(looking.__file__).parents[1] / "lenet"
PLAIN = Frame(28, 28, 20)


def slowly(ink: Any, side: int = 28, box: int = 20) -> Any:
    """A drawing whose box is a multiple of `box` pixels, pixel by pixel as the paper says it."""
    places = [(y, x) for y, row in enumerate(ink) for x, value in enumerate(row) if value]
    top, left = (min(place[axis] for place in places) for axis in (0, 1))
    sizes = [
        max(place[axis] for place in places) - start + 1 for axis, start in ((0, top), (1, left))
    ]
    each = max(sizes) // box
    assert max(sizes) == each * box
    small = {}
    for y in range(sizes[0] // each):
        for x in range(sizes[1] // each):
            total = sum(
                int(ink[top + y * each + dy][left + x * each + dx])
                for dy in range(each)
                for dx in range(each)
            )
            small[y, x] = int(total / each**2 + 0.5)
    mass = sum(small.values())
    middle = [sum((place[axis] + 0.5) * v for place, v in small.items()) / mass for axis in (0, 1)]
    for m in middle:  # where rounding decides about a whole pixel, both are right
        assume(0.02 < (side / 2 - m) % 1 < 0.98)
    starts = [ceil(side / 2 - m) for m in middle]
    field = np.zeros((side, side), np.uint8)
    for (y, x), value in small.items():
        field[y + starts[0], x + starts[1]] = value
    return field


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(3, 20), st.booleans())
def test_is_the_slow_obvious_one(seed: int, each: int, other: int, tall: bool) -> None:
    random = np.random.default_rng(seed)
    shape = (20 * each, other * each) if tall else (other * each, 20 * each)
    heavy = np.linspace(0.3, 1, shape[0])[:, None] * np.linspace(1, 0.4, shape[1])
    ink = (random.integers(0, 256, shape) * heavy).astype(np.uint8)
    ink[[0, -1]] = 200  # so that nothing of it is paper all along
    ink[:, [0, -1]] = 200
    sheet = np.zeros((200, 180), np.uint8)
    top, left = random.integers(0, [200 - shape[0] + 1, 180 - shape[1] + 1])
    sheet[top : top + shape[0], left : left + shape[1]] = ink
    difference = fit_drawing(sheet, PLAIN).astype(int) - slowly(sheet)
    assert np.abs(difference).max() <= 1  # halves may be rounded either way


def test_mnist_comes_out_as_it_was_made(shared: Path) -> None:
    for image in load("mnist", shared / "data").test.inputs[:300, 0]:
        sheet = np.pad(np.kron(image, np.ones((7, 7), np.uint8)), ((13, 0), (2, 40)))
        assert np.array_equal(fit_drawing(sheet, PLAIN), image)


def test_drawn_mnist_digits_are_read(shared: Path) -> None:
    dataset = load("mnist", shared / "data")
    images, labels = dataset.test.inputs[:1000, 0], dataset.test.targets[:1000]
    fitted = [
        fit_drawing(np.kron(image, np.ones((7, 7), np.uint8)), mnist_frame()) for image in images
    ]
    batch = normalise(torch.from_numpy(np.stack(fitted)[:, None]), dataset.description)
    with torch.no_grad():
        answers = Network(LENET).module(batch).argmax(1).numpy()
    assert (answers == labels).mean() >= 0.985


def bar(width: int, length: int = 150) -> Any:
    sheet = np.zeros((240, 240), np.uint8)
    sheet[40 : 40 + length, 100 : 100 + width] = 255
    return sheet


class TestStrokes:
    @pytest.mark.parametrize("width", [4, 9, 16, 30])
    def test_width_of_a_straight_one(self, width: int) -> None:
        assert stroke_width(bar(width, 220)) == pytest.approx(width, rel=0.15, abs=2.0)

    @pytest.mark.parametrize("width", [1, 2, 4, 8])
    def test_thin_ones_become_as_thick_as_mnists(self, width: int) -> None:
        thick = fit_drawing(bar(width), mnist_frame()).astype(float) / 255
        across = thick.sum(1)[thick.sum(1) > 0]
        assert np.median(across) == pytest.approx(2.1, abs=0.5)

    def test_thick_ones_stay(self) -> None:
        sheet = bar(40)
        assert np.array_equal(fit_drawing(sheet, mnist_frame()), fit_drawing(sheet, PLAIN))

    def test_a_sheet_without_ink_has_none(self) -> None:
        assert stroke_width(np.zeros((20, 20), np.uint8)) == 0.0
        assert not fit_drawing(np.zeros((20, 20), np.uint8), mnist_frame()).any()


class TestAnyDrawing:
    @given(st.integers(0, 2**32 - 1), st.integers(8, 120), st.integers(8, 120))
    def test_fits_and_keeps_its_ink(self, seed: int, height: int, width: int) -> None:
        random = np.random.default_rng(seed)
        ink = ((random.random((height, width)) < 0.02) * 255).astype(np.uint8)
        field = fit_drawing(ink, mnist_frame())
        assert field.shape == (28, 28)
        assert field.any() == ink.any()

    def test_one_dot_is_a_dot_in_the_middle(self) -> None:
        ink = np.zeros((100, 100), np.uint8)
        ink[3, 95] = 255
        field = fit_drawing(ink, mnist_frame())
        assert field[13:16, 13:16].all()

    @pytest.mark.parametrize("shape", [(32, 32), (28, 40), (8, 8), (64, 48)])
    def test_other_pictures_have_the_same_proportions(self, shape: tuple[int, int]) -> None:
        field = fit_drawing(bar(30), mnist_frame(*shape))
        rows = np.flatnonzero(field.any(1))
        assert field.shape == shape
        assert len(rows) == round(min(shape) * 20 / 28)
        assert abs(rows.mean() + 0.5 - shape[0] / 2) <= 1

    def test_by_its_box(self) -> None:
        sheet = bar(30)
        sheet[170:190, 60:170] = 255  # heavy at the bottom
        field = fit_drawing(sheet, Frame(8, 8, 8, by_mass=False))
        assert field[0].any()
        assert field[7].any()
