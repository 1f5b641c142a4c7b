"""Activations of one value, each as its formula."""

from collections.abc import Callable, Mapping
from math import inf, sqrt
from typing import Any

import numpy as np
from scipy import special

from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.formula import factor, number
from striate.network.why.patches import aligned, read_patch, same_place
from striate.network.why.subject import subject
from striate.network.why.why import Arithmetic, Patch, Step

_Rule = Callable[..., tuple[Step, ...]]
"""`rule(x, **numbers)`: the steps for a value, with the operation's other arguments by name."""

# Klambauer et al., Self-normalizing neural networks, 2017, equation 14.
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _relu(x: float) -> tuple[Step, ...]:
    return (Step("relu", f"max(0, {number(x)})", float(np.maximum(0.0, x))),)


def _clamped(x: float, low: float, high: float) -> Step:
    # As torch has it: the upper bound wins where it lies below the lower one.
    formula, value = number(x), x
    if low != -inf:
        formula, value = f"max({number(low)}, {formula})", float(np.maximum(low, value))
    if high != inf:
        formula, value = f"min({number(high)}, {formula})", float(np.minimum(high, value))
    return Step("clamped", formula, value)


def _hardtanh(x: float, min_val: float, max_val: float) -> tuple[Step, ...]:
    return (_clamped(x, min_val, max_val),)


def _clamp(x: float, **bounds: float) -> tuple[Step, ...]:
    return (_clamped(x, bounds.get("min", -inf), bounds.get("max", inf)),)


def _sigmoid_of(x: float) -> Step:
    return Step("sigmoid", f"1 / (1 + exp(-{factor(x)}))", float(special.expit(x)))


def _softplus_of(x: float, beta: float = 1.0) -> Step:
    formula = f"log(1 + exp({number(x)}))"
    if beta != 1:
        formula = f"log(1 + exp({number(beta)} * {factor(x)})) / {number(beta)}"
    return Step("softplus", formula, float(np.logaddexp(0.0, beta * x)) / beta)


def _times(label: str, x: float, share: Step) -> tuple[Step, ...]:
    """The value times a share of it that is found first."""
    return share, Step(label, f"{number(x)} * {factor(share.value)}", x * share.value)


def _gelu(x: float) -> tuple[Step, ...]:
    share = Step("share", f"(1 + erf({number(x)} / sqrt(2))) / 2", float(special.ndtr(x)))
    return _times("gelu", x, share)


def _gelu_by_tanh(x: float) -> tuple[Step, ...]:
    inner = sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)
    # (1 + tanh(z)) / 2 is the logistic function of 2z, which loses no figures.
    share = Step("share", f"(1 + tanh({number(inner)})) / 2", float(special.expit(2 * inner)))
    formula = f"sqrt(2 / pi) * ({number(x)} + 0.044715 * {factor(x)}^3)"
    return (Step("inner", formula, inner), *_times("gelu", x, share))


def _silu(x: float) -> tuple[Step, ...]:
    return _times("silu", x, _sigmoid_of(x))


def _hard_sigmoid_of(x: float) -> Step:
    share = float(np.clip(x + 3, 0.0, 6.0)) / 6
    return Step("hardsigmoid", f"min(max({number(x)} + 3, 0), 6) / 6", share)


def _hardswish(x: float) -> tuple[Step, ...]:
    return _times("hardswish", x, _hard_sigmoid_of(x))


def _mish(x: float) -> tuple[Step, ...]:
    softplus = _softplus_of(x)
    share = Step("share", f"tanh({number(softplus.value)})", float(np.tanh(softplus.value)))
    return (softplus, *_times("mish", x, share))


def _softplus(x: float, beta: float, threshold: float) -> tuple[Step, ...]:
    if x * beta > threshold:
        return (Step("softplus", f"{number(x)}, being above {number(threshold / beta)}", x),)
    return (_softplus_of(x, beta),)


def _sloped(x: float, slope: float, label: str) -> Step:
    if x >= 0:
        return Step(label, f"{number(x)}, being at least 0", x)
    return Step(label, f"{number(slope)} * {factor(x)}, being below 0", slope * x)


