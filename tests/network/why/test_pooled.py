"""Torch's poolings: windows, winners and divisors against torch's own indices and slow loops."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.network.why.applied import (
    close,
    explanations,
    parents_of,
    read_from,
    traced,
    winner_of,
)
from torch import Tensor

TYPES = (torch.float32, torch.float64)
SIZES = {1: (9,), 2: (7, 6), 3: (4, 5, 6)}
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
ADAPTIVE_AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}

MAXIMA: list[tuple[int, dict[str, Any]]] = [
    (1, {"kernel_size": 3, "stride": 2, "padding": 1}),
    (2, {"kernel_size": 2}),
    (2, {"kernel_size": 3, "stride": 2, "padding": 1}),
    (2, {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)}),
    (2, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (2, {"kernel_size": 2, "stride": 2, "ceil_mode": True}),
    (3, {"kernel_size": 2, "stride": 2, "padding": 1}),
    (3, {"kernel_size": (1, 3, 2), "stride": (2, 1, 2), "dilation": (1, 1, 2)}),
]
MEANS: list[tuple[int, dict[str, Any]]] = [
    (1, {"kernel_size": 3, "stride": 2, "padding": 1}),
    (1, {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True}),
    (2, {"kernel_size": 2}),
    (2, {"kernel_size": 3, "stride": 2, "padding": 1}),
    (2, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    (2, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (2, {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True}),
    (
        2,
        {
            "kernel_size": (3, 4),
            "stride": (2, 3),
            "padding": (0, 2),
            "ceil_mode": True,
            "count_include_pad": False,
        },
    ),
    (2, {"kernel_size": 3, "padding": 1, "divisor_override": 5}),
    (3, {"kernel_size": 2, "stride": 2, "padding": 1}),
    (3, {"kernel_size": (3, 2, 2), "stride": (1, 2, 3), "ceil_mode": True}),
]


def numbers(axes: int, dtype: torch.dtype) -> Tensor:
    generator = torch.Generator().manual_seed(axes)
    return torch.randn(2, 3, *SIZES[axes], generator=generator, dtype=torch.float64).to(dtype)


def per_axis(value: Any, axes: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * axes


def window(
    arguments: dict[str, Any], axes: int, place: tuple[int, ...]
) -> tuple[tuple[int, ...], ...]:
    """The places that a window reads along each axis, padding too."""
    kernel = per_axis(arguments["kernel_size"], axes)
    stride = per_axis(arguments.get("stride", kernel), axes)
    padding = per_axis(arguments.get("padding", 0), axes)
    dilation = per_axis(arguments.get("dilation", 1), axes)
    return tuple(
        tuple(i * s - p + d * tap for tap in range(k))
        for i, k, s, p, d in zip(place, kernel, stride, padding, dilation, strict=True)
    )


def real(
    places: tuple[tuple[int, ...], ...], index: tuple[int, ...], sizes: tuple[int, ...]
) -> set[tuple[int, ...]]:
    """The whole indices of a window's values that are no padding."""
    return {
        (*index[:2], *place)
        for place in product(*places)
        if all(0 <= at < size for at, size in zip(place, sizes, strict=True))
    }


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("axes", "arguments"), MAXIMA)
def test_a_maximum_is_the_winner_that_torch_names(
    axes: int, arguments: dict[str, Any], dtype: torch.dtype
) -> None:
    # Few different values, so that many windows have several largest.
    x = (numbers(axes, dtype) * 2).round()
    trace, layer = traced(lambda x: MAX[axes](x, **arguments), x)
    _, indices = MAX[axes](x, **arguments, return_indices=True)
    for index, why in explanations(trace, layer):
        assert why.total == why.unit.value
        assert parents_of(why) == real(window(arguments, axes, index[2:]), index, x.shape[2:])
        where = np.unravel_index(int(indices[index]), x.shape[2:])
        assert winner_of(why) == (*index[:2], *map(int, where))
        patch = why.patches[0]
        assert np.isneginf(patch.values[~patch.inside]).all()


@pytest.mark.parametrize("pick", [0, 1])
def test_a_maximum_with_indices_gives_both(pick: int) -> None:
    x = numbers(2, torch.float64)
    trace, layer = traced(lambda x: F.max_pool2d(x, 3, 2, 1, return_indices=True)[pick], x)
    for _, why in explanations(trace, layer):
        assert why.total == why.unit.value


