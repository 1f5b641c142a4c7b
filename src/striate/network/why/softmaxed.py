"""Softmax and its logarithm: shares of a sum of exponentials."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import exp, log

import numpy as np

from striate.network.why.condensed import real_values
from striate.network.why.context import Context
from striate.network.why.formula import factor, listed, number
from striate.network.why.subject import read_examples, subject
from striate.network.why.why import Arithmetic, Step


def _explain_softmax(context: Context) -> Arithmetic:
    """The terms are exp(x - maximum): without the maximum they would leave the range of numbers."""
    operand = subject(context)
    axis = int(context.argument("dim")) % len(operand.shape)
    at: list[int | range] = list(context.index)
    at[axis] = range(operand.shape[axis])
    patches = read_examples(context, operand, at)
    values = real_values(patches)
    own, largest = float(values[context.index[axis]]), float(values.max())
    powers = [replace(patch, terms=np.exp(patch.values - largest)) for patch in patches]
    terms = np.concatenate([patch.terms.ravel() for patch in powers])
    total = float(terms.sum())
    steps = [
        Step("maximum", f"max({listed(values)})", largest),
        Step("sum of exp(x - maximum)", listed(terms, " + "), total),
    ]
    shift = f"{number(own)} - {factor(largest)}"
    where = f"i = {context.index[axis]} of {values.size:,} along axis {axis}"
    if context.node.operation == "log_softmax":
        formula = f"{shift} - log({number(total)})"
        steps.append(Step("log of the share", formula, own - largest - log(total)))
        summary = f"y = log(exp(x_i) / sum of exp(x)), {where}"
    else:
        above = exp(own - largest)
        steps.append(Step("exponential", f"exp({shift})", above))
        steps.append(Step("share", f"{number(above)} / {number(total)}", above / total))
        summary = f"y = exp(x_i) / sum of exp(x), {where}"
    return Arithmetic(summary, tuple(powers), tuple(steps))


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = dict.fromkeys(
    ("softmax", "log_softmax"), _explain_softmax
)
"""The explanation of each operation by its name."""