def _leaky_relu(x: float, negative_slope: float) -> tuple[Step, ...]:
    return (_sloped(x, negative_slope, "leaky_relu"),)


def _exponential(label: str, x: float, alpha: float, scale: float, rate: float) -> tuple[Step, ...]:
    """scale * x above zero, scale * alpha * (exp(rate * x) - 1) below."""
    outer = "" if scale == 1 else f"{number(scale)} * "
    times = "" if alpha == 1 else f"{number(alpha)} * "
    if x > 0:
        return (Step(label, f"{outer}{number(x)}", scale * x),)
    inner = number(x) if rate == 1 else f"{number(rate)} * {factor(x)}"
    formula = f"{outer}{times}(exp({inner}) - 1)"
    return (Step(label, formula, scale * alpha * float(np.expm1(rate * x))),)


def _elu(x: float, alpha: float, scale: float, input_scale: float) -> tuple[Step, ...]:
    return _exponential("elu", x, alpha, scale, input_scale)


def _selu(x: float) -> tuple[Step, ...]:
    return _exponential("selu", x, _SELU_ALPHA, _SELU_SCALE, 1.0)


def _celu(x: float, alpha: float) -> tuple[Step, ...]:
    return _exponential("celu", x, alpha, 1.0, 1 / alpha)


def _threshold(x: float, threshold: float, value: float) -> tuple[Step, ...]:
    if x <= threshold:
        formula = f"{number(value)}, {number(x)} being at most {number(threshold)}"
        return (Step("threshold", formula, value),)
    return (Step("threshold", f"{number(x)}, being above {number(threshold)}", x),)


def _hardshrink(x: float, lambd: float) -> tuple[Step, ...]:
    if abs(x) > lambd:
        return (Step("hardshrink", f"{number(x)}, being beyond {number(lambd)}", x),)
    return (Step("hardshrink", f"0, {number(x)} lying within {number(lambd)}", 0.0),)


def _softshrink(x: float, lambd: float) -> tuple[Step, ...]:
    if abs(x) <= lambd:
        return (Step("softshrink", f"0, {number(x)} lying within {number(lambd)}", 0.0),)
    sign = "-" if x > 0 else "+"
    value = x - float(np.copysign(lambd, x))
    return (Step("softshrink", f"{number(x)} {sign} {number(lambd)}", value),)


def _log_sigmoid(x: float) -> tuple[Step, ...]:
    return (Step("log_sigmoid", f"-log(1 + exp(-{factor(x)}))", -float(np.logaddexp(0.0, -x))),)


def _plain(label: str, formula: str, function: Callable[[float], Any]) -> _Rule:
    """An activation of one step; the formula has x, and (x) where a sign stands before it."""

    def rule(x: float) -> tuple[Step, ...]:
        with np.errstate(all="ignore"):  # what is infinite or not a number is as torch has it
            value = float(function(np.float64(x)))
        return (Step(label, formula.format(x=number(x), f=factor(x)), value),)

    return rule


_RULES: dict[str, _Rule] = {
    "relu": _relu,
    "relu6": lambda x: (_clamped(x, 0.0, 6.0),),
    "hardtanh": _hardtanh,
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamp),
    "sigmoid": lambda x: (_sigmoid_of(x),),
    "gelu": _gelu,
    "silu": _silu,
    "hardsigmoid": lambda x: (_hard_sigmoid_of(x),),
    "hardswish": _hardswish,
    "mish": _mish,
    "softplus": _softplus,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "celu": _celu,
    "threshold": _threshold,
    "hardshrink": _hardshrink,
    "softshrink": _softshrink,
    "log_sigmoid": _log_sigmoid,
    "tanh": _plain("tanh", "tanh({x})", np.tanh),
    "exp": _plain("exp", "exp({x})", np.exp),
    "log": _plain("log", "log({x})", np.log),
    "sqrt": _plain("sqrt", "sqrt({x})", np.sqrt),
    "rsqrt": _plain("rsqrt", "1 / sqrt({x})", lambda x: 1 / np.sqrt(x)),
    "square": _plain("square", "{f}^2", np.square),
    "abs": _plain("abs", "|{x}|", np.abs),
    "neg": _plain("neg", "-{f}", np.negative),
    "reciprocal": _plain("reciprocal", "1 / {f}", lambda x: 1 / x),
    "sin": _plain("sin", "sin({x})", np.sin),
    "cos": _plain("cos", "cos({x})", np.cos),
    "erf": _plain("erf", "erf({x})", special.erf),
    "expm1": _plain("expm1", "exp({x}) - 1", np.expm1),
    "log1p": _plain("log1p", "log(1 + {f})", np.log1p),
}
"""For operations of one tensor and numbers."""


