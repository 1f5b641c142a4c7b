"""Random numbers that follow from names and numbers alone, the same on every machine."""

import hashlib
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor


def stable_seed(*parts: int | str) -> int:
    """Return a number from 0 to 2^64 - 1 that follows from the parts alone.

    The first 8 bytes of their BLAKE2b hash: unlike `hash`, the same in every process.
    """
    text = repr(tuple(parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def stable_generator(*parts: int | str) -> torch.Generator:
    """Return a CPU generator whose draws follow from the parts alone.

    It stays on the CPU whatever device trains, so that every device sees the same draws.
    """
    return torch.Generator("cpu").manual_seed(stable_seed(*parts))


def stable_coins(indices: Tensor, parts: Iterable[int | str]) -> Tensor:
    """Return a fair coin for every example, which follows from its index and the parts alone.

    Shapes: int64 `(N,)` -> bool `(N,)`.

    Source: the mixing function of splitmix64 (Steele et al. 2014, figure 16).
    """
    z = indices.cpu().numpy().astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(stable_seed(*parts))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return torch.from_numpy(z >> np.uint64(63) == 1)
