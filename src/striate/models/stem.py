"""The layers in front of a residual or densely connected network: for large or for small images."""

from typing import Literal, get_args

from striate.errors import ModelError

Stem = Literal["large", "small"]
"""`large`: 7x7 with stride 2 and a max pooling with stride 2, for 224x224. `small`: 3x3 with
stride 1 and no pooling, for 32x32."""


def known_stem(stem: str) -> None:
    """Raise ModelError for a stem that is neither of the two."""
    if stem not in get_args(Stem):
        raise ModelError(
            f"stem (={stem!r}) must be 'large' (7x7 with stride 2, then pooling: for images of "
            "100 pixels and more) or 'small' (3x3 with stride 1: for images such as CIFAR's)"
        )
