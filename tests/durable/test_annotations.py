"""The whole engine, on both databases: a dashboard that hangs delays no fix, and catches up with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from responder.diagnose.registry import specs
from responder.domain.annotation import Annotation
from responder.domain.clock import system_clock
from responder.domain.fix import Fix, FixMode, FixState
from responder.engine.engine import Config, Engine, Ports
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.people import Decided
from responder.playbook.load import load
from responder.policy.gates import Limits
from responder.resources import resource_dir
from responder.storage.database import Database
from responder.testing.engine import (
    ScriptedAssessor,
    ScriptedInvestigator,
    ScriptedNotifier,
    notification_of,
)
from responder.testing.fix_world import ALERT, DECLARED, NAME
from responder.testing.fixing import StandInKnob

PATIENCE = 20
"""Seconds; a queue that nobody wakes is looked at once a second."""


@dataclass(slots=True)
class Board:
    """A dashboard that may hang."""

    hold: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    shown: list[Annotation] = field(default_factory=list)

    async def show(self, annotation: Annotation) -> None:
        self.begun.set()
        await self.hold.wait()
        self.shown.append(annotation)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
async def engine(database_url: str, board: Board) -> AsyncIterator[Engine]:
    playbook = load(resource_dir("playbooks"), specs())[NAME].model_copy(update={"fixes": (DECLARED,)})
    knob = StandInKnob(system_clock, firing=[ALERT])
    fixes = FixParts(
        actions={"control": knob},
        measurer=knob,
        playbooks=lambda: {NAME: playbook},
        limits=lambda: Limits(mode=FixMode.APPROVE),
        source=knob,
    )
    ports = Ports(
        investigator=ScriptedInvestigator(),
        assessor=ScriptedAssessor(),
        notifiers=[ScriptedNotifier()],
        fixes=fixes,
        annotator=board,
    )
    engine = Engine(Database(database_url), ports, Config())
    await engine.start()
    yield engine
    board.hold.set()
    await engine.stop()


async def seen(engine: Engine, incident: str, *states: FixState) -> Fix:
    """Wait until the incident's fix is in one of these states."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await engine.fixes.newest(state=None, incident=incident, limit=10)
            for fix in found.fixes:
                if fix.state in states:
                    return fix
            await asyncio.sleep(0.02)


async def test_the_fix_goes_on_while_the_dashboard_hangs_and_both_its_ends_are_shown(
    engine: Engine, board: Board
) -> None:
    assert engine.people is not None
    taken = await engine.intake.accept(notification_of(ALERT))
    proposal = await seen(engine, taken.incidents[0], FixState.PROPOSED)
    approved = await engine.people.approve(proposal.id, "ann", proposal.digest)
    assert approved.decided is Decided.DONE
    await seen(engine, taken.incidents[0], FixState.SETTLING)
    await asyncio.wait_for(board.begun.wait(), PATIENCE)
    assert (await engine.people.revert(proposal.id, "ann")).decided is Decided.DONE
    ended = await seen(engine, taken.incidents[0], FixState.ENDED)
    assert board.shown == []
    board.hold.set()
    async with asyncio.timeout(PATIENCE):
        while not board.shown or board.shown[-1].ends is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    assert [one.tag for one in board.shown] == [f"fix:{ended.id}"] * 2
    assert (board.shown[0].ends, board.shown[1].ends) == (None, ended.ended_at)
