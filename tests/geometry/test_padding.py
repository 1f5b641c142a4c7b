import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from striate.errors import GeometryError
from striate.geometry import Padding, conv_size, resolve_padding


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (2, ((2, 2), (2, 2))),
        ((0, 1), ((0, 0), (1, 1))),
        (((0, 1), (2, 3)), ((0, 1), (2, 3))),
        ([1, (2, 0)], ((1, 1), (2, 0))),
        ("valid", ((0, 0), (0, 0))),
        ("same", ((1, 1), (1, 2))),
        ("full", ((2, 2), (3, 3))),
    ],
)
def test_every_way_to_write_it(padding: Padding, expected: tuple[tuple[int, int], ...]) -> None:
    assert resolve_padding(padding, (3, 4), 1, 2) == expected


def test_dilation_spreads_the_kernel() -> None:
    assert resolve_padding("same", 3, 2, 1) == ((2, 2),)
    assert resolve_padding("full", 3, 2, 1) == ((4, 4),)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@settings(deadline=None)
@given(n=st.integers(1, 20), kernel=st.integers(1, 6), dilation=st.integers(1, 3))
def test_same_is_torchs_same(n: int, kernel: int, dilation: int) -> None:
    layer = nn.Conv1d(1, 1, kernel, padding="same", dilation=dilation, bias=False).double()
    x = torch.arange(1.0, n + 1, dtype=torch.float64)[None, None]
    ((before, after),) = resolve_padding("same", kernel, dilation, 1)
    with torch.no_grad():
        padded = nn.functional.pad(x, (before, after))
        ours = nn.functional.conv1d(padded, layer.weight, dilation=dilation)
        torch.testing.assert_close(ours, layer(x))


@settings(deadline=None)
@given(
    n=st.integers(1, 50),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
)
def test_same_divides_by_the_stride_and_full_meets_every_overlap(
    n: int, kernel: int, stride: int, dilation: int
) -> None:
    assert conv_size((n,), kernel, stride, "same", dilation) == (-(-n // stride),)
    overlaps = [o for o in range(-100, 100) if o + dilation * (kernel - 1) >= 0 and o < n]
    assert conv_size((n,), kernel, 1, "full", dilation) == (len(overlaps),)


@pytest.mark.parametrize(
    ("padding", "message"),
    [
        (-1, "padding (=-1) must be at least 0"),
        ((1, 2, 3), "padding (=(1, 2, 3)) has 3 entries and the layer has 2 axes"),
        (((1, 2, 3), 0), "padding (=(1, 2, 3)) of one axis must be (before, after)"),
        ("half", "padding (='half') must be a number, a pair (before, after) an axis, or one of"),
        (0.5, "padding (=0.5) must be a whole number"),
    ],
)
def test_the_error_names_the_padding(padding: Padding, message: str) -> None:
    with pytest.raises(GeometryError, match=re.escape(message)):
        resolve_padding(padding, 3, 1, 2)
