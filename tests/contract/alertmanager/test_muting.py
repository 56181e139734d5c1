"""An incident is muted at a real Alertmanager: exactly its alerts, once, found again by its comment."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from responder.actions.muting import SILENCES_MOST, Muting
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import SilenceRecord
from responder.clients.http import Http
from responder.domain.alert import Alert, AlertStatus
from responder.domain.clock import system_clock
from responder.domain.errors import Effect, Refused
from responder.domain.incident import Incident, opened
from responder.domain.marks import AskedSilence
from responder.testing.engine import alert_of
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
NASTY = 'quo"te\\back\nline{brace}$ a.b*|c <!channel>'
SOON = 5


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Alertmanager]:
    async with Http() as http, alertmanager(CONFIG, folder=tmp_path) as server:
        yield Alertmanager(http, server.url)


def alert(persona: str, **more: str) -> Alert:
    made = alert_of(persona, name="TokenBudgetExceeded", start=system_clock(), persona=persona)
    return replace(made, labels={**made.labels, **more})


def incident(*alerts: Alert) -> Incident:
    return opened("k7m2wq9p", alerts, system_clock()).incident


def silence(of: str = "s2345678") -> AskedSilence:
    now = system_clock()
    return AskedSilence(id=of, by="slack:U0ANN (ann)", at=now, until=now + timedelta(hours=1), why="known")


async def test_an_incident_is_muted_once_and_no_other_alert_is(client: Alertmanager) -> None:
    """One start of the server for all of it."""
    muting, mine, order = Muting(client, system_clock), incident(alert("a"), alert(NASTY)), silence()
    other = alert("b")
    await client.post([*mine.alerts.values(), other], within=SOON)

    made = await muting.mute(mine, order)
    assert await muting.mute(mine, order) == made  # as after an answer that was lost
    (there,) = await client.silences(within=SOON)
    assert (there.id,) == made
    assert there.created_by == "slack:U0ANN (ann)"
    assert there.comment.startswith("known, for incident k7m2wq9p [silence s2345678/")
    assert there.ends_at == order.until.replace(microsecond=order.until.microsecond // 1000 * 1000)
    listed = {one.labels["persona"]: one.status for one in await client.alerts(within=SOON)}
    assert listed == {
        "a": AlertStatus.SILENCED,
        NASTY: AlertStatus.SILENCED,
        "b": AlertStatus.FIRING,
    }

    joined = replace(mine, alerts={**mine.alerts, other.fingerprint: other})
    assert len(await muting.mute(joined, order)) == 1  # between two tries an alert joined
    assert len(await client.silences(within=SOON)) == 2
    await muting.mute(mine, silence("s9999999"))  # another one asked for later
    assert len(await client.silences(within=SOON)) == 3

    await muting.unmute(order)
    await muting.unmute(order)  # as after an answer that was lost
    listed = {one.labels["persona"]: one.status for one in await client.alerts(within=SOON)}
    assert listed == {"a": AlertStatus.SILENCED, NASTY: AlertStatus.SILENCED, "b": AlertStatus.FIRING}
    (left,) = [one for one in await client.silences(within=SOON) if one.state != "expired"]
    assert "[silence s9999999/" in left.comment  # what was asked for later goes on
    await muting.unmute(silence("s9999999"))
    assert {one.status for one in await client.alerts(within=SOON)} == {AlertStatus.FIRING}


async def test_what_came_late_is_ended_and_what_is_known_to_be_made_stays(client: Alertmanager) -> None:
    """Two replicas looked before either had made anything: each of two marks is there twice."""
    mine, order = incident(alert("a", model="x"), alert("b", model="y")), silence()
    late = LateAlertmanager(client.http, client.url)
    twice = await Muting(late, system_clock).mute(mine, order)
    once = await Muting(late, system_clock).mute(mine, order)
    other = await Muting(client, system_clock).mute(mine, silence("s9999999"))
    assert len({*once, *twice, *other}) == 6

    muting = Muting(client, system_clock)
    assert await muting.tidy(order.id, once) == 2  # made later, and known
    assert await active(client) == {*once, *other}
    assert await muting.tidy(order.id, once) == 0
    assert await muting.mute(mine, order) == once

    await client.expire_silence(once[0], within=SOON)  # a person did, at Alertmanager
    await Muting(late, system_clock).mute(mine, order)
    assert await muting.tidy(order.id, once) == 2  # it is not made again by what came late
    assert await active(client) == {once[1], *other}
    assert await muting.tidy(order.id, ()) == 1  # as after it was ended here
    assert await active(client) == set(other)


class LateAlertmanager(Alertmanager):
    """As a replica sees it that looked before the others made anything."""

    async def silences(self, *_: object, **__: object) -> tuple[SilenceRecord, ...]:
        return ()


async def active(client: Alertmanager) -> set[str]:
    return {one.id for one in await client.silences(within=SOON) if one.state != "expired"}


async def test_what_would_take_too_many_is_refused_and_nothing_is_made(client: Alertmanager) -> None:
    alerts = [alert(f"p{number}", model=f"m{number}") for number in range(SILENCES_MOST + 1)]
    with pytest.raises(Refused, match="would take 21 silences") as refused:
        await Muting(client, system_clock).mute(incident(*alerts), silence())
    assert refused.value.effect is Effect.NONE
    assert await client.silences(within=SOON) == ()
