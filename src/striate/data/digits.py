"""The handwritten digits that come with scikit-learn: 8x8 pixels, values 0 to 16, no download."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from striate.data.decoded import Sink, Source


def source() -> Source:
    """The embedded digits; a stratified fifth is held out, always the same one."""
    return Source(origin=Path(), paths=(), version="digits 1", decode=_decode)


def _decode(sink: Sink) -> None:
    # scikit-learn takes more than a second to import, and the cache usually has the arrays.
    from sklearn.datasets import load_digits  # noqa: PLC0415
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    digits = load_digits()
    inputs = digits.images.astype(np.uint8)[:, None]
    targets = digits.target.astype(np.int64)
    train, test = train_test_split(
        np.arange(len(targets)), test_size=0.2, stratify=targets, random_state=0
    )
    for split, rows in (("train", train), ("test", test)):
        sink.array(f"{split}_inputs", (len(rows), *inputs.shape[1:]), np.uint8).append(inputs[rows])
        sink.array(f"{split}_targets", (len(rows),), np.int64).append(targets[rows])
