"""Activations: the numbers of their formulas against torch's own and against NumPy."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.network.why.applied import Applied, close, explanations, parents_of, traced
from torch import Tensor, nn

from striate.network import Network
from striate.network.kind import Kind
from striate.network.why.activated import EXPLANATIONS
from striate.network.why.explain import explanation_of

# By the names of the operations in a captured graph, and what is special.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "relu6": F.relu6,
    "hardtanh": F.hardtanh,
    "hardtanh between others": lambda x: F.hardtanh(x, -0.5, 2.5),
    "clamp": lambda x: x.clamp(-0.7, 0.3),
    "clamp from below": lambda x: x.clamp(min=0.1),
    "clamp to less than its least": lambda x: x.clamp(0.5, -0.5),
    "clamp between tensors": lambda x: torch.clamp(x, -x.abs().mean(1, keepdim=True), x + 1),
    "clip": lambda x: x.clip(max=0.3),
    "clamp_min": lambda x: x.clamp_min(0.1),
    "clamp_max": lambda x: x.clamp_max(0.1),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "mish": F.mish,
    "softplus": F.softplus,
    "softplus of another beta": lambda x: F.softplus(x, beta=3.0, threshold=4),
    "leaky_relu": F.leaky_relu,
    "leaky_relu of another slope": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "elu of another alpha": lambda x: F.elu(x, 1.7),
    "selu": F.selu,
    "celu": lambda x: F.celu(x, 1.7),
    "threshold": lambda x: F.threshold(x, 0.1, -3.0),
    "hardshrink": F.hardshrink,
    "softshrink": lambda x: F.softshrink(x, 0.3),
    "log_sigmoid": F.logsigmoid,
    "rrelu": F.rrelu,
    "glu": lambda x: F.glu(x, 1),
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "square": torch.square,
    "abs": torch.abs,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "power": lambda x: x**3,
}


def values(dtype: torch.dtype = torch.float64) -> Tensor:
    """Values on both sides of every bend, on the bends, and far out."""
    chosen = [0.0, -0.0, 1e-8, -1e-4, 0.1, 0.3, -0.5, 0.5, 1.0, -1.0, 2.5, -3.0, 3.0, 6.0, 7.0]
    chosen += [-2.0, 0.45, -0.45, 25.0, -25.0, 90.0, -90.0, 1e-30, -12.0]
    drawn = torch.randn(24, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    both = torch.cat((torch.tensor(chosen, dtype=torch.float64), 2 * drawn))
    return both.reshape(2, 4, 6).to(dtype)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_formula_gives_the_value(name: str, dtype: torch.dtype) -> None:
    x = values(dtype)
    trace, node = traced(ACTIVATIONS[name], x)
    assert name.partition(" ")[0] in (node.operation, "power")
    for index, why in explanations(trace, node):
        value, near = why.unit.value, x[index].reshape(1)
        if np.isfinite(value):
            scale = near.abs().clamp(1e-3, 30)
            assert close(why.total, value, scale), (index, near, value, why)
        elif abs(why.total) <= torch.finfo(dtype).max:
            np.testing.assert_equal(why.total, value)
        if name not in ("clamp between tensors", "glu"):
            assert parents_of(why) == {index}


def test_all_that_have_a_formula_are_tested() -> None:
    tested = {name.partition(" ")[0] for name in ACTIVATIONS}
    assert set(EXPLANATIONS) == tested - {"power"} | {"prelu"}


def test_the_parents_of_a_gated_value() -> None:
    x = values()
    for axis in (1, 2, -1):
        trace, node = traced(lambda x, axis=axis: F.glu(x, axis), x)
        for index, why in explanations(trace, node):
            gate = list(index)
            gate[axis] += x.shape[axis] // 2
            assert parents_of(why) == {index, tuple(gate)}
            expected = float(x[index]) / (1 + np.exp(-float(x[tuple(gate)])))
            assert why.total == pytest.approx(expected, rel=1e-12)


def test_a_gated_unit_sees_what_its_two_values_see() -> None:
    x = torch.randn(1, 4, 7, 7, dtype=torch.float64)
    network = Network(Applied(lambda x: F.glu(F.avg_pool2d(x, 3, 1), 1)), x)
    (layer,) = (layer for layer in network if layer.operation == "glu")
    assert layer.kind is Kind.ACTIVATION
    spans = network.box(layer.name, 1, (2, 0)).spans
    assert [(span.first, span.last) for span in spans] == [(2, 4), (0, 2)]


@pytest.mark.parametrize("count", [1, 4])
def test_learned_slopes(count: int) -> None:
    layer = nn.PReLU(count).double()
    with torch.no_grad():
        layer.weight.copy_(torch.arange(count, dtype=torch.float64) / 10 + 0.2)
    x = values()
    trace, node = traced(layer, x)
    assert node.operation == "prelu"
    for index, why in explanations(trace, node):
        slope = 0.2 + (index[1] / 10 if count > 1 else 0)
        assert why.steps[0].value == pytest.approx(slope, rel=1e-12)
        at = float(x[index])
        assert why.total == pytest.approx(at if at >= 0 else slope * at, rel=1e-12)
        assert close(why.total, why.unit.value, x)


def test_slopes_that_were_drawn() -> None:
    x = values()
    torch.manual_seed(0)
    trace, node = traced(lambda x: F.rrelu(x, 0.1, 0.4, training=True), x)
    slopes = set()
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        if x[index] < 0:
            assert 0.1 <= why.steps[0].value <= 0.4
            assert "drawn" in why.steps[0].formula
            slopes.add(why.steps[0].value)
    assert len(slopes) > 15


@pytest.mark.parametrize(
    ("function", "value", "steps"),
    [
        (F.relu, -1.5, [("relu", "max(0, -1.5)", 0.0)]),
        (F.relu6, 7.0, [("clamped", "min(6, max(0, 7))", 6.0)]),
        (F.leaky_relu, -2.0, [("leaky_relu", "0.01 * (-2), being below 0", -0.02)]),
        (F.leaky_relu, 2.0, [("leaky_relu", "2, being at least 0", 2.0)]),
        (lambda x: F.elu(x, 2.0), -1.0, [("elu", "2 * (exp(-1) - 1)", 2 * np.expm1(-1))]),
        (lambda x: F.threshold(x, 1, 20), 0.5, [("threshold", "20, 0.5 being at most 1", 20.0)]),
        (F.softshrink, 2.0, [("softshrink", "2 - 0.5", 1.5)]),
        (
            F.hardswish,
            1.0,
            [
                ("hardsigmoid", "min(max(1 + 3, 0), 6) / 6", 4 / 6),
                ("hardswish", "1 * 0.666667", 4 / 6),
            ],
        ),
        (
            F.silu,
            -1.0,
            [
                ("sigmoid", "1 / (1 + exp(-(-1)))", 1 / (1 + np.e)),
                ("silu", "-1 * 0.268941", -1 / (1 + np.e)),
            ],
        ),
        (torch.square, -3.0, [("square", "(-3)^2", 9.0)]),
    ],
)
def test_the_formula_has_the_numbers_in_it(
    function: Any, value: float, steps: list[tuple[str, str, float]]
) -> None:
    trace, node = traced(function, torch.tensor([[value]], dtype=torch.float64))
    why = trace.why(node.name, 0)
    assert [(step.label, step.formula) for step in why.steps] == [step[:2] for step in steps]
    for step, (_, _, expected) in zip(why.steps, steps, strict=True):
        assert step.value == pytest.approx(expected, rel=1e-12)


def test_every_value_of_a_formula_is_in_it() -> None:
    x = values()
    for function in (F.relu, F.gelu, torch.exp, F.softplus, F.selu):
        trace, node = traced(function, x)
        for index, why in explanations(trace, node):
            assert re.search(re.escape(f"{float(x[index]) + 0.0:.6g}"), why.steps[0].formula)


def test_activations_written_in_place() -> None:
    layers = nn.Sequential(nn.ReLU(inplace=True), nn.LeakyReLU(0.1, inplace=True))
    x = values()
    trace, node = traced(layers, x)
    assert explanation_of(node) is EXPLANATIONS["leaky_relu"]
    for index, why in explanations(trace, node):
        assert why.total == why.unit.value == max(float(x[index]), 0.0)
        (parent,) = why.parents
        assert parent.why().operation == "relu"
