"""A quick fix from its proposal to its end on the real control API, when that goes wrong on the way.

However an order ends, the fix is applied once, undone once, and the audit log says so.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from responder.actions.control import ControlAction
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi
from responder.domain.errors import AdapterError
from responder.domain.fix import Fix, FixEnd, FixState, Happened
from responder.engine.desk import Desk
from responder.engine.fixing.parts import Measured
from responder.hypertool import Terms, collector_knobs, control_router
from responder.policy.gates import WORDS, Limits, Refusal
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.deployed import DeployedCollector
from responder.testing.engine import Orders
from responder.testing.fix_world import World, a_world
from responder.testing.loopback import serving
from responder.testing.trouble import Trouble, Troubled

BUDGET, RAISED = 2000, 2500
TARGET = ("personas", "backend-engineer", "budget")
ANSWERS = [one for one in Trouble if not one.startswith("silent")]
"""What hangs is a lost answer as well, once its time is over."""


@dataclass(frozen=True)
class ByTheKnob:
    """Raised, the budget is enough."""

    control: ControlApi

    async def measure(self, fix: Fix) -> Measured:
        try:
            knob = await self.control.resource(TARGET, within=5)
        except AdapterError:
            return Measured()
        return Measured(works=knob.value == RAISED, needs=True, returns=False)


@dataclass
class Site:
    """A world of fixes beside the collector in the field, whose control API can be troubled or gone."""

    world: World
    troubled: Troubled
    control: ControlApi
    gone: ControlApi

    def reaches(self, control: ControlApi) -> None:
        """From now on the fixes' orders go by this client."""
        parts = replace(
            self.world.parts, actions={"control": ControlAction(control)}, measurer=ByTheKnob(control)
        )
        self.world = self.world.with_parts(parts)

    async def budget(self) -> tuple[object, object]:
        knob = await self.control.resource(TARGET, within=5)
        return knob.value, knob.lease


@pytest.fixture
async def site(kept: Database, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Site]:
    caplog.set_level(logging.CRITICAL, "uvicorn")  # it complains of broken answers, as it should
    clock, orders, app = ManualClock(), Orders(), FastAPI()
    knobs = collector_knobs(DeployedCollector(CollectorRegistry()), clock)
    app.include_router(control_router(knobs, {"responder": "t"}, terms=Terms(clock)))
    troubled = Troubled(app)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(troubled))
        http = await stack.enter_async_context(Http())
        control, gone = ControlApi(http, url, "t"), ControlApi(http, "http://127.0.0.1:1", "t")
        site = Site(a_world(Desk(kept, orders, clock, ()), clock, orders), troubled, control, gone)
        site.reaches(control)
        yield site


async def assert_applied_once_and_undone(site: Site) -> None:
    fix, happened = site.world.fix(), Counter(site.world.happened())
    assert (fix.state, fix.end) == (FixState.ENDED, FixEnd.EXPIRED)
    assert (happened[Happened.INTENDED], happened[Happened.APPLIED], happened[Happened.UNDONE]) == (1, 1, 1)
    assert await site.budget() == (BUDGET, None)


@pytest.mark.parametrize("trouble", ANSWERS)
async def test_an_order_to_apply_that_goes_wrong_is_settled_by_reading(site: Site, trouble: Trouble) -> None:
    site.troubled.plan(trouble)
    await site.world.approved()
    await site.world.run(seconds=45)
    assert (await site.budget())[0] == RAISED
    await site.world.run(minutes=70)
    await assert_applied_once_and_undone(site)


@pytest.mark.parametrize("trouble", ANSWERS)
async def test_an_order_to_undo_that_goes_wrong_is_settled_by_reading(site: Site, trouble: Trouble) -> None:
    await site.world.approved()
    await site.world.run(minutes=5)
    site.troubled.plan(trouble)
    await site.world.run(minutes=65)
    await assert_applied_once_and_undone(site)


async def test_what_was_applied_while_nobody_was_here_and_ran_out_is_told_as_that(site: Site) -> None:
    """The answer is lost, and by the time anybody looks Hypertool has set the budget back by itself."""
    site.troubled.plan(Trouble.LOST_AFTER)
    await site.world.approved()
    await site.world.run(seconds=1)
    assert (await site.budget())[0] == RAISED
    site.world.clock.forward(hours=3)
    await site.world.run(minutes=5)
    await assert_applied_once_and_undone(site)
    assert "by Hypertool itself at" in site.world.fix().end_text


async def test_a_control_api_that_is_gone_or_takes_our_token_no_more_gets_no_order(site: Site) -> None:
    """Nothing that can't be read is set; what was approved by then is refused in the end."""
    fix = await site.world.approved()
    site.reaches(ControlApi(site.control.http, site.control.url, "wrong"))
    await site.world.run(minutes=10)
    ended = next(one for one in site.world.all() if one.id == fix.id)
    assert (ended.end, ended.end_text) == (FixEnd.REFUSED, WORDS[Refusal.CANT_BE_READ])
    site.reaches(site.gone)
    assert (await site.world.proposed(attempt=7)).refusal == Refusal.CANT_BE_READ
    assert await site.budget() == (BUDGET, None)


async def test_a_ceiling_below_what_is_there_already_leaves_nothing_to_raise(site: Site) -> None:
    low = Limits(mode=site.world.parts.limits().mode, ceilings={"budget": BUDGET - 500})
    site.world = site.world.with_parts(replace(site.world.parts, limits=lambda: low))
    fix = await site.world.proposed()
    assert (fix.refusal, fix.change.after) == (Refusal.CEILING_REACHED, BUDGET)
