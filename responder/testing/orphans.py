"""Programs of tests that must not outlive the test run, also where that is killed."""

import ctypes
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""Of Linux's prctl(2): the signal that a process gets when the one that started it is gone."""

IDLE: Final = (
    sys.executable,
    "-c",
    "import signal; from responder.testing.orphans import die_with_parent; die_with_parent(); signal.pause()",
)
"""A program that does nothing until it is ended."""


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
