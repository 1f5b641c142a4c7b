"""A fixed part of the examples held out for the test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def held_out(keys: Sequence[str], targets: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Which examples belong to the test: of each class a fifth, rounded, but at least one of two.

    Each class is ordered by the SHA-256 of its examples' keys (names), so the choice is the same
    on every machine and for every version of every library, and does not follow the order in
    which the examples are listed. Shape: (N,).
    """
    classes = defaultdict(list)
    for index, (key, target) in enumerate(zip(keys, targets, strict=True)):
        classes[target].append((hashlib.sha256(key.encode()).digest(), index))
    chosen = np.zeros(len(keys), np.bool_)
    for members in classes.values():
        members.sort()
        count = max(round(len(members) / 5), 1 if len(members) > 1 else 0)
        chosen[[index for _, index in members[:count]]] = True
    return chosen
