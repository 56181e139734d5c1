"""Two clicks in the same millisecond, which Slack sends to two replicas: one counts, the other is told so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from responder.domain.fix import FixState
from responder.engine.desk import Desk
from responder.render.asks import TAKE
from responder.render.buttons import APPROVE, REJECT, value_of
from responder.storage import incidents
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.clicking import ANN, BOB, CHANNEL, Clicking
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders
from responder.testing.loopback import loopback_client
from responder.testing.slack import SECRET
from responder.testing.slack.interactive import Whisper
from responder.testing.slack.methods import TEAM_ID
from responder.testing.slack.sending import form_of, signed_headers

SOON = 20
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def desk(database_url: str, clock: ManualClock) -> Iterator[Desk]:
    database = Database(database_url)
    migrate(database)
    yield Desk(database, Orders(), clock, ("slack",))
    database.close()


@pytest.fixture
async def addresses(
    clicking: Clicking, web: httpx.AsyncClient, database_url: str, clock: ManualClock
) -> AsyncIterator[tuple[str, str]]:
    """Of both replicas, each with connections of its own to the same database."""
    database = Database(database_url)
    other = Clicking(clicking.workspace, Desk(database, Orders(), clock, ("slack",)), clock)
    clicking.approvers = other.approvers = (ANN, BOB)
    first = clicking.url
    async with other.running():
        yield first, other.url
    database.close()


async def click(clicking: Clicking, address: str, user: str, action: str, value: str) -> int:
    payload: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": user, "username": user.removeprefix("U0").lower()},
        "channel": {"id": CHANNEL},
        "container": {"message_ts": "1.0"},
        "trigger_id": f"1.{user}",
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
    }
    body = form_of(payload)
    headers = {"Content-Type": FORM, **signed_headers(SECRET, clicking.clock().timestamp(), body)}
    async with loopback_client() as http:
        return (await http.post(f"{address}/slack/events", content=body, headers=headers)).status_code


async def heard(clicking: Clicking) -> Whisper:
    """What the only one who hears something hears: told after Slack's answer where that could not wait."""
    async with asyncio.timeout(SOON):
        while not clicking.workspace.interactive.whispers:  # noqa: ASYNC110 - the other side's answer
            await asyncio.sleep(0.01)
    [only] = clicking.workspace.interactive.whispers
    return only


@pytest.mark.parametrize("actions", [(APPROVE, APPROVE), (APPROVE, REJECT)])
async def test_of_two_decisions_one_is_kept_and_the_other_is_told_who_was_first(
    clicking: Clicking, addresses: tuple[str, str], actions: tuple[str, str]
) -> None:
    fix = clicking.proposed()
    clicks = zip(addresses, (ANN, BOB), actions, strict=True)
    asked = (click(clicking, address, user, action, value_of(fix)) for address, user, action in clicks)
    assert await asyncio.gather(*asked) == [200, 200]
    late = await heard(clicking)
    [(happened, by, _)] = clicking.written(fix)
    assert happened in {"approved", "rejected", "ended"}
    assert late.text.startswith("Too late")
    assert late.user not in by
    assert clicking.fix(fix).state in {FixState.APPROVED, FixState.ENDED}


async def test_of_two_who_take_it_one_has_it(clicking: Clicking, addresses: tuple[str, str]) -> None:
    clicking.proposed()
    value = f'{{"incident": "{clicking.incident}", "taken_by": ""}}'
    clicks = zip(addresses, (ANN, BOB), strict=True)
    await asyncio.gather(*(click(clicking, address, user, TAKE, value) for address, user in clicks))
    late = await heard(clicking)
    with clicking.desk.database.read() as connection:
        found = incidents.load(connection, clicking.incident)
    assert found is not None
    assert found.taken_by
    assert late.user not in found.taken_by
