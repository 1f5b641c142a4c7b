"""How the C library treats the memory that training frees and asks for again at every step."""

import ctypes
import sys

_M_TRIM_THRESHOLD = -1  # the numbers of malloc.h
_M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Let this process keep the memory it frees, for its next step; return whether it could.

    By default glibc gives every large block back to the system when it is freed, and the next
    step pays for fresh, zeroed pages: a third of the time of a small network. The setting is for
    the whole process and lasts, so it is for programs to choose, not for a library to impose.
    Only glibc has it; elsewhere nothing happens.

    Source: `man 3 mallopt`.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library, such as musl
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, -1))
