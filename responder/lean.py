"""A server's process is small: without what libraries load for terminals, keeping little that is free."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ADORNMENTS: Final = ("rich", "pygments")
"""In a server they are 7 MB for nothing, and the tracebacks that they make show the values of variables,
which don't belong in a log."""

HEAPS: Final = 2
LARGE: Final = 128 * 1024
"""Bytes from which on what is allocated goes back to the system as soon as it is freed."""

# of malloc.h
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


@contextmanager
def unadorned() -> Iterator[None]:
    """While this lasts they are found by nobody, unless they were loaded before."""
    hidden = [package for package in ADORNMENTS if package not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None: how Python is told "not here"
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]


def keep_heaps_small() -> None:
    """Have all threads allocate from two heaps, and what is large from none.

    By default glibc gives each thread a heap of its own, mostly empty; and once something large was freed it
    allocates as large things from the heaps, too, which then keep what an answer with thousands of alerts
    took for a moment. Elsewhere than with glibc it does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, HEAPS)
        mallopt(_M_MMAP_THRESHOLD, LARGE)
