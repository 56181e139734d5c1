"""What is done once, on the supervisor and the control API that the demo runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

import httpx
import pytest

from responder.actions.action import NotCalledFor
from responder.actions.reconnect import Reconnect
from responder.actions.restart import RestartBySupervisor
from responder.actions.tools import Tools
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.demo.langfuse_link import Disconnected
from responder.demo.reference import ReferenceHypertool
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE, SimClock
from responder.demo.supervised import Supervisor as Watching
from responder.demo.supervisor import supervisor_app
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import Fix, FixState, Look, Seen
from responder.policy.target import Value
from responder.testing.clock import NOON, ManualClock
from responder.testing.fixes import a_one_shot
from responder.testing.orphans import IDLE

TOKENS: Final = {"responder": "t0ken"}
NOTHING: Final = Value(None)


@dataclass
class Gone:
    """The ports of a Hypertool that nobody listens on, beside a supervisor that is there."""

    supervisor: httpx.ASGITransport
    back: bool = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "supervisor":
            return await self.supervisor.handle_async_request(request)
        if self.back:
            return httpx.Response(200, text="a 1\n")
        raise httpx.ConnectError("refused", request=request)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def watching(clock: ManualClock) -> AsyncIterator[Watching]:
    watching = Watching(IDLE, clock)
    await watching.start()
    yield watching
    await watching.restarted()
    await watching.stop()


@pytest.fixture
def ports(watching: Watching) -> Gone:
    return Gone(httpx.ASGITransport(supervisor_app(watching, TOKENS)))


@pytest.fixture
async def restart(ports: Gone) -> AsyncIterator[RestartBySupervisor]:
    async with Http(httpx.MockTransport(ports)) as http:
        supervisor = Supervisor(http, "http://supervisor", "t0ken")
        tools = Tools(http=http, supervisor=supervisor, metrics_url="http://metrics/metrics")
        yield RestartBySupervisor(supervisor, tools)


async def proposed(restart: RestartBySupervisor) -> Fix:
    return a_one_shot("restart", change=await restart.propose("process", NOTHING, None))


async def test_a_restart_is_seen_in_the_start_of_the_process(
    restart: RestartBySupervisor, watching: Watching, clock: ManualClock
) -> None:
    fix = await proposed(restart)
    assert fix.change.before == NOON.isoformat()
    assert (await restart.look(fix)).seen is Seen.UNTOUCHED
    clock.forward(minutes=3)
    assert await restart.apply(fix) == "ordered"
    await watching.restarted()
    look = await restart.look(fix)
    assert (look.seen, look.text) == (Seen.OURS, "running since 2 Mar 12:03 UTC")
    assert (await restart._supervisor.process(within=5)).restart.reason.endswith("[fix f1]")  # type: ignore[union-attr]  # it was ordered


async def test_an_order_that_is_sent_again_restarts_nothing(
    restart: RestartBySupervisor, watching: Watching, clock: ManualClock
) -> None:
    fix = await proposed(restart)
    await restart.apply(fix)
    await watching.restarted()
    pid = (await restart._supervisor.process(within=5)).pid
    clock.forward(minutes=3)
    assert (await restart.apply(fix)).startswith("ordered already")
    await watching.restarted()
    assert (await restart._supervisor.process(within=5)).pid == pid


async def test_what_somebody_else_restarted_is_not_restarted_again(
    restart: RestartBySupervisor, watching: Watching, clock: ManualClock
) -> None:
    fix = await proposed(restart)
    clock.forward(minutes=1)
    watching.restart(by="alice", reason="mine", incident=None)
    await watching.restarted()
    assert (await restart.look(replace(fix, state=FixState.APPROVED))).seen is Seen.OURS
    with pytest.raises(Refused, match="restarted since") as caught:
        await restart.apply(fix)
    assert (caught.value.reason, caught.value.effect) == (Reason.CHANGED, Effect.NONE)


async def test_what_answers_is_not_restarted(
    restart: RestartBySupervisor, ports: Gone, watching: Watching
) -> None:
    fix = await proposed(restart)
    ports.back = True
    with pytest.raises(NotCalledFor, match="the metrics port of this one can be reached"):
        await proposed(restart)
    with pytest.raises(Refused) as caught:
        await restart.apply(fix)
    assert caught.value.reason is Reason.CHANGED
    assert (await restart._supervisor.process(within=5)).restart is None


async def test_what_runs_unseen_is_not_restarted_and_what_has_ended_is(
    restart: RestartBySupervisor, watching: Watching
) -> None:
    """Without a probe only the supervisor can say that Hypertool is gone."""
    blind = RestartBySupervisor(restart._supervisor, replace(restart._tools, metrics_url=None))
    with pytest.raises(NotCalledFor, match=r"hypertool\.metrics_url"):
        await proposed(blind)
    await watching.stop()
    fix = await proposed(blind)
    assert (await blind.look(fix)).text.startswith("not running, exit code ")


@pytest.fixture
def hypertool() -> ReferenceHypertool:
    return ReferenceHypertool(SimClock(NOON, 60.0), 7, start=LIVE)


@pytest.fixture
async def reconnect(hypertool: ReferenceHypertool, clock: ManualClock) -> AsyncIterator[Reconnect]:
    app = control_app(LiveHypertool(hypertool, clock), TOKENS)
    async with Http(httpx.ASGITransport(app)) as http:
        yield Reconnect(ControlApi(http, "http://hypertool", "t0ken"))


async def test_a_connection_that_comes_back_is_seen(
    reconnect: Reconnect, hypertool: ReferenceHypertool
) -> None:
    link = hypertool.langfuse
    link.obstacle = link.reason = Disconnected.MISSING_CREDENTIALS
    fix = a_one_shot("reconnect", change=await reconnect.propose("langfuse", NOTHING, None))
    assert fix.change.before == "missing credentials"
    look = await reconnect.look(fix)
    assert look == Look(Seen.UNTOUCHED, "missing credentials", "Langfuse: missing credentials")
    assert await reconnect.apply(fix) == "Langfuse: missing credentials"  # nobody has set them yet
    assert (await reconnect.look(fix)).seen is Seen.UNTOUCHED
    link.obstacle = None
    assert await reconnect.apply(replace(fix, id="f2")) == "Langfuse: connected"
    assert (await reconnect.look(fix)).seen is Seen.OURS


async def test_a_connection_that_stands_is_left_alone(reconnect: Reconnect) -> None:
    with pytest.raises(NotCalledFor, match="is connected"):
        await reconnect.propose("langfuse", NOTHING, None)
