"""What was read before a lease was taken may be of before whoever had it until then: nothing is done twice.

On SQLite a transaction that writes is alone from its beginning; on PostgreSQL others go on.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from responder.domain.annotation import Annotation
from responder.engine import bulletins, investigating
from responder.engine import telling as telling_module
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.fixing import annotating
from responder.engine.fixing.annotating import Annotated, Annotating
from responder.engine.growth import Growth
from responder.engine.investigating import Investigated, Investigating
from responder.engine.telling import Telling
from responder.storage import leases
from responder.storage.leases import Lease
from responder.testing.engine import ScriptedInvestigator, ScriptedNotifier
from responder.testing.fix_world import World
from responder.testing.storm_world import StormWorld

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

Meanwhile = Callable[[], Awaitable[Any]]
Hold = Callable[[Any, Meanwhile], None]


@pytest.fixture
def just_before_the_lease(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Have something done between what a move reads and its lease, once, by another process as it were."""

    def hold(module: Any, meanwhile: Meanwhile) -> None:
        left = [meanwhile]

        class Late(leases.Claim):
            def take(self, connection: sa.Connection, now: datetime, lasts: timedelta) -> Lease:
                if left:
                    first = left.pop()
                    other = threading.Thread(target=lambda: asyncio.run(_of(first)))
                    other.start()
                    other.join()
                return super().take(connection, now, lasts)

        monkeypatch.setattr(module, "Claim", Late)

    return hold


async def _of(meanwhile: Meanwhile) -> None:
    await meanwhile()


async def test_an_incident_is_told_once(
    just_before_the_lease: Hold, telling: Telling, slack: ScriptedNotifier, incident: str
) -> None:
    just_before_the_lease(telling_module, lambda: telling("first", incident, "slack", 1))
    assert await telling("second", incident, "slack", 1) is Told.NOTHING_NEW
    assert len(slack.told) == 1
    assert await telling("third", incident, "slack", 1) is Told.NOTHING_NEW, "the lease is free again"


async def test_an_incident_is_investigated_once(
    just_before_the_lease: Hold, desk: Desk, incident: str
) -> None:
    investigator = ScriptedInvestigator()
    move = Investigating(desk, investigator, bool, Growth(desk, dict))
    just_before_the_lease(investigating, lambda: move("first", incident, 1, 1))
    assert await move("second", incident, 1, 1) is Investigated.NOT_DUE
    assert len(investigator.asked) == 1


async def test_a_storm_is_told_once(just_before_the_lease: Hold, stormy: StormWorld) -> None:
    stormy.come(10)
    just_before_the_lease(bulletins, stormy.tell)
    assert await stormy.tell() is Told.NOTHING_NEW
    assert len(stormy.teller.told) == 1


async def test_a_dashboard_has_the_end_of_what_ended_meanwhile(
    just_before_the_lease: Hold, world: World
) -> None:
    shown: list[Annotation] = []

    class Board:
        async def show(self, annotation: Annotation) -> None:
            shown.append(annotation)

    world = replace(world, annotates=True)
    await world.approved()
    await world.run(minutes=2)
    (began,) = world.to_annotate
    move = Annotating(world.desk, world.parts, Board())
    just_before_the_lease(annotating, lambda: world.run(minutes=70))
    fix, revision, attempt = began.args
    assert await move(began.id, str(fix), int(revision), int(attempt)) is Annotated.DONE
    assert [one.ends for one in shown] == [world.fix().ended_at]
    assert shown[0].ends is not None
