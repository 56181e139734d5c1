"""What a test run started does not outlive it, also when the run itself is killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

CHILD = """
import signal
from responder.testing.orphans import die_with_parent
die_with_parent()
print("ready", flush=True)
signal.pause()
"""
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {CHILD!r}], start_new_session=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's end")
async def test_a_child_in_a_session_of_its_own_is_gone_when_its_parent_was_killed() -> None:
    """They share a pipe, which ends when the last of them is gone."""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=PIPE)
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGKILL)
    async with asyncio.timeout(30):
        assert await parent.stdout.read() == b""
        await parent.wait()
