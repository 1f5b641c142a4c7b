"""Sums, products and choices of values: residual connections, gates, scales."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from striate.network.node import Node, Weight
from striate.network.why.context import Context
from striate.network.why.formula import factor, number
from striate.network.why.patches import aligned, read_patch
from striate.network.why.why import Arithmetic, Patch, Step


class _Operands:
    """The values of an element-wise operation's arguments at the explained place."""

    def __init__(self, context: Context) -> None:
        self.patches: list[Patch] = []
        self._context = context

    def take(self, name: str, times: float = 1.0) -> float:
        """The value of an argument, whose patch is kept where it comes from the input.

        `times` is how often it counts in the result.
        """
        value = self._context.argument(name)
        tensor = self._context.number_of(value)
        place = aligned(self._context.index, tuple(tensor.shape))
        found = float(tensor[place])
        if isinstance(value, Node) and value.from_input:
            patch = read_patch(self._context, value, place)
            if times != 1:
                weights = np.asarray(times, np.float64)
                patch = replace(patch, weights=weights, terms=patch.values * weights)
            self.patches.append(patch)
        return found

    def name(self, argument: str) -> str:
        """What people call an argument."""
        value = self._context.argument(argument)
        if isinstance(value, Node):
            return value.name if value.from_input else "weights"
        if isinstance(value, Weight):
            return value.path
        return number(float(value)) if isinstance(value, int | float) else "constants"

    def done(self, summary: str, label: str, formula: str, value: float) -> Arithmetic:
        """The arithmetic of one step."""
        return Arithmetic(summary, tuple(self.patches), (Step(label, formula, float(value)),))


def _sum(context: Context, one: str, other: str, sign: int) -> Arithmetic:
    """One operand, and alpha times the other added to it or subtracted."""
    operands = _Operands(context)
    alpha = float(context.node.arguments.get("alpha", 1))
    first = operands.take(one)
    second = operands.take(other, sign * alpha)
    operator, label = (" + ", "sum") if sign > 0 else (" - ", "difference")
    scale = "" if alpha == 1 else f"{factor(alpha)} * "
    summary = operator.join((operands.name(one), scale + operands.name(other)))
    formula = operator.join((number(first), scale + factor(second)))
    return operands.done(summary, label, formula, first + sign * alpha * second)


def explain_add(context: Context) -> Arithmetic:
    """self + alpha*other."""
    return _sum(context, "self", "other", 1)


def explain_subtract(context: Context) -> Arithmetic:
    """self - alpha*other."""
    return _sum(context, "self", "other", -1)


def explain_subtract_from(context: Context) -> Arithmetic:
    """other - alpha*self."""
    return _sum(context, "other", "self", -1)


def explain_multiply(context: Context) -> Arithmetic:
    """self * other."""
    operands = _Operands(context)
    one, other = operands.take("self"), operands.take("other")
    if len(operands.patches) == 1:  # a scale: what is not read from the input is the weight
        patch = operands.patches[0]
        scaled = context.argument("self")
        left = isinstance(scaled, Node) and scaled.from_input
        weights = np.asarray(other if left else one, np.float64)
        operands.patches = [replace(patch, weights=weights, terms=patch.values * weights)]
    summary = f"{operands.name('self')} * {operands.name('other')}"
    return operands.done(summary, "product", f"{number(one)} * {factor(other)}", one * other)


def explain_divide(context: Context) -> Arithmetic:
    """self / other, rounded where that is asked for."""
    operands = _Operands(context)
    one, other = operands.take("self"), operands.take("other")
    with np.errstate(all="ignore"):  # what divides by zero is as torch has it
        value = np.float64(one) / np.float64(other)
    formula = f"{number(one)} / {factor(other)}"
    mode = context.node.arguments.get("rounding_mode")
    if mode is not None:
        value = np.trunc(value) if mode == "trunc" else np.floor(value)
        formula = f"{mode}({formula})"
    summary = f"{operands.name('self')} / {operands.name('other')}"
    return operands.done(summary, "quotient", formula, float(value))


def explain_power(context: Context) -> Arithmetic:
    """self ^ exponent."""
    operands = _Operands(context)
    one, other = operands.take("self"), operands.take("exponent")
    with np.errstate(all="ignore"):
        value = np.power(np.float64(one), np.float64(other))
    summary = f"{operands.name('self')} ^ {operands.name('exponent')}"
    return operands.done(summary, "power", f"{factor(one)}^{factor(other)}", float(value))


def explain_maximum(context: Context) -> Arithmetic:
    """The larger of two."""
    return _extreme(context, "maximum", max)


def explain_minimum(context: Context) -> Arithmetic:
    """The smaller of two."""
    return _extreme(context, "minimum", min)


def _extreme(context: Context, label: str, choose: Callable[[float, float], float]) -> Arithmetic:
    operands = _Operands(context)
    one, other = operands.take("self"), operands.take("other")
    value = choose(one, other)
    short = label[:3]
    summary = f"{short}({operands.name('self')}, {operands.name('other')})"
    found = operands.done(summary, label, f"{short}({number(one)}, {number(other)})", value)
    places = [place for place, patch in enumerate(found.patches) if float(patch.values) == value]
    return replace(found, winner=(places[0], ()) if places else None)


def explain_where(context: Context) -> Arithmetic:
    """self where the condition holds, other where it does not."""
    operands = _Operands(context)
    holds = bool(operands.take("condition"))
    chosen = "self" if holds else "other"
    value = operands.take(chosen)
    summary = f"{operands.name('self')} where it holds, else {operands.name('other')}"
    words = "the condition holds" if holds else "the condition does not hold"
    return operands.done(summary, "chosen", f"{operands.name(chosen)}: {words}", value)


def explain_lerp(context: Context) -> Arithmetic:
    """self + weight*(end - self)."""
    operands = _Operands(context)
    start, end, share = (operands.take(name) for name in ("self", "end", "weight"))
    summary = f"from {operands.name('self')} to {operands.name('end')}"
    formula = f"{number(start)} + {factor(share)} * ({number(end)} - {factor(start)})"
    return operands.done(summary, "between", formula, start + share * (end - start))


def explain_add_product(context: Context) -> Arithmetic:
    """self + value * tensor1 * tensor2."""
    return _added(context, "*")


def explain_add_quotient(context: Context) -> Arithmetic:
    """self + value * tensor1 / tensor2."""
    return _added(context, "/")


def _added(context: Context, operator: str) -> Arithmetic:
    operands = _Operands(context)
    names = ("self", "tensor1", "tensor2")
    added, one, other = (operands.take(name) for name in names)
    scale = float(context.node.arguments.get("value", 1))
    with np.errstate(all="ignore"):
        part = np.float64(one) * other if operator == "*" else np.float64(one) / other
    times = "" if scale == 1 else f"{factor(scale)} * "
    first, second, third = (operands.name(name) for name in names)
    summary = f"{first} + {times}{second} {operator} {third}"
    formula = f"{number(added)} + {times}{factor(one)} {operator} {factor(other)}"
    return operands.done(summary, "sum", formula, added + scale * float(part))


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    "add": explain_add,
    **dict.fromkeys(("sub", "subtract"), explain_subtract),
    "rsub": explain_subtract_from,
    **dict.fromkeys(("mul", "multiply"), explain_multiply),
    **dict.fromkeys(("div", "divide", "true_divide"), explain_divide),
    "pow": explain_power,
    "maximum": explain_maximum,
    "minimum": explain_minimum,
    "where": explain_where,
    "lerp": explain_lerp,
    "addcmul": explain_add_product,
    "addcdiv": explain_add_quotient,
}
