"""Short numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from striate.network.pictures.numbers import short


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.125, "0.125"),
        (-3.4, "-3.4"),
        (0.31999, "0.32"),
        (999.6, "1000"),
        (12345.0, "12345"),
        (1234567.0, "1.2e6"),
        (0.0000123, "1.2e-5"),
        (-0.0009, "-9.0e-4"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers_are_short(value: float, said: str) -> None:
    assert short(value) == said


@given(st.floats(-1e300, 1e300))
def test_a_short_number_is_near_the_number(value: float) -> None:
    said = short(value)
    assert len(said) <= 9
    assert float(said) == pytest.approx(value, rel=0.06)
