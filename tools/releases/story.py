"""A responder's life up to the moment at which it is killed: work of all kinds, for an upgrade to go on with.

told       told, and open
retrying   its notifier was away: the next attempt is ordered
closed     over, with its ending
under way  accepted and being investigated; not told yet
fixed      told, with a quick fix in force whose lease ends in a minute
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder.diagnose.registry import specs
from responder.domain.alert import Alert
from responder.domain.clock import system_clock
from responder.domain.errors import Reason, Unreachable
from responder.domain.fix import FixMode, FixState
from responder.domain.notice import Notice, Receipt
from responder.engine.engine import Config, Engine, Ports
from responder.engine.fixing.parts import FixParts, Times
from responder.playbook.fixes import Check
from responder.playbook.load import load
from responder.policy.gates import Limits
from responder.resources import resource_dir
from responder.storage import fixes
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator, alert_of, notification_of
from responder.testing.fix_world import DECLARED, NAME
from responder.testing.fixing import StandInKnob

EXECUTOR: Final = "old"
WITHIN: Final = 60.0
QUICK: Final = DECLARED.model_copy(
    update={"lasts": "1m", "check": Check(settle="100ms", deadline="1m"), "undo_waits": None}
)
OFTEN: Final = timedelta(milliseconds=200)


class Name(StrEnum):
    """The alerts of the story."""

    TOLD = "Told"
    RETRYING = "Retrying"
    CLOSED = "Closed"
    UNDER_WAY = "UnderWay"
    FIXED = NAME


@dataclass
class Teller:
    """A notifier that remembers how often it said something new; to some it has no way."""

    name: str = "ledger"
    away_for: frozenset[str] = frozenset()
    new: list[str] = field(default_factory=list)
    """The alert names of new messages."""
    newest: dict[str, Notice] = field(default_factory=dict)
    """What was said last, by alert name."""

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:  # noqa: ARG002 - the port's
        alert = notice.incident.alert_name
        if alert in self.away_for:
            raise Unreachable("Ledger", Reason.NO_CONNECTION, "nobody there")
        if previous is None:
            self.new.append(alert)
        self.newest[alert] = notice
        return Receipt(data={"sent": alert})


@dataclass
class Held(ScriptedInvestigator):
    """Investigates, but some without end."""

    held: frozenset[str] = frozenset()

    async def investigate(self, *asked, **more):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201 - as the original
        if asked[0].alert_name in self.held:
            self.begun.set()
            await asyncio.get_running_loop().create_future()
        return await super().investigate(*asked, **more)


def parts(knob: StandInKnob) -> FixParts:
    """What quick fixes work with: one knob, scaled to seconds."""
    playbook = load(resource_dir("playbooks"), specs())[NAME].model_copy(update={"fixes": (QUICK,)})
    return FixParts(
        actions={"control": knob},
        measurer=knob,
        playbooks=lambda: {NAME: playbook},
        limits=lambda: Limits(mode=FixMode.APPROVE),
        source=knob,
        times=Times(look_every=OFTEN, poll=OFTEN, patience=OFTEN),
    )


async def live(url: str, dump: Callable[[], str]) -> str:
    """Have all that happen, and answer what `dump` then finds."""
    alert = _alert(Name.FIXED)
    knob = StandInKnob(system_clock, firing=[alert])
    teller = Teller(away_for=frozenset({Name.RETRYING}))
    investigator = Held(held=frozenset({Name.UNDER_WAY}))
    ports = Ports(
        investigator=investigator, assessor=ScriptedAssessor(), notifiers=[teller], fixes=parts(knob)
    )
    database = Database(url)
    engine = Engine(database, ports, Config(executor=EXECUTOR))
    await engine.start()
    try:
        for name in (Name.TOLD, Name.RETRYING, Name.CLOSED):
            await _fires(engine, _alert(name))
        await _until(lambda: {Name.TOLD, Name.CLOSED} <= set(teller.new))
        await _fires(engine, _alert(Name.CLOSED, over=True))
        await _until(lambda: bool(teller.newest[Name.CLOSED].incident.ending))
        await _fires(engine, alert)
        await _fix(engine, database)
        await _fires(engine, _alert(Name.UNDER_WAY))
        await investigator.begun.wait()
        return await asyncio.to_thread(dump)
    finally:
        await engine.stop()


async def _fires(engine: Engine, alert: Alert) -> None:
    now = system_clock()
    await engine.intake.accept(notification_of(alert, group_key=alert.name, at=now))


async def _fix(engine: Engine, database: Database) -> None:
    """Have the quick fix proposed, approved, and seen to work."""

    def state() -> FixState | None:
        with database.read() as connection:
            found = fixes.newest(connection, limit=1)
        return found[0].state if found else None

    await _until(lambda: state() is FixState.PROPOSED)
    with database.read() as connection:
        [proposed] = fixes.newest(connection, limit=1)
    assert engine.people is not None  # noqa: S101 - for the type checker
    await engine.people.approve(proposed.id, "ann", proposed.digest)
    await _until(lambda: state() is FixState.IN_FORCE)


def _alert(name: str, *, over: bool = False) -> Alert:
    now = system_clock()
    persona = "backend-engineer" if name == Name.FIXED else ""
    began, end = now - timedelta(minutes=1), now if over else None
    return alert_of(name.encode().hex()[:16], name=name, start=began, end=end, persona=persona)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 - whatever changes it tells nobody
            await asyncio.sleep(0.02)
