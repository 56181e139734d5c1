"""A workspace whose buttons reach the responder's Slack side, and quick fixes to decide about."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import httpx
from fastapi import FastAPI

from responder.clients.slack import SlackClient
from responder.domain import fix as moves
from responder.domain.fix import Fix, FixMode, FixState
from responder.domain.ids import new_fix_id, new_notification_id
from responder.engine.asking import Asking
from responder.engine.desk import Desk
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.people import People
from responder.engine.take_in import take_in
from responder.policy.gates import Limits
from responder.render.blocks import Element, plain
from responder.render.buttons import APPROVE, EXTEND, OTHER, REJECT, REVERT, value_of
from responder.slackbot import SlackParts, router
from responder.storage import audit, fixes
from responder.testing.asked import AskedWorld
from responder.testing.clock import ManualClock
from responder.testing.engine import alert_of, notification_of
from responder.testing.fixes import a_lease
from responder.testing.fixing import StandInKnob
from responder.testing.loopback import serving
from responder.testing.slack import SECRET, TOKEN, Message, Workspace, create_app
from responder.web.problem import speak_problems

ANN: Final = "U0ANN"
BOB: Final = "U0BOB"
CHANNEL: Final = "C0ALERTS0"


@dataclass(slots=True)
class Clicking:
    """Both sides of it.

    Args:
        workspace: the stand-in for Slack.
        desk: where fixes are kept.
        clock: the time on both sides.
        approvers: who may; ann by default.
    """

    workspace: Workspace
    desk: Desk
    clock: ManualClock
    approvers: Sequence[str] = (ANN,)
    mode: FixMode = FixMode.APPROVE
    describes_only: bool = False
    secret: str | None = SECRET
    app_token: str | None = None
    introduced: bool = True
    """It knows whose workspace it is before anybody clicks: a click has less than a second for that."""
    asked: AskedWorld | None = None
    """Where given, slash commands are answered."""
    incident: str = ""
    message: Message | None = None
    url: str = field(default="", init=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve both, joined; the address of the stand-in."""
        async with (
            serving(create_app(self.workspace)) as slack_url,
            SlackClient(TOKEN, f"{slack_url}/api") as client,
            serving(self._app(client)) as self.url,
        ):
            self.workspace.interactive.request_url = f"{self.url}/slack/events"
            if self.introduced:
                await client.team_id()
            yield slack_url
            self.workspace.faults.clear()

    def _app(self, client: SlackClient) -> FastAPI:
        app = FastAPI()
        speak_problems(app)
        parts = SlackParts(
            slack=client,
            people=None if self.describes_only else self.people(),
            secret=lambda: self.secret,
            approvers=lambda: self.approvers,
            clock=self.clock,
            incidents=Asking(self.desk, mutes=True),
            commanding=self.asked.parts(client) if self.asked else None,
            app_token=self.app_token,
            api_url=client.api_url,
        )
        app.include_router(router(parts))
        return app

    def people(self) -> People:
        knob = StandInKnob(self.clock)
        parts = FixParts(
            actions={"control": knob},
            measurer=knob,
            playbooks=dict,
            limits=lambda: Limits(mode=self.mode),
            source=knob,
        )
        return People(self.desk, parts, Ledger(self.desk))

    def proposed(self, **changes: Any) -> Fix:  # noqa: ANN401 - fields of a fix
        """Keep a proposal."""
        now = self.clock()
        with self.desk.work() as work:
            if not self.incident:
                told = notification_of(alert_of(), at=now)
                taken = take_in(self.desk, work, new_notification_id(now), told)
                self.incident = taken.incidents[0]
            fresh = {
                "id": new_fix_id(now),
                "incident": self.incident,
                "state": FixState.PROPOSED,
                "approved_by": "",
                "approved_at": None,
                "expires_at": None,
                "proposed_at": now,
                "due_at": now + timedelta(hours=1),
            }
            return Ledger(self.desk).keep(work, moves.proposed(a_lease(**{**fresh, **changes})))

    def in_force(self) -> Fix:
        """Keep a lease that is in force for another half an hour."""
        fix, now = self.proposed(), self.clock()
        lasting = replace(fix, state=FixState.IN_FORCE, applied_at=now, expires_at=now + fix.lasts)
        with self.desk.work() as work:
            fixes.update(work.connection, lasting)
        return lasting

    def show(self, fix: Fix) -> None:
        """Post a message with all of a fix's buttons."""
        pressed = [_button(name, value_of(fix)) for name in (APPROVE, REJECT, REVERT, EXTEND)]
        self.post([*pressed, _button(OTHER, fix.incident)])

    def post(self, buttons: Sequence[Element]) -> None:
        """Post a message with these buttons."""
        channel = self.workspace.channel(CHANNEL)
        actions = {"type": "actions", "elements": list(buttons)}
        self.message = self.workspace.post(self.workspace.apps[0], channel, "a fix", [actions])

    async def press(self, web: httpx.AsyncClient, user: str, action: str, value: str) -> str:
        """What somebody hears after they pressed a button; empty: nothing."""
        before = len(self.workspace.interactive.whispers)
        ts = self.message.ts if self.message else ""
        order = {"channel": CHANNEL, "ts": ts, "user": user, "action_id": action, "value": value}
        answer = await web.post("/_stand-in/press", json=order)
        answer.raise_for_status()
        return " ".join(one.text for one in self.workspace.interactive.whispers[before:])

    async def write(self, web: httpx.AsyncClient, user: str, text: str) -> str:
        """What somebody hears at once after they wrote something in the channel; empty: nothing."""
        before = len(self.workspace.interactive.whispers)
        answer = await web.post("/_stand-in/command", json={"channel": CHANNEL, "user": user, "text": text})
        answer.raise_for_status()
        return " ".join(one.text for one in self.workspace.interactive.whispers[before:])

    def fix(self, fix: Fix) -> Fix:
        """How it stands now."""
        with self.desk.database.read() as connection:
            found = fixes.load(connection, fix.id)
        if found is None:
            raise LookupError(fix.id)
        return found

    def written(self, fix: Fix) -> list[tuple[str, str, str]]:
        """What the audit log says of it after the proposal: what happened, by whom, which words."""
        with self.desk.database.read() as connection:
            lines = audit.read(connection, fix=fix.id)
        return [(str(line.happened), line.by, str(line.what["text"])) for line in reversed(lines)][1:]


def _button(action: str, value: str) -> Element:
    return {"type": "button", "text": plain(action), "action_id": action, "value": value}
