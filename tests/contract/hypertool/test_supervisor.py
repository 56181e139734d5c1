"""Our client against the supervisor that the demo runs, watching a process that has crashed."""

import sys
from datetime import UTC, datetime

import httpx
import pytest

from responder.clients.http import Http
from responder.clients.hypertool import Process, Supervisor
from responder.demo.supervised import Supervisor as Watching
from responder.demo.supervisor import supervisor_app
from responder.domain.errors import Reason, Refused

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
CRASHING = (sys.executable, "-c", "print('out of memory'); raise SystemExit(3)")


async def test_it_tells_when_it_began_how_it_ended_and_its_last_words() -> None:
    watching = Watching(CRASHING, lambda: NOW)
    async with Http(httpx.ASGITransport(supervisor_app(watching, {"responder": "t0ken"}))) as http:
        supervisor = Supervisor(http, "http://supervisor", "t0ken")
        assert await supervisor.process(within=5) == Process(running=False)
        await watching.start()
        await watching.ended()
        found = await supervisor.process(within=5)
        with pytest.raises(Refused) as caught:
            await Supervisor(http, "http://supervisor", "wrong").process(within=5)
    assert (found.running, found.exit_code, found.started_at) == (False, 3, NOW)
    assert found.log == ("out of memory",)
    assert caught.value.reason is Reason.UNAUTHORIZED
