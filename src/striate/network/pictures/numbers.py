"""Numbers short enough for a small cell, and the signs between them."""

TIMES, BECOMES = "\N{MULTIPLICATION SIGN}", "\N{RIGHTWARDS ARROW}"


def short(value: float) -> str:
    """A number to three significant figures, without a zero's sign: 0.125, -3.4, 1.2e-5."""
    if value != 0 and (abs(value) >= 99995 or abs(value) < 0.00095):
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa  # inf and nan have none
    if abs(value) >= 999.5:
        return f"{value:.0f}"
    return f"{value + 0.0:.3g}"
