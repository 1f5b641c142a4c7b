import ast
import operator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.geometry import TransposedWindow, Window, size_formula

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def worth(node: ast.expr) -> Fraction:
    """What the written arithmetic comes to."""
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int)
        return Fraction(node.value)
    assert isinstance(node, ast.BinOp)
    value: Fraction = OPERATORS[type(node.op)](worth(node.left), worth(node.right))
    return value


@pytest.mark.parametrize(
    ("window", "n", "expected"),
    [
        (Window(3, 2, 1, 1), 7, "(7 + 2*1 - 3)/2 + 1 = 4"),
        (Window(3, 1), 7, "(7 - 3)/1 + 1 = 5"),
        (Window(3, 2, 0, 1), 6, "(6 + 0 + 1 - 3)/2 + 1 = 3"),
        (Window(3, 1, 2, 2, 2), 7, "(7 + 2*2 - 2*(3 - 1) - 1)/1 + 1 = 7"),
        (
            Window(3, 3),
            7,
            "(7 - 3)/3 + 1 = 2.333, rounded down to 2: the last 1 row is not read",
        ),
        (
            Window(3, 4),
            9,
            "(9 - 3)/4 + 1 = 2.5, rounded down to 2: the last 2 rows are not read",
        ),
        (
            Window(7, 2, 3, 3),
            224,
            "(224 + 2*3 - 7)/2 + 1 = 112.5, rounded down to 112: only padding is not read",
        ),
        (Window(5), 3, "(3 - 5)/1 + 1 = -1"),
        (TransposedWindow(2, 2), 4, "(4 - 1)*2 + 2 = 8"),
        (TransposedWindow(3, 2, 1, 1, 1), 4, "(4 - 1)*2 - 2*1 + 3 + 1 = 8"),
        (TransposedWindow(3, 2, 0, 1, 0, 2), 4, "(4 - 1)*2 - 0 - 1 + 2*(3 - 1) + 1 = 10"),
    ],
)
def test_the_formula_with_its_numbers(
    window: Window | TransposedWindow, n: int, expected: str
) -> None:
    assert size_formula(window, n) == expected


def test_ceil_mode_and_the_name_of_an_element() -> None:
    assert size_formula(Window(3, 3), 7, ceil_mode=True) == (
        "(7 - 3)/3 + 1 = 2.333, rounded up to 3: the last window ends beyond the input"
    )
    assert size_formula(Window(3, 3), 8, element="column").endswith(
        "the last 2 columns are not read"
    )


@settings(deadline=None)
@given(
    n=st.integers(1, 30),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    dilation=st.integers(1, 3),
)
def test_both_sides_of_the_equation_are_equal(
    n: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int
) -> None:
    for window in (
        Window(kernel, stride, *padding, dilation),
        TransposedWindow(kernel, stride, *padding, 0, dilation),
    ):
        left, right = size_formula(window, n).split(",")[0].split(" = ")
        value = worth(ast.parse(left, mode="eval").body)
        assert float(value) == pytest.approx(float(right), abs=5e-4)