def test_a_window_of_padding_alone_is_minus_infinity() -> None:
    x = numbers(2, torch.float64)[..., :2]
    trace, layer = traced(lambda x: F.max_pool2d(x, 2, 1, 1, dilation=(1, 3)), x)
    assert torch.isneginf(trace[layer.name]).any()
    for _, why in explanations(trace, layer):
        assert why.total == why.unit.value
        assert (why.winner is None) == (why.parents == ())


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("axes", "arguments"), MEANS)
def test_a_mean_is_its_sum_over_its_divisor(
    axes: int, arguments: dict[str, Any], dtype: torch.dtype
) -> None:
    x = numbers(axes, dtype)
    trace, layer = traced(lambda x: AVERAGE[axes](x, **arguments), x)
    padding = per_axis(arguments.get("padding", 0), axes)
    for index, why in explanations(trace, layer):
        assert close(why.total, why.unit.value, x)
        places = window(arguments, axes, index[2:])
        values = real(places, index, x.shape[2:])
        assert parents_of(why) == values
        counted = len(values)
        if "divisor_override" in arguments:
            counted = arguments["divisor_override"]
        elif arguments.get("count_include_pad", True):
            bounds = zip(places, x.shape[2:], padding, strict=True)
            counted = int(np.prod([sum(at < n + p for at in axis) for axis, n, p in bounds]))
        expected = sum(float(x[at]) for at in values) / counted
        assert close(why.total, expected, x)
        assert [step.label for step in why.steps] == ["sum", "divisor", "mean"]
        assert why.steps[1].value == counted
        patch = why.patches[0]
        assert (patch.values[~patch.inside] == 0).all()


@pytest.mark.parametrize(
    ("axes", "outputs"), [(1, 4), (1, 1), (2, (3, 4)), (2, (7, 2)), (2, 1), (3, (2, 3, 4))]
)
def test_adaptive_poolings_share_the_input_evenly(axes: int, outputs: Any) -> None:
    x = numbers(axes, torch.float64)
    trace, layer = traced(lambda x: ADAPTIVE_AVERAGE[axes](x, outputs), x, gradients=True)
    for index, why in explanations(trace, layer):
        assert close(why.total, why.unit.value, x)
        assert parents_of(why) == read_from(trace, layer, index)
    x = (2 * x).round()
    trace, layer = traced(lambda x: ADAPTIVE_MAX[axes](x, outputs), x, gradients=True)
    for index, why in explanations(trace, layer):
        assert why.total == why.unit.value
        assert {winner_of(why)} == read_from(trace, layer, index)


@pytest.mark.parametrize("unbatched", [lambda x: x[0], lambda x: x.flatten(0, 1)])
def test_maps_without_a_batch(unbatched: Any) -> None:
    x = numbers(2, torch.float64)
    trace, layer = traced(lambda x: F.avg_pool2d(unbatched(x), 3, 2, 1), x, gradients=True)
    for index, why in explanations(trace, layer):
        assert close(why.total, why.unit.value, x)
        seen = {unit for parent in why.parents for unit in parents_of(parent.why())}
        assert seen == read_from(trace, layer, index)


def test_the_sum_of_squares_in_a_local_response_normalisation_is_found_back_to_the_input() -> None:
    x = numbers(2, torch.float64)
    trace, layer = traced(lambda x: F.local_response_norm(x, 2), x, gradients=True)
    for index, why in list(explanations(trace, layer))[::11]:
        open_units, seen = list(why.parents), set()
        while open_units:
            unit = open_units.pop()
            found = unit.why()
            assert close(found.total, unit.value, x)
            open_units += found.parents
            if unit.layer == "input":
                seen.add((unit.example, *unit.index))
        assert seen == read_from(trace, layer, index)


def test_the_formula_has_the_numbers_in_it() -> None:
    x = torch.tensor([[[[1.0, -2.0], [4.0, 0.5]]]])
    trace, layer = traced(lambda x: F.max_pool2d(x, 2), x)
    why = trace.why(layer.name, 0, (0, 0))
    assert why.summary == "y = max of the 2x2 window"
    assert [step.formula for step in why.steps] == ["max(1, -2, 4, 0.5)"]
    trace, layer = traced(lambda x: F.avg_pool2d(x, 2, 2, 1, count_include_pad=False), x)
    why = trace.why(layer.name, 0, (0, 1))
    assert [(step.label, step.formula, step.value) for step in why.steps] == [
        ("sum", "-2", -2.0),
        ("divisor", "1 value, padding not counted", 1.0),
        ("mean", "-2 / 1", -2.0),
    ]
