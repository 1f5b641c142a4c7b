"""The calculator of output sizes, against torch's own layers."""

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from striate.errors import StriateError

from .asking import Asked


def size(shape: list[int], *layers: dict[str, Any], **more: Any) -> Any:
    return Asked()("size", input=shape, layers=list(layers), **more)["layers"]


@given(
    n=st.integers(1, 30),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
    filters=st.integers(1, 4),
    channels=st.integers(1, 3),
    bias=st.booleans(),
)
def test_a_convolution_is_that_of_torch(
    n: int,
    kernel: int,
    stride: int,
    padding: int,
    dilation: int,
    filters: int,
    channels: int,
    bias: bool,
) -> None:
    (found,) = size(
        [channels, n, n + 1],
        {
            "kind": "conv",
            "filters": filters,
            "kernel": [kernel],
            "stride": [stride],
            "padding": [[padding, padding]] * 2,
            "dilation": [dilation],
            "bias": bias,
        },
    )
    layer = nn.Conv2d(channels, filters, kernel, stride, padding, dilation, bias=bias)
    extent = dilation * (kernel - 1) + 1
    if n + 2 * padding < extent:
        assert found["shape"] is None
        assert "larger than the padded input" in found["problem"]
        return
    assert found["shape"] == list(layer(torch.zeros(1, channels, n, n + 1)).shape[1:])
    assert found["parameters"] == sum(one.numel() for one in layer.parameters())
    assert found["weights"] == list(layer.weight.shape)
    for axis, m in zip(found["axes"], (n, n + 1), strict=True):
        room = m + 2 * padding - extent
        assert axis["fits"] == (room % stride == 0)
        last = axis["starts"][-1] + extent
        assert axis["dropped"] == max(m - last, 0)
        assert axis["starts"] == [i * stride - padding for i in range(room // stride + 1)]


@given(
    n=st.integers(2, 20),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 2),
)
def test_the_paddings_that_fit_are_those_that_do(
    n: int, kernel: int, stride: int, dilation: int
) -> None:
    """Every padding is tried; those shown are the first of them."""
    extent = dilation * (kernel - 1) + 1
    rooms = {p: n + 2 * p - extent for p in range(extent)}
    fitting = [p for p, room in rooms.items() if room >= 0 and room % stride == 0]
    (found,) = size(
        [1, n],
        {"kind": "conv", "kernel": [kernel], "stride": [stride], "dilation": [dilation]},
    )
    assert [one["padding"] for one in found["fitting"]] == [[p] for p in fitting[:8]]
    for one in found["fitting"]:
        assert one["output"] == [rooms[one["padding"][0]] // stride + 1]


@given(
    n=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    ceil_mode=st.booleans(),
)
def test_a_pooling_is_that_of_torch(
    n: int, kernel: int, stride: int, padding: int, ceil_mode: bool
) -> None:
    assume(padding <= kernel // 2)
    assume(n + 2 * padding >= kernel)
    (found,) = size(
        [3, n],
        {
            "kind": "pool",
            "kernel": [kernel],
            "stride": [stride],
            "padding": [[padding, padding]],
            "ceil_mode": ceil_mode,
        },
    )
    layer = nn.MaxPool1d(kernel, stride, padding, ceil_mode=ceil_mode)
    assert found["shape"] == list(layer(torch.zeros(1, 3, n)).shape[1:])
    assert found["parameters"] == 0


@pytest.mark.parametrize("output_padding", [0, 1])
def test_a_transposed_convolution_is_that_of_torch(output_padding: int) -> None:
    (found,) = size(
        [4, 5, 7],
        {
            "kind": "transposed",
            "filters": 2,
            "kernel": [4, 3],
            "stride": [2],
            "padding": [[1, 1], [1, 1]],
            "output_padding": [output_padding],
        },
    )
    layer = nn.ConvTranspose2d(4, 2, (4, 3), 2, 1, output_padding)
    assert found["shape"] == list(layer(torch.zeros(1, 4, 5, 7)).shape[1:])
    assert found["weights"] == list(layer.weight.shape)
    assert found["parameters"] == sum(one.numel() for one in layer.parameters())
    assert found["fitting"] == []


def test_a_chain_sees_what_its_gradient_reaches() -> None:
    layers: list[dict[str, Any]] = [
        {"kind": "conv", "filters": 1, "kernel": [5], "stride": [2]},
        {"kind": "pool", "kernel": [3], "stride": [2]},
        {"kind": "conv", "filters": 1, "kernel": [3], "dilation": [2]},
    ]
    found = size([1, 60], *layers)
    chain = nn.Sequential(
        nn.Conv1d(1, 1, 5, 2, bias=False),
        nn.AvgPool1d(3, 2),
        nn.Conv1d(1, 1, 3, dilation=2, bias=False),
    )
    for parameter in chain.parameters():
        nn.init.ones_(parameter)
    x = torch.zeros(1, 1, 60, requires_grad=True)
    chain(x)[0, 0, 2].backward()
    assert x.grad is not None
    seen = x.grad[0, 0].nonzero().flatten()
    field = found[-1]["axes"][0]["field"]
    first = field["start"] + 2 * int(field["jump"])
    assert (first, field["size"]) == (int(seen[0]), int(seen[-1] - seen[0]) + 1)


def test_flattening_and_a_linear_layer_end_a_chain() -> None:
    found = size(
        [3, 8, 8],
        {"kind": "flatten"},
        {"kind": "linear", "filters": 10},
        {"kind": "linear", "filters": 2, "bias": False},
        {"kind": "conv", "kernel": [3]},
        {"kind": "flatten"},
    )
    assert [one["shape"] for one in found] == [[192], [10], [2], None]
    assert [one["parameters"] for one in found] == [0, 1930, 20, 0]
    assert "flattening" in found[-1]["problem"]


def test_a_chain_stops_where_nothing_is_left() -> None:
    found = size([1, 7, 7], {"kind": "conv", "kernel": [9]}, {"kind": "flatten"})
    assert len(found) == 1
    assert found[0]["shape"] is None
    assert found[0]["fitting"][0] == {"padding": [1, 1], "output": [1, 1]}
    assert "(7 - 9)/1 + 1" in found[0]["axes"][0]["formula"]


def test_a_batch_is_carried_along() -> None:
    (found,) = size([3, 32, 32], {"kind": "conv", "filters": 6, "kernel": [5]}, batch=2)
    assert found["batched"] == [2, 6, 28, 28]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"input": [1, 0], "layers": []}, "at least 1"),
        ({"input": [], "layers": []}, "input"),
        ({"input": [1, 2**40], "layers": []}, "input"),
        ({"input": [1, 4], "layers": [{"kind": "blur"}]}, "kind"),
        ({"input": [1, 4], "layers": [{"kind": "conv", "kernel": "3"}]}, "kernel"),
        ({"input": [1, 4], "layers": [{"kind": "flatten"}] * 25}, "layers"),
    ],
)
def test_what_is_wrong_is_said(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(StriateError, match=said):
        Asked()("size", **request_)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"kind": "conv", "kernel": [3, 3, 3]}, "has 3 entries and the layer has 2 axes"),
        ({"kind": "conv", "kernel": [0]}, "kernel"),
        ({"kind": "pool", "kernel": [2], "padding": [[2, 2], [2, 2]]}, "smaller than the window"),
        ({"kind": "transposed", "kernel": [2], "padding": "same"}, "no agreed meaning"),
    ],
)
def test_a_layer_that_cannot_be_says_why(layer: dict[str, Any], said: str) -> None:
    (found,) = size([1, 6, 6], layer)
    assert found["shape"] is None
    assert said in found["problem"]
