"""kill -9 in the middle of quick fixes: each is applied once and undone, and the audit log tells the truth.

A responder is a process of its own; Hypertool's control API is served here, and what reaches it is written
down. In each life one more fix is approved, while those of the lives before are still under way; then the
process is killed at a moment that chance picks. The seed is the test's parameter.
"""

import asyncio
import random
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from responder.domain.fix import FixEnd, Happened
from responder.storage import audit
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.testing.loopback import loopback_client, serving
from tests.durable.fix_lives import BUDGET, TOKEN, hypertool, life, persona

NO_ORDER_COMES: Final = 4.0
"""Seconds; a life that was to end with an order to Hypertool ends after them, if none is sent."""
ONCE: Final = (Happened.PROPOSED, Happened.APPROVED, Happened.INTENDED, Happened.APPLIED, Happened.UNDONE)


class Moment(StrEnum):
    """When a life ends."""

    SOON = "soon"
    """Within milliseconds of the approval."""
    ANY_TIME = "any time"
    ORDER_ARRIVES = "an order arrives"
    ORDER_DONE = "an order is done"
    """It took effect; nobody is told any more."""


@dataclass(frozen=True)
class Carried:
    """An order that took effect at Hypertool: its key, the value it set, and what was recorded before."""

    key: str
    value: int
    recorded: frozenset[Happened]


@dataclass
class FarSide:
    """Hypertool's control API, in front of which every order is written down."""

    app: ASGIApp
    database: Database
    carried: list[Carried] = field(default_factory=list)
    strike_at: Moment | None = None
    strike: Callable[[], None] = field(default=lambda: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        key = httpx.Headers(scope["headers"])["idempotency-key"]
        recorded = self._recorded(key.split("/")[1])
        self._strike_if(Moment.ORDER_ARRIVES)
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        head = httpx.Headers(answer[0]["headers"])
        if answer[0]["status"] == httpx.codes.OK and "idempotent-replayed" not in head:
            value = httpx.Response(200, content=answer[1]["body"]).json()["value"]
            self.carried.append(Carried(key, value, recorded))
            self._strike_if(Moment.ORDER_DONE)
        for message in answer:
            await send(message)

    def _recorded(self, fix: str) -> frozenset[Happened]:
        with self.database.read() as connection:
            return frozenset(Happened(line.happened) for line in audit.read(connection, fix=fix))

    def _strike_if(self, moment: Moment) -> None:
        if self.strike_at is moment:
            self.strike_at = None
            self.strike()


async def dies(process: Process, far_side: FarSide, chance: random.Random) -> None:
    """Let it live until the moment that chance picks, and kill it."""
    moment = chance.choice([*Moment])
    match moment:
        case Moment.SOON:
            await asyncio.sleep(chance.uniform(0, 0.08))
        case Moment.ANY_TIME:
            await asyncio.sleep(chance.uniform(0, 3))
        case Moment.ORDER_ARRIVES | Moment.ORDER_DONE:
            far_side.strike_at, far_side.strike = moment, process.kill
            try:
                await asyncio.wait_for(process.wait(), NO_ORDER_COMES)
            except TimeoutError:
                far_side.strike_at = None
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.fixture
def database(database_url: str) -> Any:
    database = Database(database_url)
    migrate(database)
    yield database
    database.close()


CI: Final = [pytest.param(7, 6, id="seed-7")]
SOAK: Final = [pytest.param(seed, 12, id=f"seed-{seed}", marks=pytest.mark.soak) for seed in range(100, 109)]


@pytest.mark.parametrize(("seed", "kills"), [*CI, *SOAK])
async def test_killed_at_random_moments_every_fix_is_applied_once_and_undone(
    database: Database, database_url: str, seed: int, kills: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    far_side, approved = FarSide(hypertool(kills), database), []
    async with serving(far_side) as control_url:
        for number in range(kills):
            async with life(database_url, control_url) as one:
                approved.append(await one.approve(await one.fires(number)))
                await dies(one.process, far_side, chance)
        async with life(database_url, control_url) as last, loopback_client() as web:
            ended = [await last.ended(fix) for fix in approved]
            headers = {"Authorization": f"Bearer {TOKEN}"}
            urls = [f"{control_url}/control/v1/personas/{persona(number)}/budget" for number in range(kills)]
            knobs = [(await web.get(url, headers=headers)).json() for url in urls]

    assert [(knob["value"], knob["lease"]) for knob in knobs] == [(BUDGET, None)] * kills
    assert far_side.carried
    for fix in ended:
        assert_applied_once_undone_and_truly_told(fix, far_side.carried)


def assert_applied_once_undone_and_truly_told(fix: Mapping[str, Any], carried: Sequence[Carried]) -> None:
    """What Hypertool did is what the audit log says, in its order and with its values."""
    happened = [line["happened"] for line in fix["audit"]]
    times, ours = Counter(happened), [one for one in carried if one.key.startswith(f"fix/{fix['id']}/")]
    if not ours:  # killed between the intent and the order; its time was over when the next life had begun
        assert happened == [*ONCE[:3], Happened.FAILED]
        return
    assert fix["outcome"] == FixEnd.EXPIRED, happened
    assert {one: times[one] for one in ONCE} == dict.fromkeys(ONCE, 1), happened
    assert [one for one in happened if one in ONCE] == list(ONCE), happened
    (applied,) = (one for one in ours if one.key.endswith("/apply"))
    assert Happened.INTENDED in applied.recorded, "the intent comes first"
    undone = [one for one in ours if one.key.endswith("/undo")]
    assert len(undone) <= 1, "where there is none, Hypertool let go of it by itself"
    assert {one.value for one in undone} <= {fix["from"]}
    assert (fix["audit"][-1]["from"], fix["audit"][-1]["to"]) == (applied.value, BUDGET), "it leads back"
