"""A replica that is frozen in the middle of a quick fix: another one goes on, and nothing is done twice.

Two responders are processes that share one PostgreSQL; a replica counts as dead after 4 seconds of silence.
Hypertool's control API and an Alertmanager are served here. The order during which the first replica is
frozen is held on its way there, or its answer on the way back, and arrives when the other one has gone on.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final

import pytest
from fastapi import FastAPI, Request

from responder.domain.clock import system_clock
from responder.domain.fix import FixEnd, FixState, Happened
from responder.testing.loopback import loopback_client, serving
from tests.durable.fix_lives import BUDGET, PATIENCE, POLL, TOKEN, Life, hypertool, life, persona
from tests.durable.gate import Gate, Held, key_of

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

ONCE: Final = (Happened.PROPOSED, Happened.APPROVED, Happened.INTENDED, Happened.APPLIED, Happened.UNDONE)
TIDIED: Final = 60.0


class Order(StrEnum):
    """What is ordered; values stand in idempotency keys."""

    APPLY = "/apply"
    RENEW = "/renew/"
    UNDO = "/undo"


@dataclass
class Silences:
    """An Alertmanager, as far as silences go."""

    all: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        app, number = FastAPI(), count(1)

        @app.get("/api/v2/silences")
        async def listed() -> list[dict[str, Any]]:
            return list(self.all.values())

        @app.post("/api/v2/silences")
        async def create(request: Request) -> dict[str, str]:
            one = {**await request.json(), "id": f"s{next(number)}", "status": {"state": "active"}}
            one["startsAt"] = system_clock().isoformat()
            self.all[one["id"]] = one
            return {"silenceID": one["id"]}

        @app.delete("/api/v2/silence/{silence}")
        async def expire(silence: str) -> None:
            self.all[silence]["status"] = {"state": "expired"}

        return app

    def standing(self) -> list[str]:
        return [name for name, one in self.all.items() if one["status"]["state"] == "active"]


@dataclass
class Site:
    """The far sides, and whoever works with them."""

    control: Gate
    alertmanager: Gate
    silences: Silences
    database_url: str
    control_url: str = ""
    alertmanager_url: str = ""

    def replica(self, name: str) -> Any:
        return life(self.database_url, self.control_url, name, self.alertmanager_url)

    async def knob(self, number: int) -> tuple[int, Any]:
        """A budget, and its lease."""
        url = f"{self.control_url}/control/v1/personas/{persona(number)}/budget"
        async with loopback_client(headers={"Authorization": f"Bearer {TOKEN}"}) as web:
            found = (await web.get(url)).json()
        return found["value"], found["lease"]

    async def freeze(self, one: Life, gate: Gate) -> None:
        """When what is meant has got to its gate."""
        async with asyncio.timeout(PATIENCE):
            await gate.reached.wait()
        one.freezes()


@asynccontextmanager
async def a_site(database_url: str, held: Held, order: Order | None) -> AsyncIterator[Site]:
    """Holds an order to Hypertool, or the first silence that is to be made."""
    silences = Silences()
    control = Gate(hypertool(2), lambda scope: order is not None and order in key_of(scope), held)
    alertmanager = Gate(silences.app(), lambda scope: order is None and scope["method"] == "POST", held)
    site = Site(control, alertmanager, silences, database_url)
    async with serving(control) as site.control_url, serving(alertmanager) as site.alertmanager_url:
        try:
            yield site
        finally:
            control.released.set()
            alertmanager.released.set()


async def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(POLL)


async def lives_on(one: Life, other: Life, number: int) -> None:
    """A fix from its beginning to its end, approved at one and reverted at the other."""
    fix = await one.approve(await one.fires(number))
    await other.gets_to(fix, FixState.IN_FORCE)
    await other.order(f"fixes/{fix}/revert")
    assert (await one.ended(fix))["outcome"] == FixEnd.REVERTED


CI: Final = {(Order.APPLY, Held.ON_ITS_WAY)}


@pytest.mark.parametrize(
    ("order", "held"),
    [
        pytest.param(order, held, marks=[] if (order, held) in CI else pytest.mark.soak)
        for order in Order
        for held in Held
    ],
)
async def test_frozen_while_it_sends_an_order_it_is_carried_out_once(
    database_url: str, order: Order, held: Held
) -> None:
    """Applied once, held on once, undone once: by the control API's own account and by the audit log's."""
    async with a_site(database_url, held, order) as site, site.replica("one") as one:
        incident = await one.fires(0)
        fix = await one.approve(incident)
        if order is not Order.APPLY:
            await one.gets_to(fix, FixState.IN_FORCE)
            what, body = ("extend", {"minutes": 1}) if order is Order.RENEW else ("revert", {})
            await one.order(f"fixes/{fix}/{what}", **body)
        await site.freeze(one, site.control)
        async with site.replica("two") as two:
            await two.gets_to(fix, FixState.ENDED if order is Order.UNDO else FixState.IN_FORCE)
            await until(lambda: any(order in key for key in site.control.carried))
            site.control.released.set()
            await one.wakes_up()
            if order is not Order.UNDO:
                assert (await site.knob(0))[1] is not None
                await one.order(f"fixes/{fix}/revert")
            ended = await two.ended(fix)
            await lives_on(one, two, 1)
            fixes = await one.fixes(incident)
            assert [await site.knob(number) for number in range(2)] == [(BUDGET, None)] * 2

    orders = [Order.APPLY, *([Order.RENEW] if order is Order.RENEW else []), Order.UNDO]
    ours = [key for key in site.control.carried if key.startswith(f"fix/{fix}/")]
    assert [key.removeprefix(f"fix/{fix}").startswith(kind) for key, kind in zip(ours, orders, strict=True)]
    assert len(site.control.carried) == len(orders) + 2
    happened = [line["happened"] for line in ended["audit"]]
    assert [one for one in happened if one in ONCE] == list(ONCE), happened
    assert ended["outcome"] == FixEnd.REVERTED
    assert [one["id"] for one in fixes if one["approved_by"]] == [fix]


async def test_frozen_while_it_sends_a_fix_that_is_given_up_it_is_undone_when_it_takes_effect(
    database_url: str,
) -> None:
    """The alert resolved meanwhile, so that the other replica does not apply it."""
    async with a_site(database_url, Held.ON_ITS_WAY, Order.APPLY) as site, site.replica("one") as one:
        fix = await one.approve(await one.fires(0))
        await site.freeze(one, site.control)
        async with site.replica("two") as two:
            await two.fires(0, over=True)
            assert (await two.ended(fix))["outcome"] == FixEnd.FAILED
            site.control.released.set()
            await until(lambda: bool(site.control.carried))
            assert (await site.knob(0))[0] != BUDGET
            await one.wakes_up()
            await until(lambda: len(site.control.carried) == 2, TIDIED)
            await lives_on(one, two, 1)
            assert await site.knob(0) == (BUDGET, None)
            ended = await one.ended(fix)
    happened = Counter(line["happened"] for line in ended["audit"])
    assert (happened[Happened.FAILED], happened[Happened.UNDONE]) == (1, 1)


@pytest.mark.parametrize("held", [Held.ON_ITS_WAY, pytest.param(Held.ANSWERED, marks=pytest.mark.soak)])
async def test_frozen_while_it_silences_an_incident_one_silence_is_left_standing(
    database_url: str, held: Held
) -> None:
    """What the frozen one has sent arrives after the other one has made it, and is ended within a minute."""
    async with a_site(database_url, held, None) as site, site.replica("one") as one:
        incident = await one.fires(0)
        await one.order(f"incidents/{incident}/silence", minutes=30)
        await site.freeze(one, site.alertmanager)
        async with site.replica("two") as two:
            made = await silences_known(two, incident)
            assert site.silences.standing() == made
            site.alertmanager.released.set()
            if held is Held.ON_ITS_WAY:
                await until(lambda: len(site.silences.all) == 2)
            await one.wakes_up()
            await until(lambda: site.silences.standing() == made, TIDIED)
            await lives_on(one, two, 1)
            assert await silences_known(one, incident) == made
    assert site.silences.standing() == made


@pytest.mark.soak
@pytest.mark.parametrize("held", Held)
async def test_frozen_while_a_fix_silences_an_alert_what_stands_is_what_is_recorded(
    database_url: str, held: Held
) -> None:
    """What nobody could see is never done again: it is given up, and ended if it comes late."""
    async with a_site(database_url, held, None) as site, site.replica("one") as one:
        fix = await one.approve(await one.fires(0), "silence")
        await site.freeze(one, site.alertmanager)
        seen = held is Held.ANSWERED
        async with site.replica("two") as two:
            assert (await two.ended(fix))["outcome"] == (FixEnd.VERIFIED if seen else FixEnd.FAILED)
            site.alertmanager.released.set()
            await until(lambda: len(site.silences.all) == 1)
            await one.wakes_up()
            await until(lambda: len(site.silences.standing()) == seen, TIDIED)
            await lives_on(one, two, 1)
            happened = Counter(line["happened"] for line in (await one.ended(fix))["audit"])
    assert len(site.silences.standing()) == seen
    assert happened[Happened.APPLIED] == seen
    assert happened[Happened.UNDONE] == (not seen)


async def silences_known(replica: Life, incident: str) -> list[str]:
    """Alertmanager's ids, once it is known that there are any."""
    async with asyncio.timeout(PATIENCE):
        while not (made := (await replica.get(f"incidents/{incident}"))["silence"]["silences"]):  # noqa: ASYNC110 - another process
            await asyncio.sleep(POLL)
    return list(made)
