"""The reference Hypertool as a service, and the supervisor that watches it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from responder.demo.reference import Port
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE
from responder.demo.supervised import Supervisor
from responder.demo.supervisor import supervisor_app
from responder.domain.clock import instant
from responder.testing.loopback import loopback_client, serving
from responder.testing.orphans import IDLE

NOON = instant("2026-03-03T12:00:00Z")
TOKEN = "open-sesame"  # noqa: S105 - opens nothing but this test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def live(watch: Callable[..., Any]) -> LiveHypertool:
    """A Hypertool whose wall clock stands ten seconds after the start of live."""
    hypertool = watch(5).hypertool
    return LiveHypertool(hypertool, lambda: hypertool.clock.moment(LIVE + 600))


@pytest.fixture
async def metrics(live: LiveHypertool) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the metrics port."""
    async with (
        serving(live.metrics_port) as url,
        loopback_client(base_url=url, timeout=0.3) as client,
    ):
        yield client


async def test_a_scrape_sees_the_metrics_of_its_moment(
    live: LiveHypertool, metrics: httpx.AsyncClient
) -> None:
    before = live.hypertool.timeline.now
    answer = await metrics.get("/metrics")
    assert "hypertool_persona_token_budget_remaining" in answer.text
    assert live.hypertool.timeline.now == LIVE + 600 > before


async def test_a_stranger_answers_with_a_page(live: LiveHypertool, metrics: httpx.AsyncClient) -> None:
    live.hypertool.answer_with(Port.STRANGER)
    answer = await metrics.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "hypertool" not in answer.text


async def test_a_hanging_port_takes_the_question_and_answers_once_it_is_let(
    live: LiveHypertool, metrics: httpx.AsyncClient
) -> None:
    live.hypertool.answer_with(Port.HANGS)
    with pytest.raises(httpx.ReadTimeout):
        await metrics.get("/metrics")
    live.hypertool.answer_with(Port.METRICS)
    assert (await metrics.get("/metrics")).status_code == 200


async def test_a_wall_keeps_out_prometheus_and_lets_in_everybody_else(
    live: LiveHypertool, metrics: httpx.AsyncClient
) -> None:
    scrape = {"User-Agent": "Prometheus/2.53.3"}
    assert (await metrics.get("/metrics", headers=scrape)).status_code == 200
    live.hypertool.answer_with(Port.WALLED)
    with pytest.raises(httpx.ReadTimeout):
        await metrics.get("/metrics", headers=scrape)
    assert (await metrics.get("/metrics")).status_code == 200


async def test_the_control_api_reads_the_knobs_of_the_moment(live: LiveHypertool) -> None:
    live.play("quality-gate-stricter-criteria")
    transport = httpx.ASGITransport(control_app(live, {"alice": TOKEN}))
    async with httpx.AsyncClient(transport=transport, base_url="http://hypertool", headers=BEARER) as client:
        gate = (await client.get("/control/v1/workflows/bug-fix/stages/verification/gate")).json()
    assert (gate["value"], gate["default"], gate["changed_by"]) == ("strict", "normal", "release-manager")


DYING = "import sys; print('starting', flush=True); sys.exit(137)"


async def asked(supervisor: Supervisor, headers: dict[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(supervisor_app(supervisor, {"alice": TOKEN}))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://supervisor", headers=headers
    ) as client:
        return await client.get("/control/v1/process")


async def test_the_supervisor_knows_how_the_process_ended_and_what_it_said_last() -> None:
    supervisor = Supervisor((sys.executable, "-c", DYING), lambda: NOON)
    await supervisor.start()
    await supervisor.ended()
    process = (await asked(supervisor, BEARER)).json()
    assert isinstance(process.pop("pid"), int)
    assert process == {
        "running": False,
        "started_at": "2026-03-03T12:00:00+00:00",
        "exit_code": 137,
        "log": ["starting"],
        "restart": None,
    }


async def test_the_supervisor_stops_what_it_started() -> None:
    supervisor = Supervisor(IDLE, lambda: NOON)
    await supervisor.start()
    assert (await asked(supervisor, BEARER)).json()["running"]
    await supervisor.stop()
    process = (await asked(supervisor, BEARER)).json()
    assert (process["running"], process["exit_code"]) == (False, -15)


async def test_the_supervisor_restarts_nothing_by_itself_and_starts_no_second_one() -> None:
    supervisor = Supervisor(IDLE, lambda: NOON)
    await supervisor.start()
    first = supervisor.as_json()["pid"]
    await supervisor.start()
    assert supervisor.as_json()["pid"] == first
    await supervisor.stop()
    await asyncio.wait_for(supervisor.ended(), 5)
    assert not supervisor.running


async def test_the_supervisor_tells_nobody_without_the_token() -> None:
    supervisor = Supervisor((sys.executable, "-c", ""), lambda: NOON)
    answer = await asked(supervisor, {})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
