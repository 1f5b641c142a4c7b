"""Convolution layers against torch's own and against scipy.ndimage at every boundary."""

import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import nn

from striate.errors import GeometryError, LayerError
from striate.geometry import Padding, conv_size, transposed_size
from striate.layers import (
    Boundary,
    BoundaryConv1d,
    BoundaryConv2d,
    BoundaryConv3d,
    convolution,
    transposed_convolution,
)

PLAIN = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
BOUNDED = {1: BoundaryConv1d, 2: BoundaryConv2d, 3: BoundaryConv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
NDIMAGE_MODES: dict[Boundary, str] = {
    "zeros": "constant",
    "constant": "constant",
    "replicate": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "circular": "wrap",
}
NAMED: tuple[Padding, ...] = ("same", "full")
BEYOND_TORCH: tuple[Boundary, ...] = ("constant", "reflect", "symmetric", "circular")


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("boundary", list(NDIMAGE_MODES))
@pytest.mark.parametrize("size", [3, 8])
def test_every_boundary_as_scipy_has_it(axes: int, boundary: Boundary, size: int) -> None:
    """A kernel of 7 also reaches beyond an input of 3."""
    kernel = 7
    value = 0.3 if boundary == "constant" else 0.0
    layer = convolution(
        axes, 1, 1, kernel, padding="same", bias=False, boundary=boundary, value=value
    ).double()
    x = torch.rand(1, 1, *(size,) * axes, dtype=torch.float64)
    with torch.no_grad():
        y = layer(x)
    expected = ndimage.correlate(
        x[0, 0].numpy(),
        layer.weight.detach()[0, 0].numpy(),
        mode=NDIMAGE_MODES[boundary],
        cval=value,
    )
    np.testing.assert_allclose(y[0, 0].numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_torchs_own_class_where_it_can(axes: int) -> None:
    plain, bounded = PLAIN[axes], BOUNDED[axes]
    assert type(convolution(axes, 1, 1, 3)) is plain
    assert type(convolution(axes, 1, 1, 3, padding="same")) is plain
    assert type(convolution(axes, 1, 1, 3, padding=1, boundary="replicate")) is plain
    assert type(convolution(axes, 1, 1, 3, boundary="circular")) is plain
    assert type(convolution(axes, 1, 1, 3, boundary="none")) is plain
    assert type(convolution(axes, 1, 1, 4, padding="same")) is bounded
    for boundary in BEYOND_TORCH:
        layer = convolution(axes, 1, 1, 3, padding=1, boundary=boundary)
        assert type(layer) is bounded
        assert isinstance(layer, plain)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_the_state_is_that_of_torchs_class(axes: int, bias: bool) -> None:
    torch.manual_seed(3)
    ours = convolution(axes, 4, 6, 3, padding=1, groups=2, bias=bias, boundary="symmetric")
    torch.manual_seed(3)
    theirs = PLAIN[axes](4, 6, 3, groups=2, bias=bias)
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        assert torch.equal(state[name], value)
    theirs.load_state_dict(state)
    ours.load_state_dict(theirs.state_dict())


@settings(max_examples=100, deadline=None)
@given(data=st.data(), axes=st.integers(1, 3), boundary=st.sampled_from(BEYOND_TORCH))
def test_sizes_are_those_of_geometry(data: st.DataObject, axes: int, boundary: Boundary) -> None:
    def draw(least: int, most: int) -> tuple[int, ...]:
        return cast("tuple[int, ...]", data.draw(st.tuples(*[st.integers(least, most)] * axes)))

    size, kernel, stride, dilation = draw(2, 7), draw(1, 3), draw(1, 3), draw(1, 2)
    padding: Padding = data.draw(
        st.sampled_from(NAMED)
        | st.tuples(*[st.tuples(st.integers(0, 4), st.integers(4, 6))] * axes)
    )
    layer = convolution(
        axes, 1, 2, kernel, stride, padding=padding, dilation=dilation, boundary=boundary
    )
    with torch.no_grad():
        y = layer(torch.zeros(2, 1, *size))
    assert y.shape == (2, 2, *conv_size(size, kernel, stride, padding, dilation))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_reflect_and_circular_are_torchs_where_torch_has_them(axes: int) -> None:
    x = torch.rand(2, 2, *(6,) * axes)
    for boundary in ("reflect", "circular"):
        theirs = PLAIN[axes](2, 3, 3, 2, padding=1, padding_mode=boundary)
        ours = convolution(axes, 2, 3, 3, 2, padding=1, boundary=boundary)
        ours.load_state_dict(theirs.state_dict())
        torch.testing.assert_close(ours(x), theirs(x))


def test_circular_convolution_turns_with_its_input() -> None:
    layer = convolution(2, 2, 3, (3, 4), padding="same", boundary="circular").double()
    x = torch.rand(1, 2, 6, 7, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(layer(x.roll((2, 3), (2, 3))), layer(x).roll((2, 3), (2, 3)))


@pytest.mark.parametrize("boundary", BEYOND_TORCH)
def test_gradients(boundary: Boundary) -> None:
    layer = convolution(2, 1, 2, 3, padding=4, boundary=boundary).double()
    x = torch.rand(1, 1, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))


def test_bfloat16_and_channels_last() -> None:
    layer = convolution(2, 3, 4, 3, padding=1, boundary="symmetric")
    layer = layer.to(torch.bfloat16, memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.rand(2, 3, 5, 5, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
    y = layer(x)
    assert y.dtype == torch.bfloat16
    assert y.is_contiguous(memory_format=torch.channels_last)


def test_it_is_captured_as_a_graph() -> None:
    layer = convolution(2, 2, 3, 4, padding="same", boundary="symmetric")
    x = torch.rand(1, 2, 3, 5)
    graph = torch.export.export(layer, (x,), strict=False)
    torch.testing.assert_close(graph.module()(x), layer(x))


def test_the_description_names_the_boundary() -> None:
    layer = convolution(1, 1, 2, 3, padding=((0, 2),), boundary="constant", value=0.5)
    assert repr(layer) == (
        "BoundaryConv1d(1, 2, kernel_size=(3,), stride=(1,), sides=((0, 2),), "
        "boundary='constant', value=0.5)"
    )


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("arguments", [{}, {"padding": 1, "output_padding": 1, "stride": 2}])
def test_transposed_convolution_is_torchs(axes: int, arguments: dict[str, int]) -> None:
    layer = transposed_convolution(axes, 2, 4, 3, groups=2, **arguments)  # type: ignore[arg-type]
    theirs = TRANSPOSED[axes](2, 4, 3, groups=2, **cast("Any", arguments))
    assert type(layer) is TRANSPOSED[axes]
    theirs.load_state_dict(layer.state_dict())
    x = torch.rand(1, 2, *(4,) * axes)
    torch.testing.assert_close(layer(x), theirs(x))
    assert layer(x).shape[2:] == transposed_size((4,) * axes, 3, **cast("Any", arguments))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: convolution(4, 1, 1, 3), LayerError, "axes (=4) must be 1, 2 or 3"),
        (
            lambda: convolution(2, 5, 4, 3, groups=2),
            LayerError,
            "in_channels (=5) must be divisible by groups (=2)",
        ),
        (lambda: convolution(2, 0, 4, 3), LayerError, "in_channels (=0) must be at least 1"),
        (
            lambda: convolution(2, 1, 1, 3, padding=1, boundary="none"),
            LayerError,
            "padding (=((1, 1), (1, 1))) with the boundary `none`",
        ),
        (
            lambda: convolution(2, 1, 1, 3, padding=1, value=0.5),
            LayerError,
            "value (=0.5) fills the boundary `constant`, and the boundary is `zeros`",
        ),
        (
            lambda: convolution(2, 1, 1, 3, boundary=cast("Boundary", "mirror")),
            LayerError,
            "boundary (='mirror') must be one of 'zeros'",
        ),
        (lambda: convolution(2, 1, 1, 0), GeometryError, "kernel (=0) must be at least 1"),
        (
            lambda: transposed_convolution(1, 1, 1, 3, padding=((0, 1),)),
            LayerError,
            "padding (=0, 1) of a transposed convolution must be the same at both ends",
        ),
        (
            lambda: transposed_convolution(1, 1, 1, 3, output_padding=1),
            GeometryError,
            "output padding (=1) must be smaller than the stride (=1)",
        ),
    ],
)
def test_the_error_says_what_is_wrong(
    make: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        make()
