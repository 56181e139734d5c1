"""Whatever happens to an order on its way: what its error says of the effect is true."""

import logging
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Knob
from responder.domain.errors import AdapterError, Effect, Reason
from responder.hypertool import Terms, collector_knobs, control_router
from responder.testing.clock import ManualClock
from responder.testing.deployed import DeployedCollector
from responder.testing.loopback import serving
from responder.testing.trouble import Trouble, Troubled

BUDGET = ("personas", "data-scientist", "budget")
PATIENCE = {Trouble.SILENT_BEFORE: 0.3, Trouble.SILENT_AFTER: 0.3}


@pytest.fixture
def troubled() -> Troubled:
    clock, app = ManualClock(), FastAPI()
    knobs = collector_knobs(DeployedCollector(CollectorRegistry()), clock)
    app.include_router(control_router(knobs, {"responder": "t"}, terms=Terms(clock)))
    return Troubled(app)


@pytest.fixture
async def control(troubled: Troubled, caplog: pytest.LogCaptureFixture) -> AsyncIterator[ControlApi]:
    caplog.set_level(logging.CRITICAL, "uvicorn")  # it complains of broken answers, as it should
    async with serving(troubled) as url, Http() as http:
        yield ControlApi(http, url, "t")
        troubled.go_on.set()


async def order(control: ControlApi, value: int = 2200, *, within: float = 5) -> Knob:
    return await control.set(BUDGET, value, reason="fix", idempotency_key="k1", within=within)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.LOST_BEFORE, Reason.NO_CONNECTION),
        (Trouble.LOST_AFTER, Reason.NO_CONNECTION),
        (Trouble.FAILS_BEFORE, Reason.SERVER_ERROR),
        (Trouble.FAILS_AFTER, Reason.SERVER_ERROR),
        (Trouble.NONSENSE_BEFORE, Reason.BAD_ANSWER),
        (Trouble.NONSENSE_AFTER, Reason.BAD_ANSWER),
        (Trouble.SILENT_BEFORE, Reason.TIMEOUT),
        (Trouble.SILENT_AFTER, Reason.TIMEOUT),
    ],
)
async def test_a_lost_answer_leaves_the_effect_open_until_it_is_read(
    control: ControlApi, troubled: Troubled, trouble: Trouble, reason: Reason
) -> None:
    """And the repeat with the same key carries it out at last, or finds that it was."""
    troubled.plan(trouble)
    with pytest.raises(AdapterError) as caught:
        await order(control, within=PATIENCE.get(trouble, 5))
    assert (caught.value.reason, caught.value.effect) == (reason, Effect.UNKNOWN)
    found = await control.resource(BUDGET, within=5)
    assert found.value == (2200 if trouble.carried_out else 1700)
    again = await order(control)
    assert again.value == 2200
    assert (again == found) is trouble.carried_out


async def test_a_refusal_surely_left_everything_as_it_was(control: ControlApi) -> None:
    before = await control.resource(BUDGET, within=5)
    for refused in (order(control, 20_001), order(ControlApi(control.http, control.url, "wrong"))):
        with pytest.raises(AdapterError) as caught:
            await refused
        assert caught.value.effect is Effect.NONE
        assert await control.resource(BUDGET, within=5) == before
