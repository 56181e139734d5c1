"""The disk is full: notifications are sent back, and what was accepted is told once there is room again.

Instead of a disk the process gets a limit for the size of its files; writing beyond it fails as it does on a
disk that is full. Its log is such a file, too.
"""

import asyncio
import resource
from typing import Any, Final

import pytest

from responder.testing.loopback import loopback_client

PATIENCE: Final = 60.0
LOOK: Final = 0.1
NOTHING: Final = 4096
"""Bytes of a file; no page of the database can be written any more."""


async def status(site: Any, number: int) -> int:
    """What is answered to a notification, once something is."""
    async with loopback_client(timeout=PATIENCE) as http:
        url = f"http://127.0.0.1:{site.ports['one']}/webhooks/alertmanager"
        answer = await http.post(url, json=site.alerts.notification(number))
        return answer.status_code


def told(site: Any, incidents: int) -> bool:
    """Whether so many incidents are in the channel, once."""
    messages = site.messages()
    return len(messages) == incidents and set(messages.values()) == {1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_with_a_full_disk_intake_says_503_and_comes_back_by_itself(site: Any) -> None:
    async with site(1, 12) as here:
        here.calm()
        await here.start("one")
        limit = resource.prlimit(here.replicas["one"].pid, resource.RLIMIT_FSIZE)
        answers = [await status(here, number) for number in range(4)]
        resource.prlimit(here.replicas["one"].pid, resource.RLIMIT_FSIZE, (NOTHING, limit[1]))
        full = [await status(here, number) for number in range(4, 8)]
        resource.prlimit(here.replicas["one"].pid, resource.RLIMIT_FSIZE, limit)
        async with asyncio.timeout(PATIENCE):
            while await status(here, 4) != 202:  # noqa: ASYNC110 - another process
                await asyncio.sleep(LOOK)
        answers += [await status(here, number) for number in range(5, 12)]
        async with asyncio.timeout(PATIENCE):
            while not told(here, 12):  # noqa: ASYNC110 - likewise
                await asyncio.sleep(LOOK)
    assert answers == [202] * 11
    assert full == [503] * 4
