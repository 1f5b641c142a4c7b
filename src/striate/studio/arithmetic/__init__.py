"""The arithmetic view: the moving kernel, the poolings side by side, and output sizes."""

from striate.studio.arithmetic.session import ArithmeticSession

__all__ = ["ArithmeticSession"]
