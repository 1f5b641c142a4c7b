from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.layers.pooling import TopLeftPool

if TYPE_CHECKING:
    from tests.layers.pooling.conftest import Case, Place


def test_the_top_left_of_each_window() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert TopLeftPool(2)(x).tolist() == [[[[0, 2], [8, 10]]]]
    assert TopLeftPool(3, 1)(x).tolist() == [[[[0, 1], [4, 5]]]]


def test_padding_is_never_kept() -> None:
    x = torch.tensor([[[5.0, 6, 7, 8]]])
    assert TopLeftPool(3, 2, 1)(x).tolist() == [[[5, 6]]]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_is_the_first_real_value(data: st.DataObject, cases: st.SearchStrategy[Case]) -> None:
    case = data.draw(cases)

    def first(window: list[Place]) -> float:
        return next(place.value for place in window if place.kind == "real")

    pool = TopLeftPool(case.kernel, case.stride, case.padding, ceil_mode=case.ceil_mode)
    assert torch.equal(pool(case.x), case.slowly(first))


def test_shares_no_memory_with_its_input() -> None:
    x = torch.ones(1, 1, 4)
    TopLeftPool(2, 1)(x).zero_()
    assert x.sum() == 4
