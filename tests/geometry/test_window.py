import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import GeometryError
from striate.geometry import Fit, TransposedWindow, Window

window_cases = st.builds(
    Window,
    kernel=st.integers(1, 6),
    stride=st.integers(1, 6),
    before=st.integers(0, 5),
    after=st.integers(0, 5),
    dilation=st.integers(1, 4),
)
transposed_cases = st.builds(
    TransposedWindow,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 8),
    before=st.integers(0, 4),
    after=st.integers(0, 4),
    dilation=st.integers(1, 8),
)


def placements(window: Window, n: int) -> list[list[int]]:
    """Every placement of the window, as the input indices it reads; padding has indices too."""
    found: list[list[int]] = []
    start = -window.before
    while True:
        taps = [start + tap * window.dilation for tap in range(window.kernel)]
        if taps[-1] >= n + window.after:
            return found
        found.append(taps)
        start += window.stride


def test_a_window_that_fits() -> None:
    assert Window(3, 2).fit(7) == Fit(7, Fraction(3), 3, fits=True, dropped=0, too_large=False)


def test_a_window_that_drops_a_row() -> None:
    assert Window(3, 3).fit(7) == Fit(7, Fraction(7, 3), 2, fits=False, dropped=1, too_large=False)


def test_a_window_that_leaves_only_padding_unread_drops_nothing() -> None:
    fit = Window(7, 2, 3, 3).fit(224)  # the first layer of ResNet
    assert (fit.output, fit.fits, fit.dropped) == (112, False, 0)


def test_a_window_that_is_too_large() -> None:
    assert Window(5).fit(3) == Fit(3, Fraction(-1), 0, fits=False, dropped=3, too_large=True)


def test_ceil_mode_lets_the_last_window_end_beyond_the_input() -> None:
    assert Window(3, 3).fit(7, ceil_mode=True).output == 3
    assert Window(3, 3).fit(7, ceil_mode=True).dropped == 0


@settings(deadline=None)
@given(window=window_cases, n=st.integers(1, 25))
def test_the_fit_is_what_sliding_the_window_shows(window: Window, n: int) -> None:
    placed = placements(window, n)
    fit = window.fit(n)
    assert window.output_size(n) == fit.output == len(placed)
    assert fit.too_large == (not placed)
    if placed:
        end = placed[-1][-1]
        assert fit.fits == (end == n + window.after - 1)
        assert fit.dropped == len([i for i in range(n) if i > end])
        assert fit.output == fit.exact.__floor__()
    else:
        assert fit.dropped == n


@settings(deadline=None)
@given(window=window_cases, first=st.integers(-3, 10), more=st.integers(0, 5))
def test_reach_is_the_hull_of_the_placements(window: Window, first: int, more: int) -> None:
    reads = [
        unit * window.stride - window.before + tap * window.dilation
        for unit in range(first, first + more + 1)
        for tap in range(window.kernel)
    ]
    assert window.reach(first, first + more) == (min(reads), max(reads))


@settings(deadline=None)
@given(window=transposed_cases, n=st.integers(1, 12))
def test_a_transposed_window_writes_what_its_size_says(window: TransposedWindow, n: int) -> None:
    written = [i * window.stride + m * window.dilation for i in range(n) for m in (window.kernel,)]
    last = max(written) - window.dilation
    assert window.output_size(n) == max(last + 1 - window.before - window.after, 0)


@settings(deadline=None)
@given(window=transposed_cases, first=st.integers(-5, 30), more=st.integers(0, 12))
def test_transposed_reach_is_the_hull_of_the_inputs_that_write_there(
    window: TransposedWindow, first: int, more: int
) -> None:
    reads = [
        i
        for i in range(-60, 80)
        if any(
            first <= i * window.stride + m * window.dilation - window.before <= first + more
            for m in range(window.kernel)
        )
    ]
    low, high = window.reach(first, first + more)
    if reads:
        assert (low, high) == (min(reads), max(reads))
    else:
        assert high < low


def test_reach_of_huge_numbers_is_arithmetic_not_a_search() -> None:
    window = TransposedWindow(3, 10**12 + 39, dilation=10**15 + 37)
    # Output 2*dilation + 7*stride is written by input 7 with the last tap.
    unit = 2 * window.dilation + 7 * window.stride
    assert window.reach(unit, unit)[0] == 7


def test_an_empty_interval_reaches_an_empty_one() -> None:
    for window in (Window(3, 2), TransposedWindow(3, 2)):
        low, high = window.reach(4, 3)
        assert high < low


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Window(0), "kernel (=0) must be at least 1"),
        (lambda: Window(3, 0), "stride (=0) must be at least 1"),
        (lambda: Window(3, dilation=0), "dilation (=0) must be at least 1"),
        (lambda: Window(3, 1, -1), "padding (=-1) must be at least 0"),
        (lambda: Window(3).output_size(0), "input (=0) must be at least 1"),
        (
            lambda: TransposedWindow(3, 2, output_padding=2),
            "output padding (=2) must be smaller than the stride (=2) or the dilation (=1)",
        ),
    ],
)
def test_the_error_names_the_argument(make: Callable[[], object], message: str) -> None:
    with pytest.raises(GeometryError, match=re.escape(message)):
        make()
