"""Importing without what libraries load for a terminal's sake where they find it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ADORNMENTS: Final = ("rich", "pygments")
"""In a server they are 7 MB for nothing, and the tracebacks that they make show the values of variables,
which don't belong in a log."""


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
