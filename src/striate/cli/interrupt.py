"""Ctrl-C while modules are loaded."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process there and then, without a word, as long as the block lasts.

    Nothing is lost that would have to be tidied up while modules are loaded, and one that is
    interrupted amid that, such as torch, may end the process with pages of its own.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored, as behind nohup, or another's
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
