"""The moving kernel, against sums written out by hand, SciPy, NumPy and torch."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import StriateError
from striate.layers import BoundaryConv2d
from striate.network import Network

from .asking import Asked

Array = npt.NDArray[Any]
NUMPY_PADS = {
    "zeros": "constant",
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(float)


@settings(max_examples=40)
@given(
    size=st.tuples(st.integers(3, 6), st.integers(3, 6)),
    taps=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    sides=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    boundary=st.sampled_from(sorted(NUMPY_PADS)),
    operation=st.sampled_from(["correlation", "convolution"]),
    channels=st.integers(1, 2),
    filters=st.integers(1, 2),
)
def test_every_place_is_what_is_written_out(
    size: tuple[int, int],
    taps: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    sides: tuple[tuple[int, int], tuple[int, int]],
    boundary: str,
    operation: str,
    channels: int,
    filters: int,
) -> None:
    asked = Asked()
    x, kernel = numbers(channels, *size), numbers(filters, channels, *taps, seed=1)
    bias = numbers(filters, seed=2)
    padded = np.pad(x, ((0, 0), *sides), NUMPY_PADS[boundary])  # type: ignore[call-overload]
    extents = [d * (k - 1) + 1 for k, d in zip(taps, dilation, strict=True)]
    request = {
        "input": x.tolist(),
        "kernel": kernel.tolist(),
        "bias": bias.tolist(),
        "stride": stride,
        "dilation": dilation,
        "padding": sides,
        "boundary": boundary,
        "operation": operation,
    }
    if any(n < e for n, e in zip(padded.shape[1:], extents, strict=True)):
        with pytest.raises(StriateError, match="larger than the padded input"):
            asked("slide", **request)
        return
    found = asked("slide", **request)
    applied = kernel[:, :, ::-1, ::-1] if operation == "convolution" else kernel
    np.testing.assert_array_equal(found["padded"], padded)
    np.testing.assert_array_equal(found["kernel"], applied)
    output = np.array(found["output"])
    starts = [
        range(0, n - e + 1, s) for n, e, s in zip(padded.shape[1:], extents, stride, strict=True)
    ]
    assert output.shape == (filters, len(starts[0]), len(starts[1]))
    for f, (i, top), (j, left) in product(
        range(filters), enumerate(starts[0]), enumerate(starts[1])
    ):
        rows = [top + dilation[0] * a for a in range(taps[0])]
        columns = [left + dilation[1] * b for b in range(taps[1])]
        read = padded[:, rows][:, :, columns]
        assert found["axes"][0]["places"][i] == [row - sides[0][0] for row in rows]
        assert found["axes"][1]["places"][j] == [column - sides[1][0] for column in columns]
        np.testing.assert_array_equal(asked.arrays["products"][f, i, j], read * applied[f])
        np.testing.assert_array_equal(found["sums"][f][i][j], (read * applied[f]).sum(axis=(1, 2)))
        assert output[f, i, j] == (read * applied[f]).sum() + bias[f]


@pytest.mark.parametrize("boundary", sorted(NUMPY_PADS))
def test_sources_are_the_elements_that_stand_in_the_padding(boundary: str) -> None:
    found = Asked()("slide", input=[1, 2, 3], kernel=[1], padding=[[2, 4]], boundary=boundary)
    expected = np.pad(np.arange(3.0), (2, 4), NUMPY_PADS[boundary])  # type: ignore[call-overload]
    if boundary == "zeros":
        expected[:2] = expected[5:] = -1
    assert found["axes"][0]["sources"] == expected.tolist()


def test_a_full_convolution_is_that_of_numpy_and_scipy() -> None:
    asked = Asked()
    x, kernel = numbers(7), numbers(4, seed=1)
    flat = asked(
        "slide", input=x.tolist(), kernel=kernel.tolist(), padding="full", operation="convolution"
    )
    np.testing.assert_allclose(flat["output"], [np.convolve(x, kernel)])
    image, window = numbers(6, 5), numbers(3, 2, seed=1)
    found = asked(
        "slide",
        input=image.tolist(),
        kernel=window.tolist(),
        padding="full",
        operation="convolution",
    )
    np.testing.assert_allclose(found["output"], [scipy.signal.convolve2d(image, window)])


@pytest.mark.parametrize(
    ("boundary", "mode"),
    [
        ("zeros", "constant"),
        ("replicate", "nearest"),
        ("reflect", "mirror"),
        ("symmetric", "reflect"),
        ("circular", "wrap"),
    ],
)
def test_same_padding_is_that_of_scipy(boundary: str, mode: str) -> None:
    image, window = numbers(6, 5), numbers(3, 3, seed=1)
    found = Asked()(
        "slide", input=image.tolist(), kernel=window.tolist(), padding="same", boundary=boundary
    )
    np.testing.assert_allclose(found["output"], [scipy.ndimage.correlate(image, window, mode=mode)])


def test_it_is_what_the_layer_gives_and_explains() -> None:
    """The arithmetic of one value is that of `trace.why`."""
    x, kernel, bias = numbers(2, 5, 6), numbers(3, 2, 3, 2, seed=1), numbers(3, seed=2)
    asked = Asked()
    found = asked(
        "slide",
        input=x.tolist(),
        kernel=kernel.tolist(),
        bias=bias.tolist(),
        stride=[2, 1],
        padding=[[1, 0], [0, 2]],
        boundary="constant",
        value=2.5,
    )
    layer = BoundaryConv2d(
        2, 3, (3, 2), (2, 1), padding=((1, 0), (0, 2)), boundary="constant", value=2.5
    ).double()
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel))
        assert layer.bias is not None
        layer.bias.copy_(torch.from_numpy(bias))
    trace = Network(layer, torch.zeros(1, 2, 5, 6, dtype=torch.float64)).trace(
        torch.from_numpy(x)[None]
    )
    np.testing.assert_allclose(found["output"], trace.output.detach()[0])
    name = next(reversed(list(trace)))
    for f, i, j in ((0, 0, 0), (2, 1, 3), (1, 0, 6)):
        why = trace.why(name, f, (i, j))
        terms = np.stack([patch.terms for patch in why.patches])
        np.testing.assert_allclose(asked.arrays["products"][f, i, j], terms)


def test_relu_comes_after_the_bias() -> None:
    found = Asked()("slide", input=[1, 2, 3], kernel=[1], bias=[-2], relu=True)
    assert found["output"] == [[-1, 0, 1]]
    assert found["relu"] == [[0, 0, 1]]
    assert found["parameters"] == 2


def test_the_formula_says_what_is_not_read() -> None:
    (axis,) = Asked()("slide", input=[1] * 7, kernel=[1] * 3, stride=[3])["axes"]
    assert axis["formula"].startswith("(7 - 3)/3 + 1 = 2.333, rounded down to 2")
    assert (axis["fits"], axis["dropped"]) == (False, 1)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"input": [[1, 2], [3]], "kernel": [[1]]}, "uneven"),
        ({"input": [1, "2"], "kernel": [1]}, r"no number at \[2\]"),
        ({"input": [1, True], "kernel": [1]}, r"no number at \[2\]"),
        ({"input": [1, [2]], "kernel": [1]}, r"no number at \[2\]"),
        ({"input": [[]], "kernel": [[1]]}, "empty row"),
        ({"input": [[[[1]]]], "kernel": [1]}, "lists deep"),
        ({"input": [1e7], "kernel": [1]}, "between"),
        ({"input": [[1] * 17], "kernel": [[1]]}, "too large to be shown"),
        ({"input": [[1] * 9], "kernel": [[1] * 8]}, "too large to be shown"),
        ({"input": [1, 2], "kernel": [[1]]}, "does not go with"),
        ({"input": [[[1]], [[1]]], "kernel": [[[[1]]]]}, "as many channels"),
        ({"input": [1], "kernel": [1, 1]}, "larger than the padded input"),
        ({"input": [1, 2], "kernel": [1], "bias": [1, 2]}, "2 biases are given for 1 filters"),
        ({"input": [1, 2], "kernel": [1], "padding": [[30, 30]]}, "at most 40"),
        ({"input": [1, 2], "kernel": [1], "stride": [0]}, "stride"),
        ({"input": [1, 2], "kernel": [1], "stride": [1.5]}, "stride"),
        ({"input": [1, 2], "kernel": [1], "padding": "most"}, "padding"),
        ({"input": [1, 2], "kernel": [1], "boundary": "walls"}, "boundary"),
        ({"input": [1, 2], "kernel": [1], "colour": 1}, "colour"),
        ({"input": [1], "kernel": [1], "padding": [[1, 1]], "boundary": "reflect"}, "reflect"),
    ],
)
def test_what_is_wrong_is_said(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(StriateError, match=said):
        Asked()("slide", **request_)


def test_the_largest_request_is_answered() -> None:
    asked = Asked()
    x, kernel = numbers(4, 16, 16), numbers(4, 4, 7, 7, seed=1)
    found = asked("slide", input=x.tolist(), kernel=kernel.tolist(), padding="same")
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(x)[None], torch.from_numpy(kernel), padding=3
    )
    np.testing.assert_allclose(found["output"], expected[0])
    with pytest.raises(StriateError, match="products"):
        asked("slide", input=x.tolist(), kernel=kernel.tolist(), padding=[[12, 12]] * 2)


def test_infinity_and_text_that_is_no_number_are_refused() -> None:
    for wrong in (float("inf"), float("nan")):
        with pytest.raises(StriateError):
            Asked()("slide", input=[wrong, 1], kernel=[1])
