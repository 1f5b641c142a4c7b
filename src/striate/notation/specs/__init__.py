"""Every kind of layer and block, one file a family; importing it declares them all in `KINDS`."""

from striate.notation.kind import KINDS
from striate.notation.specs import (
    activation,
    blocks,
    convolution,
    normalisation,
    pooling,
    residual,
    shape,
    shrinking,
    squeeze,
    transposed,
)

__all__ = [
    "KINDS",
    "activation",
    "blocks",
    "convolution",
    "normalisation",
    "pooling",
    "residual",
    "shape",
    "shrinking",
    "squeeze",
    "transposed",
]
