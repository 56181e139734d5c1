"""The process keeps no more memory than it needs: seen from outside, as the system does."""

import platform
import subprocess
import sys
from typing import Final

import pytest

SMALL_AMONG_LARGE: Final = """
import re, sys
from pathlib import Path

from responder.lean import keep_heaps_small

def resident():
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"^VmRSS:\\s*(\\d+) kB", status, re.MULTILINE)[1]) * 1024 / 1e6

if "small" in sys.argv:
    keep_heaps_small()
before = resident()
answer = b"x" * 30_000_000
del answer
answers, kept = [], []
for number in range(100):
    answers.append(b"x" * (400_000 + number))
    kept.append(b"x" * (1_000 + number))
del answers
print(resident() - before)
"""


def kept_mb(*arguments: str) -> float:
    """What is kept of 40 MB that were freed, with something small between all of it."""
    run = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", SMALL_AMONG_LARGE, *arguments], capture_output=True, text=True, check=True
    )
    return float(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its heaps are measured")
def test_what_was_large_is_given_back_to_the_system() -> None:
    assert kept_mb() > 30
    assert kept_mb("small") < 5
