"""The size formula with its numbers, as text: `(7 + 2*1 - 3)/2 + 1 = 4`."""

from fractions import Fraction

from striate.geometry.window import Fit, TransposedWindow, Window


def size_formula(
    window: Window | TransposedWindow, n: int, ceil_mode: bool = False, element: str = "row"
) -> str:
    """The formula of the output size over n inputs, with its numbers and what rounding does.

    `(7 + 2*1 - 3)/2 + 1 = 4`, or `(7 - 3)/3 + 1 = 2.333, rounded down to 2: the last 1 row is
    not read`. Uneven padding is written side by side, `7 + 0 + 1 - 3`, and a dilated kernel
    as `2*(3 - 1) - 1`. `element` names what an axis counts (row, column, sample).
    Raises GeometryError when n is below 1.
    """
    fit = window.fit(n, ceil_mode)
    if isinstance(window, TransposedWindow):
        return f"{_transposed(window, n)} = {fit.exact}"
    text = f"({n}{_padding(window, '+')} - {_kernel(window)})/{window.stride} + 1"
    return f"{text} = {_number(fit.exact)}{_rounding(fit, element)}"


def _transposed(window: TransposedWindow, n: int) -> str:
    kernel = f"{window.kernel}"
    if window.dilation > 1:
        kernel = f"{window.dilation}*({window.kernel} - 1) + 1"
    extra = f" + {window.output_padding}" if window.output_padding else ""
    return f"({n} - 1)*{window.stride}{_padding(window, '-')} + {kernel}{extra}"


def _kernel(window: Window) -> str:
    if window.dilation == 1:
        return f"{window.kernel}"
    return f"{window.dilation}*({window.kernel} - 1) - 1"


def _padding(window: Window | TransposedWindow, sign: str) -> str:
    if window.before != window.after:
        return f" {sign} {window.before} {sign} {window.after}"
    return f" {sign} 2*{window.before}" if window.before else ""


def _number(exact: Fraction) -> str:
    return str(exact) if exact.denominator == 1 else f"{float(exact):.3f}".rstrip("0")


def _rounding(fit: Fit, element: str) -> str:
    if fit.exact.denominator == 1 and fit.output == fit.exact:
        return ""
    if fit.output == 0:
        return ""
    direction = "up" if fit.output > fit.exact else "down"
    text = f", rounded {direction} to {fit.output}"
    if direction == "up":
        return f"{text}: the last window ends beyond the input"
    if fit.dropped == 0:
        return f"{text}: only padding is not read"
    plural = "" if fit.dropped == 1 else "s"
    verb = "is" if fit.dropped == 1 else "are"
    return f"{text}: the last {fit.dropped} {element}{plural} {verb} not read"
