"""How many of the processor's threads some work is worth."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_ALL = torch.get_num_threads()
_LITTLE = 20_000_000


def threads_for(multiply_adds: int) -> int:
    """The threads to compute so many multiply-adds with at a time: all, or one where they are few.

    Threads that share little work spend their time waiting for each other, and much of it when
    other programs, such as a browser that shows the work, need a core now and then: LeNet's maps
    came in 14 ms by one thread and in 24 by two, in a studio just started on two cores.
    """
    return 1 if multiply_adds < _LITTLE else _ALL


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Compute with so many threads, and afterwards with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
