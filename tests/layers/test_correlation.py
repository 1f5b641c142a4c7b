"""Correlation and convolution against numpy and scipy."""

import re
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from striate.errors import GeometryError, LayerError
from striate.layers import Boundary, convolve, correlate

whole_numbers = st.lists(st.integers(-9, 9), min_size=1, max_size=8)


def test_a_signal_and_a_kernel_as_lists() -> None:
    assert correlate([1, 2, 3, 4], [1, 0, -1]).tolist() == [-2, -2]
    assert convolve([1, 2, 3, 4], [1, 0, -1]).tolist() == [2, 2]
    assert convolve([1, 2], [1, 10], padding="full").tolist() == [1, 12, 20]


@settings(deadline=None)
@given(x=whole_numbers, kernel=whole_numbers)
def test_a_full_convolution_is_numpys(x: list[int], kernel: list[int]) -> None:
    y = convolve(x, kernel, padding="full")
    assert y.dtype == torch.int64
    assert y.tolist() == np.convolve(x, kernel).tolist()
    # The product of two polynomials does not depend on their order.
    assert y.tolist() == convolve(kernel, x, padding="full").tolist()


@settings(deadline=None)
@given(x=whole_numbers, kernel=whole_numbers)
def test_a_full_correlation_is_numpys(x: list[int], kernel: list[int]) -> None:
    assert correlate(x, kernel, padding="full").tolist() == np.correlate(x, kernel, "full").tolist()


@settings(deadline=None)
@given(data=st.data())
def test_an_image_as_scipy_convolves_it(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.integers(-5, 6, data.draw(st.tuples(st.integers(3, 7), st.integers(3, 7))))
    kernel = rng.integers(-5, 6, data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3))))
    for padding in ("full", "valid"):
        assert np.array_equal(
            convolve(x, kernel, padding=padding), signal.convolve2d(x, kernel, padding)
        )
        assert np.array_equal(
            correlate(x, kernel, padding=padding), signal.correlate2d(x, kernel, padding)
        )


@pytest.mark.parametrize(
    ("boundary", "mode"),
    [
        ("replicate", "nearest"),
        ("reflect", "mirror"),
        ("symmetric", "reflect"),
        ("circular", "wrap"),
    ],
)
def test_boundaries_as_scipy_has_them(boundary: Boundary, mode: str) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    for ours, theirs in ((correlate, ndimage.correlate), (convolve, ndimage.convolve)):
        y = ours(x, kernel, padding="same", boundary=boundary)
        np.testing.assert_allclose(y.numpy(), theirs(x, kernel, mode=mode), rtol=1e-10)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_channels_and_batches_as_torch_has_them(axes: int) -> None:
    functions: dict[int, Any] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    x = torch.rand(2, 3, *(6,) * axes, dtype=torch.float64)
    kernel = torch.rand(4, 3, *(3,) * axes, dtype=torch.float64)
    expected = functions[axes](x, kernel, stride=2, padding=1, dilation=1)
    torch.testing.assert_close(correlate(x, kernel, 2, 1), expected)
    torch.testing.assert_close(correlate(x[1], kernel, 2, 1), expected[1])
    flipped = kernel.flip(tuple(range(2, axes + 2)))
    torch.testing.assert_close(convolve(x, flipped, 2, 1), expected)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_whole_numbers_stay_exact_in_every_number_of_axes(axes: int) -> None:
    x = torch.full((1, 1, *(3,) * axes), 2**31)
    kernel = torch.full((1, 1, *(3,) * axes), 3)
    assert correlate(x, kernel).item() == 3**axes * 3 * 2**31


def test_small_whole_numbers_do_not_overflow() -> None:
    x = np.full(3, 255, dtype=np.uint8)
    assert correlate(x, x).item() == 3 * 255 * 255


def test_gradients_reach_input_and_kernel() -> None:
    x = torch.rand(5, 4, dtype=torch.float64, requires_grad=True)
    kernel = torch.rand(3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(convolve, (x, kernel))
    assert torch.autograd.gradcheck(correlate, (x, kernel))


@pytest.mark.parametrize(
    ("x", "kernel"), [((5,), (3, 3)), ((3, 5, 5), (1, 4, 3, 3)), ((5,), ()), ((2,) * 7, (2,) * 7)]
)
def test_shapes_that_do_not_go_together(x: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    with pytest.raises(LayerError, match=re.escape("does not go with a kernel of shape")):
        correlate(torch.zeros(x), torch.zeros(kernel))


def test_a_kernel_that_does_not_fit() -> None:
    with pytest.raises(GeometryError, match=re.escape("(3 - 5)/1 + 1 = -1")):
        correlate(torch.zeros(3), torch.zeros(5))
