"""Colours of values."""

import numpy as np
import pytest
from matplotlib import colormaps

from striate.network.pictures.colours import (
    Shade,
    is_signed,
    luminance,
    peak_of,
    shade_of,
)


def test_signed_values_lie_around_zero() -> None:
    shade = shade_of(True, [0.5, 3.0])
    assert (shade.low, shade.high) == (-3.0, 3.0)
    assert shade.signed
    assert shade.colour(0.0) == pytest.approx(colormaps["RdBu_r"](0.5)[:3])
    red, _, blue = shade.colour(2.9)
    assert red > blue
    red, _, blue = shade.colour(-2.9)
    assert blue > red


def test_values_without_a_sign_begin_at_zero() -> None:
    shade = shade_of(False, [2.0])
    assert (shade.low, shade.high) == (0.0, 2.0)
    assert shade.colour(0.0) == colormaps["viridis"](0.0)[:3]
    assert shade.colour(5.0) == colormaps["viridis"](1.0)[:3]


def test_nothing_but_zeros_has_limits_too() -> None:
    assert shade_of(False, [0.0]) == Shade(0.0, 1.0)
    assert shade_of(True, []) == Shade(-1.0, 1.0)


def test_what_is_no_number_is_not_counted_and_stands_out() -> None:
    values = np.array([1.0, -2.0, np.inf, np.nan])
    assert peak_of(values) == 2.0
    assert peak_of(np.array([np.nan])) == 0.0
    assert is_signed(values)
    assert not is_signed(np.array([0.0, np.nan]))
    magenta = (1.0, 0.0, 1.0)
    assert shade_of(True, [2.0]).colour(np.nan) == magenta
    assert shade_of(False, [2.0]).colour(np.nan) == magenta


def test_luminance_is_that_of_the_contrast_guidelines() -> None:
    # https://www.w3.org/TR/WCAG21/#dfn-relative-luminance: black 0, white 1, red 0.2126; and
    # #777777 has the contrast 4.48 to white, (1 + 0.05) / (L + 0.05).
    assert luminance((0, 0, 0)) == 0
    assert luminance((1, 1, 1)) == pytest.approx(1)
    assert luminance((1, 0, 0)) == pytest.approx(0.2126)
    grey = 0x77 / 255
    assert 1.05 / (luminance((grey, grey, grey)) + 0.05) == pytest.approx(4.48, abs=0.005)
