"""Padding against numpy.pad, which knows the same boundaries under other names."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from striate.errors import GeometryError, LayerError
from striate.geometry import Padding
from striate.layers import BOUNDARIES, Boundary, pad

NUMPY_MODES: dict[Boundary, str] = {
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}
FILLING: tuple[Boundary, ...] = BOUNDARIES[:-1]


def by_numpy(
    x: NDArray[Any], sides: tuple[tuple[int, int], ...], boundary: Boundary, value: float
) -> NDArray[Any]:
    widths = ((0, 0), (0, 0), *sides)
    if boundary in NUMPY_MODES:
        return np.pad(x, widths, mode=NUMPY_MODES[boundary])  # type: ignore[call-overload,no-any-return]
    return np.pad(x, widths, constant_values=value if boundary == "constant" else 0)


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ("zeros", [0, 0, 0, 1, 2, 3, 4, 0, 0, 0]),
        ("constant", [7, 7, 7, 1, 2, 3, 4, 7, 7, 7]),
        ("replicate", [1, 1, 1, 1, 2, 3, 4, 4, 4, 4]),
        ("reflect", [4, 3, 2, 1, 2, 3, 4, 3, 2, 1]),
        ("symmetric", [3, 2, 1, 1, 2, 3, 4, 4, 3, 2]),
        ("circular", [2, 3, 4, 1, 2, 3, 4, 1, 2, 3]),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64])
def test_what_stands_beyond_the_edges(
    boundary: Boundary, expected: list[int], dtype: torch.dtype
) -> None:
    y = pad(torch.tensor([[[1, 2, 3, 4]]], dtype=dtype), 3, boundary, 7)
    assert y.dtype == dtype
    assert y[0, 0].tolist() == expected


@settings(max_examples=300, deadline=None)
@given(data=st.data(), axes=st.integers(1, 3), boundary=st.sampled_from(FILLING))
def test_any_amount_as_numpy_pads(data: st.DataObject, axes: int, boundary: Boundary) -> None:
    least = 2 if boundary == "reflect" else 1
    size = data.draw(st.tuples(*[st.integers(least, 4)] * axes))
    most = 11 if axes < 3 else 6  # well beyond the size of the input
    sides = data.draw(st.tuples(*[st.tuples(st.integers(0, most), st.integers(0, most))] * axes))
    x = np.arange(2 * np.prod(size), dtype=np.float64).reshape(1, 2, *size)
    y = pad(torch.from_numpy(x), sides, boundary, 0.25)
    np.testing.assert_array_equal(y.numpy(), by_numpy(x, sides, boundary, 0.25))


def test_boundaries_it_knows_are_those_it_pads_with() -> None:
    assert {*NUMPY_MODES, "zeros", "constant", "none"} == set(BOUNDARIES)


def test_nothing_to_pad_is_the_input_itself() -> None:
    x = torch.ones(1, 1, 3)
    for boundary in BOUNDARIES:
        assert pad(x, 0, boundary) is x


@pytest.mark.parametrize("boundary", FILLING)
@pytest.mark.parametrize("amount", [2, 7])
def test_gradients(boundary: Boundary, amount: int) -> None:
    x = torch.rand(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: pad(x, ((amount, 1), 2), boundary, 0.5), (x,))


@pytest.mark.parametrize("boundary", FILLING)
@pytest.mark.parametrize("amount", [1, 9])
def test_the_memory_layout_is_kept(boundary: Boundary, amount: int) -> None:
    flat = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert pad(flat, amount, boundary).is_contiguous(memory_format=torch.channels_last)
    deep = torch.rand(2, 3, 4, 5, 6).to(memory_format=torch.channels_last_3d)
    assert pad(deep, amount, boundary).is_contiguous(memory_format=torch.channels_last_3d)
    assert pad(torch.rand(2, 3, 4, 5), amount, boundary).is_contiguous()


@pytest.mark.parametrize("amount", [1, 5, 9])
def test_circular_padding_turns_with_the_input(amount: int) -> None:
    x = torch.rand(1, 1, 6)
    middle = slice(amount, amount + 6)
    turned = pad(x.roll(2, dims=-1), amount, "circular")
    assert torch.equal(turned[..., middle], pad(x, amount, "circular")[..., middle].roll(2, -1))
    assert torch.equal(turned[..., 2:], pad(x, amount, "circular")[..., :-2])


@pytest.mark.parametrize("boundary", [b for b in FILLING if b != "circular"])
@pytest.mark.parametrize("amount", [1, 9])
def test_flipping_the_input_flips_the_output(boundary: Boundary, amount: int) -> None:
    x = torch.rand(1, 2, 5, 3)
    assert torch.equal(
        pad(x.flip(-1), amount, boundary, 0.5), pad(x, amount, boundary, 0.5).flip(-1)
    )


@pytest.mark.parametrize(
    ("shape", "padding", "boundary", "error", "message"),
    [
        ((1, 1, 3), 1, "mirror", LayerError, "boundary (='mirror') must be one of 'zeros', "),
        ((1, 3), 1, "zeros", LayerError, "the input has shape (1, 3); padding needs"),
        ((1, 1, 3), "same", "zeros", LayerError, "padding (='same') depends on a kernel"),
        ((1, 1, 3), 1, "none", LayerError, "padding (=((1, 1),)) with the boundary `none`"),
        ((1, 1, 3, 1), 1, "reflect", LayerError, "the boundary `reflect` needs at least 2"),
        ((1, 1, 0), 1, "circular", LayerError, "the boundary `circular` needs at least 1"),
        ((1, 1, 3), (1, 1), "zeros", GeometryError, "padding (=(1, 1)) has 2 entries"),
        ((1, 1, 3), -1, "zeros", GeometryError, "padding (=-1) must be at least 0"),
    ],
)
def test_the_error_says_what_is_wrong(
    shape: tuple[int, ...],
    padding: Padding,
    boundary: Boundary,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        pad(torch.zeros(shape), padding, boundary)


def test_reflect_pads_around_an_axis_of_one_element_that_is_not_padded() -> None:
    assert pad(torch.ones(1, 1, 3, 1), (2, 0), "reflect").shape == (1, 1, 7, 1)
