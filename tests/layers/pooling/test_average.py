from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from striate.layers.pooling import AveragePool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def test_the_mean_of_each_window() -> None:
    x = torch.tensor([[[[-1.0, 4, 1, 2], [0, 1, 3, -2], [1, 5, -2, 6], [3, -1, -2, -2]]]])
    assert AveragePool(2)(x).tolist() == [[[[1, 1], [2, 0]]]]


def test_the_lectures(worked_examples: dict[str, Any]) -> None:
    examples = [entry for entry in worked_examples["pooling"] if entry["kind"] == "average"]
    assert examples
    for entry in examples:
        x = torch.tensor(entry["input"], dtype=torch.float32)[None, None]
        pooled = AveragePool(entry["size"], entry["stride"])(x)
        assert pooled[0, 0].tolist() == entry["output"]


def test_padding_is_counted_only_when_asked() -> None:
    x = torch.tensor([[[2.0, 4, 6]]])
    assert AveragePool(2, 1, [(1, 0)])(x).tolist() == [[[2, 3, 5]]]
    assert AveragePool(2, 1, [(1, 0)], count_padding=True)(x).tolist() == [[[1, 3, 5]]]


def test_a_window_larger_than_the_input_without_its_padding() -> None:
    x = torch.tensor([[[[[3.0]], [[6.0]]]]])
    pool = AveragePool((3, 2, 1), 1, (1, 1, 0), count_padding=True)
    assert pool(x).tolist() == [[[[[1.5], [1.5]], [[1.5], [1.5]]]]]


@settings(max_examples=80, deadline=None)
@given(data=st.data(), count_padding=st.booleans())
def test_is_the_slow_mean(
    data: st.DataObject, count_padding: bool, cases: st.SearchStrategy[Case]
) -> None:
    case = data.draw(cases)

    def mean(window: list[Place]) -> float:
        counted = ("real", "padding") if count_padding else ("real",)
        values = [place.value for place in window if place.kind in counted]
        return sum(values) / len(values)

    pool = AveragePool(
        case.kernel,
        case.stride,
        case.padding,
        ceil_mode=case.ceil_mode,
        count_padding=count_padding,
    )
    torch.testing.assert_close(pool(case.x), case.slowly(mean), rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    size=st.integers(5, 9),
    ceil_mode=st.booleans(),
    count_padding=st.booleans(),
    data=st.data(),
)
def test_is_torch(
    kernel: int,
    stride: int,
    size: int,
    ceil_mode: bool,
    count_padding: bool,
    data: st.DataObject,
) -> None:
    padding = data.draw(st.integers(0, kernel // 2))
    x = torch.randn(2, 3, size, size + 1)
    ours = AveragePool(kernel, stride, padding, ceil_mode=ceil_mode, count_padding=count_padding)
    theirs = nn.AvgPool2d(kernel, stride, padding, ceil_mode, count_padding)
    assert torch.equal(ours(x), theirs(x))
