"""Values to which each place adds to what stands before it: cumulative sums and products."""

from collections.abc import Callable

from striate.network.why.condensed import product_step, sum_step
from striate.network.why.context import Context
from striate.network.why.formula import count_of
from striate.network.why.patches import read_patch
from striate.network.why.subject import read_examples, subject
from striate.network.why.why import Arithmetic, Patch


def _read(context: Context) -> list[Patch]:
    """All up to the value's own place along the axis."""
    operand = subject(context)
    if not operand.shape:
        return [read_patch(context, operand, ())]
    at: list[int | range] = list(context.index)
    axis = int(context.argument("dim")) % len(at)
    at[axis] = range(context.index[axis] + 1)
    return read_examples(context, operand, at)


def _summary(context: Context, word: str, patches: list[Patch]) -> str:
    count = sum(patch.values.size for patch in patches)
    axis = int(context.argument("dim")) % max(len(context.index), 1)
    return f"y = {word} of {count_of(count)}, those up to its own place along axis {axis}"


def _explain_sum(context: Context) -> Arithmetic:
    patches = _read(context)
    return Arithmetic(_summary(context, "sum", patches), tuple(patches), (sum_step(patches),))


def _explain_product(context: Context) -> Arithmetic:
    patches = _read(context)
    summary = _summary(context, "product", patches)
    return Arithmetic(summary, tuple(patches), (product_step(patches),))


EXPLANATIONS: dict[str, Callable[[Context], Arithmetic]] = {
    "cumsum": _explain_sum,
    "cumprod": _explain_product,
}
"""The explanation of each operation by its name."""
