"""Dropout: in training a value is dropped or scaled up, in evaluation it stays as it is."""

from collections.abc import Callable, Mapping
from math import sqrt

from striate.network.why.context import Context
from striate.network.why.formula import factor, number
from striate.network.why.patches import read_patch
from striate.network.why.subject import subject
from striate.network.why.why import Arithmetic, Patch, Step

# What SELU tends to for large negative values, which a dropped value becomes; Klambauer et al.,
# Self-normalizing neural networks, 2017, section "New dropout technique".
_SELU_LOWEST = -1.6732632423543772 * 1.0507009873554805


def _explain_dropout(context: Context) -> Arithmetic:
    patch = read_patch(context, subject(context), context.index)
    x, p = float(patch.values), float(context.argument("p"))
    if not context.argument("train") or p == 0:
        return _unchanged(patch)
    what = "channel" if context.node.operation.startswith("feature") else "value"
    summary = f"y = x / (1 - {number(p)}), or 0 for a {what} that was dropped"
    if context.value == 0:
        why = f"0, the {what} was dropped" if x != 0 else "0, dropped or not"
        return Arithmetic(summary, (patch,), (Step("dropped", why, 0.0),))
    step = Step("kept and scaled", f"{number(x)} / (1 - {number(p)})", x / (1 - p))
    return Arithmetic(summary, (patch,), (step,))


def _explain_alpha_dropout(context: Context) -> Arithmetic:
    """Dropped is to the lowest value of SELU; scale and shift keep mean and variance."""
    patch = read_patch(context, subject(context), context.index)
    x, p = float(patch.values), float(context.argument("p"))
    if not context.argument("train") or p == 0:
        return _unchanged(patch)
    if p == 1:
        step = Step("dropped", "0, as everything is for p = 1", 0.0)
        return Arithmetic("y = 0", (patch,), (step,))
    scale = 1 / sqrt((1 - p) * (1 + p * _SELU_LOWEST**2))
    shift = -scale * p * _SELU_LOWEST
    kept, dropped = scale * x + shift, scale * _SELU_LOWEST + shift
    was_kept = abs(context.value - kept) <= abs(context.value - dropped)
    before = x if was_kept else _SELU_LOWEST
    formula = f"{number(scale)} * {factor(before)} + {factor(shift)}"
    steps = (
        Step("scale", f"1 / sqrt((1 - p) (1 + p d^2)), d = {number(_SELU_LOWEST)}", scale),
        Step("shift", "-scale * p * d", shift),
        Step("kept" if was_kept else "dropped", formula, kept if was_kept else dropped),
    )
    what = "channel" if context.node.operation.startswith("feature") else "value"
    summary = f"y = scale * x + shift, x being d for a {what} that was dropped, p = {number(p)}"
    return Arithmetic(summary, (patch,), steps)


def _unchanged(patch: Patch) -> Arithmetic:
    x = float(patch.values)
    step = Step("kept", f"{number(x)}, as it is", x)
    return Arithmetic("y = x: nothing is dropped", (patch,), (step,))


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    **dict.fromkeys(("dropout", "feature_dropout"), _explain_dropout),
    **dict.fromkeys(("alpha_dropout", "feature_alpha_dropout"), _explain_alpha_dropout),
}
"""The explanation of each operation by its name."""
