"""Sizes against the torch layers themselves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from striate.errors import GeometryError
from striate.geometry import (
    Window,
    conv_size,
    fitting_paddings,
    flatten_size,
    pool_size,
    transposed_size,
)

CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED: dict[int, type[nn.Module]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}
MAX_POOLS: dict[int, type[nn.Module]] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE_POOLS: dict[int, type[nn.Module]] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}

many = settings(max_examples=250, deadline=None)


def each(axes: int, least: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(least, most)] * axes)


def shape_of(layer: nn.Module, size: tuple[int, ...]) -> tuple[int, ...]:
    with torch.no_grad():
        shape = tuple(layer(torch.zeros(1, 1, *size)).shape[2:])
    if 0 in shape:  # some torch layers refuse to leave nothing, others return nothing
        raise RuntimeError("nothing is left")
    return shape


def agree(ours: Callable[[], tuple[int, ...]], theirs: Callable[[], tuple[int, ...]]) -> None:
    """Both give the same size, or both refuse."""
    try:
        expected = theirs()
    except RuntimeError:
        with pytest.raises(GeometryError):
            ours()
    else:
        assert ours() == expected


@many
@given(data=st.data(), axes=st.integers(1, 3))
def test_convolution(data: st.DataObject, axes: int) -> None:
    size = data.draw(each(axes, 1, 12))
    kernel, stride = data.draw(each(axes, 1, 4)), data.draw(each(axes, 1, 4))
    padding, dilation = data.draw(each(axes, 0, 4)), data.draw(each(axes, 1, 3))
    agree(
        lambda: conv_size(size, kernel, stride, padding, dilation),
        lambda: shape_of(CONVOLUTIONS[axes](1, 1, kernel, stride, padding, dilation), size),
    )


@many
@given(data=st.data(), axes=st.integers(1, 3), ceil_mode=st.booleans())
def test_max_pooling(data: st.DataObject, axes: int, ceil_mode: bool) -> None:
    size = data.draw(each(axes, 1, 12))
    kernel, stride = data.draw(each(axes, 1, 4)), data.draw(each(axes, 1, 5))
    dilation = data.draw(each(axes, 1, 3))
    # torch takes no more padding than half of the window.
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    agree(
        lambda: pool_size(size, kernel, stride, padding, dilation, ceil_mode=ceil_mode),
        lambda: shape_of(
            MAX_POOLS[axes](kernel, stride, padding, dilation, ceil_mode=ceil_mode), size
        ),
    )


@many
@given(data=st.data(), axes=st.integers(1, 3), ceil_mode=st.booleans(), overlap=st.booleans())
def test_average_pooling(data: st.DataObject, axes: int, ceil_mode: bool, overlap: bool) -> None:
    size = data.draw(each(axes, 1, 12))
    kernel = data.draw(each(axes, 1, 4))
    stride = data.draw(each(axes, 1, 5)) if overlap else None
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    # In three axes alone torch refuses a window larger than the input without its padding.
    assume(axes < 3 or all(n >= k for n, k in zip(size, kernel, strict=True)))
    agree(
        lambda: pool_size(size, kernel, stride, padding, ceil_mode=ceil_mode),
        lambda: shape_of(AVERAGE_POOLS[axes](kernel, stride, padding, ceil_mode=ceil_mode), size),
    )


@many
@given(data=st.data(), axes=st.integers(1, 3))
def test_transposed_convolution(data: st.DataObject, axes: int) -> None:
    size = data.draw(each(axes, 1, 5))
    kernel, stride = data.draw(each(axes, 1, 4)), data.draw(each(axes, 1, 4))
    padding, dilation = data.draw(each(axes, 0, 3)), data.draw(each(axes, 1, 3))
    extra = tuple(
        data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    layer = TRANSPOSED[axes](1, 1, kernel, stride, padding, extra, 1, True, dilation)
    agree(
        lambda: transposed_size(size, kernel, stride, padding, extra, dilation=dilation),
        lambda: shape_of(layer, size),
    )


@many
@given(
    n=st.integers(1, 30),
    kernel=st.integers(1, 9),
    stride=st.integers(1, 7),
    dilation=st.integers(1, 3),
    output=st.none() | st.integers(1, 20),
)
def test_fitting_paddings_are_all_that_fit(
    n: int, kernel: int, stride: int, dilation: int, output: int | None
) -> None:
    extent = dilation * (kernel - 1) + 1
    fits = [Window(kernel, stride, p, p, dilation).fit(n) for p in range(extent)]
    expected = [p for p, fit in enumerate(fits) if fit.fits and output in (None, fit.output)]
    assert list(fitting_paddings(n, kernel, stride, dilation, output)) == expected


def test_fitting_paddings_of_huge_windows_are_not_searched_for() -> None:
    found = fitting_paddings(10, 10**15, stride=3)
    assert (found[0] * 2 + 10 - 10**15) % 3 == 0
    assert len(found) > 10**14


@pytest.mark.parametrize(
    ("shape", "values"), [((28, 28), 784), ((3, 64, 64), 12288), ((7,), 7), ((), 1)]
)
def test_flatten_size(shape: tuple[int, ...], values: int) -> None:
    assert flatten_size(shape) == values


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: conv_size((32, 3), 5),
            "the window (kernel 5: 5 elements) along axis 2 of 2 is larger than the padded input "
            "(=3): (3 - 5)/1 + 1 = -1; it needs a padding of at least 1 on each side, or an input "
            "of at least 5",
        ),
        (
            lambda: conv_size((4,), 3, padding=1, dilation=4),
            "the window (kernel 3, dilation 4: 9 elements) is larger than the padded input (=6): "
            "(4 + 2*1 - 4*(3 - 1) - 1)/1 + 1 = -2; it needs a padding of at least 3 on each side, "
            "or an input of at least 7",
        ),
        (
            lambda: transposed_size((2,), 3, padding=3),
            "nothing is left: the padding (=3, 3) crops the whole output, (2 - 1)*1 - 2*3 + 3 = "
            "-2; a padding of at most 3 for both sides together would leave something",
        ),
        (lambda: transposed_size((2,), 3, padding="same"), "padding (='same') has no agreed"),
        (lambda: pool_size((5,), 2, padding=2), "padding (=2, 2) must be smaller than the window"),
        (lambda: conv_size((5, 5), (3, 3, 3)), "kernel (=(3, 3, 3)) has 3 entries"),
        (lambda: conv_size((), 3), "axes (=0) must be at least 1"),
        (lambda: flatten_size((3, 0)), "size (=0) must be at least 1"),
    ],
)
def test_the_error_has_the_numbers_and_what_would_work(
    make: Callable[[], Any], message: str
) -> None:
    with pytest.raises(GeometryError, match=re.escape(message)):
        make()


@settings(deadline=None)
@given(
    n=st.integers(1, 10),
    kernel=st.integers(1, 9),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
def test_what_the_error_says_would_work_works(
    n: int, kernel: int, padding: int, dilation: int
) -> None:
    try:
        conv_size((n,), kernel, 1, padding, dilation)
    except GeometryError as error:
        found = re.search(
            r"padding of at least (\d+) on each side, or an input of at least (\d+)", str(error)
        )
    else:
        assume(False)
    assert found is not None
    side, least = map(int, found.groups())
    assert conv_size((n,), kernel, 1, side, dilation)[0] >= 1
    assert conv_size((least,), kernel, 1, padding, dilation) == (1,)
    for less in ((n, side - 1), (least - 1, padding)):
        if less[0] >= 1:
            with pytest.raises(GeometryError):
                conv_size((less[0],), kernel, 1, less[1], dilation)
