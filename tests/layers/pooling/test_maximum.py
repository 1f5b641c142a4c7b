from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from striate.errors import LayerError
from striate.layers.pooling import MaxPool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def real(window: list[Place]) -> list[float]:
    return [place.value for place in window if place.kind == "real"]


def test_the_largest_of_each_window() -> None:
    x = torch.tensor(
        [[[[-1.0, 2, 0, 0], [0, 1, 3, -2], [0, 0, -1, 4], [3, -1, -2, -2]]]],
    )
    assert MaxPool(2)(x).tolist() == [[[[2, 3], [3, 4]]]]


def test_the_lectures(worked_examples: dict[str, Any]) -> None:
    examples = [entry for entry in worked_examples["pooling"] if entry["kind"] == "max"]
    assert len(examples) >= 5
    for entry in examples:
        x = torch.tensor(entry["input"], dtype=torch.float32)[None, None]
        pooled = MaxPool(entry["size"], entry["stride"])(x)
        assert pooled[0, 0].tolist() == entry["output"]


def test_padding_never_wins() -> None:
    x = torch.tensor([[[-3.0, -1, -2]]])
    assert MaxPool(2, 1, [(1, 1)])(x).tolist() == [[[-3, -1, -1, -2]]]
    assert MaxPool(3, 1, "full")(x).tolist() == [[[-3, -1, -1, -1, -2]]]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_is_the_slow_maximum(data: st.DataObject, cases: st.SearchStrategy[Case]) -> None:
    case = data.draw(cases)
    pool = MaxPool(case.kernel, case.stride, case.padding, ceil_mode=case.ceil_mode)
    expected = case.slowly(lambda window: max(real(window)))
    assert torch.equal(pool(case.x), expected)
    assert pool.output_shape(case.x.shape[2:]) == expected.shape[2:]


@settings(max_examples=60, deadline=None)
@given(
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    size=st.integers(10, 14),
    ceil_mode=st.booleans(),
    data=st.data(),
)
def test_dilated_is_torch(
    kernel: int, stride: int, dilation: int, size: int, ceil_mode: bool, data: st.DataObject
) -> None:
    padding = data.draw(st.integers(0, kernel // 2))
    x = torch.randn(2, 3, size, size + 1)
    ours = MaxPool(kernel, stride, padding, dilation=dilation, ceil_mode=ceil_mode)
    theirs = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil_mode)
    assert torch.equal(ours(x), theirs(x))
    if not ceil_mode:  # padding of both sides written out takes the other way to the kernel
        uneven = MaxPool(kernel, stride, [(padding, padding), (padding, 0)], dilation=dilation)
        lower = theirs(x)[..., : uneven(x).shape[-1]]
        columns = uneven(x).shape[-1] - 1
        assert torch.equal(uneven(x)[..., :columns], lower[..., :columns])


def test_a_dilated_window_that_steps_over_the_input_is_refused() -> None:
    pool = MaxPool(2, 1, [(1, 2)], dilation=4)
    with pytest.raises(LayerError, match="steps over the whole input"):
        pool(torch.zeros(1, 1, 2))
    assert pool(torch.zeros(1, 1, 5)).shape == (1, 1, 4)


def test_nan_and_infinity_pass_through() -> None:
    x = torch.tensor([[[1.0, torch.nan, -torch.inf, -torch.inf]]])
    for pool in (MaxPool(2), MaxPool(2, 2, [(0, 1)])):
        y = pool(x)[0, 0]
        assert y[0].isnan()
        assert y[1] == -torch.inf
