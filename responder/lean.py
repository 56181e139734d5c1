"""A server's process is small: without what libraries load for a terminal's sake, and with few heaps."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ADORNMENTS: Final = ("rich", "pygments")
"""In a server they are 7 MB for nothing, and the tracebacks that they make show the values of variables,
which don't belong in a log."""

HEAPS: Final = 2
_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of `malloc.h`."""


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


def share_heaps() -> None:
    """Have all threads allocate from two heaps: by default glibc gives each of them its own, mostly empty.

    Elsewhere than with glibc it does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, HEAPS)