def _explain_rule(context: Context) -> Arithmetic:
    name = context.node.operation
    value, numbers, patches = _arguments(context)
    by_tanh = context.node.arguments.get("approximate") == "tanh"
    steps = (_gelu_by_tanh if by_tanh else _RULES[name])(value, **numbers)
    return Arithmetic(f"y = {name}(x)", patches, steps)


def _arguments(context: Context) -> tuple[float, dict[str, float], tuple[Patch, ...]]:
    """The value of the operand, the other arguments that are numbers, and what was read."""
    operand = subject(context)
    patches = [read_patch(context, operand, same_place(context, operand))]
    numbers = {}
    for name, given in context.node.arguments.items():
        if given is operand or given is None or isinstance(given, bool | str):
            continue
        tensor = context.number_of(given)
        place = aligned(context.index, tuple(tensor.shape))
        # Plain numbers are rounded to the type that is computed in: 0.1 is not above itself.
        numbers[name] = float(tensor[place].to(context.number_type))
        if isinstance(given, Node) and given.from_input:
            patches.append(read_patch(context, given, place, label=name))
    return float(patches[0].values), numbers, tuple(patches)


def _explain_learned_slope(context: Context) -> Arithmetic:
    """prelu: one slope for all, or one a channel."""
    patch = read_patch(context, subject(context), context.index)
    slopes = context.weight("weight")
    assert slopes is not None
    channel = context.index[1] if slopes.numel() > 1 else 0
    slope = float(slopes.reshape(-1)[channel])
    steps = (
        Step("slope", f"learned, of channel {channel}" if slopes.numel() > 1 else "learned", slope),
        _sloped(float(patch.values), slope, "prelu"),
    )
    return Arithmetic("y = x, or slope * x where x < 0", (patch,), steps)


def _explain_drawn_slope(context: Context) -> Arithmetic:
    """rrelu: a slope between bounds, drawn in training and the middle one otherwise."""
    x, bounds, patches = _arguments(context)
    slope = (bounds["lower"] + bounds["upper"]) / 2
    between = f"{number(bounds['lower'])} and {number(bounds['upper'])}"
    how = f"the middle of {between}"
    if context.argument("training") and x < 0:
        slope, how = context.value / x, f"drawn between {between}, known by the value"
    steps = (Step("slope", how, slope), _sloped(x, slope, "rrelu"))
    return Arithmetic("y = x, or slope * x where x < 0", patches, steps)


def _explain_gated(context: Context) -> Arithmetic:
    """glu: the first half of an axis times the sigmoid of the second."""
    operand = subject(context)
    axis = int(context.argument("dim")) % len(operand.shape)
    place = list(context.index)
    place[axis] += operand.shape[axis] // 2
    first = read_patch(context, operand, context.index, label="value")
    second = read_patch(context, operand, place, label="gate")
    steps = _times("glu", float(first.values), _sigmoid_of(float(second.values)))
    return Arithmetic("y = x * sigmoid(gate)", (first, second), steps)


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    **dict.fromkeys(_RULES, _explain_rule),
    "prelu": _explain_learned_slope,
    "rrelu": _explain_drawn_slope,
    "glu": _explain_gated,
}
"""The explanation of each operation by its name."""
