"""The API on quick fixes: who may decide, what a decision is bound to, and what is answered to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from responder import metrics
from responder.diagnose.registry import specs
from responder.domain import fix as moves
from responder.domain.access import May
from responder.domain.fix import Fix, FixMode, FixState
from responder.domain.ids import new_fix_id, new_notification_id
from responder.engine.desk import Desk
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.parts import FixParts
from responder.engine.fixing.people import People
from responder.engine.fixing.reading import FixReading
from responder.engine.reading import Reading
from responder.engine.take_in import take_in
from responder.playbook.load import load
from responder.policy.gates import Limits, Refusal
from responder.resources import resource_dir
from responder.storage.database import Database
from responder.storage.migrate import migrate
from responder.storage.tables import audit, events
from responder.storage.tables import fixes as stored
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of
from responder.testing.fixes import a_lease
from responder.testing.fixing import StandInKnob
from responder.web import api, fixes
from responder.web.access import Access, Token
from responder.web.problem import speak_problems

ADA: Final = {"Authorization": "Bearer ada-secret"}
BOB: Final = {"Authorization": "Bearer bob-secret"}
READER: Final = {"Authorization": "Bearer reader-secret"}
TOKENS: Final = (
    Token("ada", "ada-secret", May.APPROVE),
    Token("bob", "bob-secret", May.ADMIN),
    Token("reader", "reader-secret", May.READ),
)
ALERT: Final = alert_of(name="TokenBudgetExceeded", persona="data-scientist")
DECISIONS: Final = ("approve", "reject", "revert", "extend")
LONGER: Final = {"minutes": 30}


@dataclass
class Site:
    """An incident, what decides about its fixes, and a client of the API."""

    desk: Desk
    clock: ManualClock
    incident: str
    limits: Limits = field(default_factory=lambda: Limits(mode=FixMode.APPROVE))

    def __post_init__(self) -> None:
        playbooks, knob = load(resource_dir("playbooks"), specs()), StandInKnob(self.clock, firing=[ALERT])
        self.parts = FixParts(
            actions={"control": knob},
            measurer=knob,
            playbooks=lambda: playbooks,
            limits=lambda: self.limits,
            source=knob,
        )
        self.ledger = Ledger(self.desk)
        self.reading = FixReading(self.desk)

    def client(self, tokens: tuple[Token, ...] = TOKENS, *, applies: bool = True) -> httpx.AsyncClient:
        app, access = FastAPI(), Access(tokens)
        speak_problems(app)
        people = People(self.desk, self.parts, self.ledger) if applies else None
        app.include_router(fixes.router(self.reading, people, access))
        app.include_router(api.router(Reading(self.desk), access))
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1", headers=ADA)

    def propose(self, **changes: Any) -> Fix:
        """A proposal, a second after the one before."""
        self.clock.forward(seconds=1)
        now = self.clock()
        made = a_lease(
            id=new_fix_id(now),
            incident=self.incident,
            state=FixState.PROPOSED,
            proposed_at=now,
            due_at=now + timedelta(hours=1),
            approved_by="",
            approved_at=None,
            expires_at=None,
        )
        return self.keep(moves.proposed(replace(made, **changes)))

    def hold(self, proposal: Fix) -> Fix:
        """The same, a minute after it was approved: it works and is in force."""
        now, minute = self.clock(), timedelta(minutes=1)
        fix = self.keep(moves.approved(proposal, "ada", now))
        fix = self.keep(moves.intended(fix, now, -50.0, minute))
        fix = self.keep(moves.applied(fix, now, minute))
        self.clock.forward(minutes=1)
        return self.keep(moves.verified(fix, self.clock(), 450.0, minute))

    def keep(self, moved: moves.Moved) -> Fix:
        with self.desk.work() as work:
            return self.ledger.keep(work, moved)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    database, clock = Database(database_url), ManualClock()
    await asyncio.to_thread(migrate, database)
    desk = Desk(database, Orders(), clock, ())
    with desk.work() as work:
        taken = take_in(desk, work, new_notification_id(clock()), notification_of(ALERT))
    yield Site(desk, clock, taken.incidents[0])
    database.close()


async def test_an_approval_is_written_down_under_the_name_of_its_token(site: Site) -> None:
    proposal = site.propose()
    async with site.client() as client:
        answer = await client.post(f"/fixes/{proposal.id}/approve", json={"digest": proposal.digest})
        assert answer.status_code == 200
        assert (answer.json()["fix"]["state"], answer.json()["fix"]["approved_by"]) == ("approved", "ada")
        lines = (await client.get(f"/fixes/{proposal.id}", headers=READER)).json()["audit"]
    assert [(line["happened"], line["by"]) for line in lines] == [
        ("proposed", "responder"),
        ("approved", "ada"),
    ]


async def test_without_a_digest_what_there_is_now_is_approved(site: Site) -> None:
    proposal = site.propose()
    async with site.client() as client:
        assert (await client.post(f"/fixes/{proposal.id}/approve")).status_code == 200


async def test_what_was_not_shown_is_not_approved(site: Site) -> None:
    proposal = site.propose()
    async with site.client() as client:
        answer = await client.post(f"/fixes/{proposal.id}/approve", json={"digest": "0" * 16})
    assert (answer.status_code, answer.json()["reason"]) == (409, "changed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await site.reading.newest(state=FixState.PROPOSED, incident="", limit=1)).fixes


async def test_of_two_who_approve_at_once_one_is_first_and_the_other_is_told_who(site: Site) -> None:
    proposal = site.propose()
    async with site.client() as client:
        path = f"/fixes/{proposal.id}/approve"
        answers = await asyncio.gather(
            *(client.post(path, headers=who) for who in (ADA, BOB)),
        )
        lines = (await client.get("/audit", params={"fix": proposal.id})).json()["lines"]
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (first,) = [line["by"] for line in lines if line["happened"] == "approved"]
    (told,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert told["reason"] == "too_late"
    assert f"approved by {first}" in told["detail"]
    assert told["fix"]["approved_by"] == first


@pytest.mark.parametrize(
    ("tokens", "headers", "status", "reason"),
    [
        ((), {}, 403, "nobody_may_approve"),  # none configured means nobody, on loopback too
        ((), ADA, 403, "nobody_may_approve"),
        (TOKENS, {"Authorization": ""}, 401, "unauthorized"),
        (TOKENS, {"Authorization": "Bearer nonsense"}, 401, "unauthorized"),
        (TOKENS, READER, 403, "forbidden"),
    ],
)
async def test_only_who_may_decides(
    site: Site, tokens: tuple[Token, ...], headers: dict[str, str], status: int, reason: str
) -> None:
    proposal = site.propose()
    paths = [f"/fixes/{proposal.id}/{decision}" for decision in DECISIONS]
    async with site.client(tokens) as client:
        for path in (*paths, "/fixes/pause", "/fixes/resume"):
            answer = await client.post(path, headers=headers, json=LONGER)
            assert (answer.status_code, answer.json()["reason"]) == (status, reason), path
    (found,) = (await site.reading.newest(state=None, incident="", limit=9)).fixes
    assert found == proposal
    assert not (await site.reading.newest(state=None, incident="", limit=1)).breaker.open


async def test_a_token_is_not_needed_to_look_on_loopback(site: Site) -> None:
    proposal = site.propose()
    async with site.client(()) as client:
        for path in ("/fixes", f"/fixes/{proposal.id}", "/audit"):
            assert (await client.get(path, headers={"Authorization": ""})).status_code == 200


@pytest.mark.parametrize(
    ("decision", "body"),
    [
        ("extend", b'{"minutes": 0}'),
        ("extend", b'{"minutes": 1441}'),
        ("extend", b'{"minutes": NaN}'),
        ("extend", b""),  # by how much?
        ("reject", b'{"why": "%s"}' % (b"x" * 501)),
        ("revert", b'["why"]'),
        ("approve", b'{"digest": 3}'),
        ("approve", b'{"who": "eve"}'),  # nobody's name comes from a body
        ("approve", b"{"),
    ],
)
async def test_a_body_that_says_nothing_we_know_changes_nothing(
    site: Site, decision: str, body: bytes
) -> None:
    proposal = site.propose()
    async with site.client() as client:
        answer = await client.post(f"/fixes/{proposal.id}/{decision}", content=body)
        assert (answer.status_code, answer.json()["reason"]) == (422, "wrong_shape")
        too_much = await client.post(f"/fixes/{proposal.id}/{decision}", content=b" " * (2**20 + 1))
        assert too_much.status_code == 413
        assert (await client.get(f"/fixes/{proposal.id}")).json()["state"] == "proposed"


@pytest.mark.parametrize("fix", ["nope", "23456789", "%00%00%00%00%00%00%00%00"])
async def test_what_is_not_there_is_not_found(site: Site, fix: str) -> None:
    async with site.client() as client:
        asked = [await client.post(f"/fixes/{fix}/{decision}", json=LONGER) for decision in ("extend",)]
        asked += [
            await client.post(f"/fixes/{fix}/{decision}") for decision in ("approve", "reject", "revert")
        ]
        asked.append(await client.get(f"/fixes/{fix}"))
    assert {answer.status_code for answer in asked} == {404}


async def test_a_rejection_keeps_why(site: Site) -> None:
    proposal = site.propose()
    async with site.client() as client:
        answer = await client.post(f"/fixes/{proposal.id}/reject", json={"why": "we \u0000deploy"})
        assert answer.json()["fix"]["outcome"] == "rejected"
        (line, _) = (await client.get("/audit")).json()["lines"]
        assert (line["happened"], line["by"], line["text"]) == ("rejected", "ada", "we \ufffddeploy")
        late = await client.post(f"/fixes/{proposal.id}/approve", headers=BOB)
    assert (late.status_code, late.json()["reason"]) == (409, "too_late")


async def test_a_lease_in_force_is_extended_by_minutes_and_ended_by_hand(site: Site) -> None:
    held = site.hold(site.propose())
    assert held.expires_at is not None
    async with site.client() as client:
        longer = (await client.post(f"/fixes/{held.id}/extend", json=LONGER)).json()["fix"]
        assert longer["until"] == "2026-03-02T13:00:01Z"
        assert longer["extended"] == 1
        again = await client.post(f"/fixes/{held.id}/extend", json={**LONGER, "extended": 0})
        assert (again.status_code, again.json()["reason"]) == (409, "too_late")
        assert again.json()["fix"]["until"] == longer["until"]
        day = await client.post(f"/fixes/{held.id}/extend", json={"minutes": 1440})
        assert (day.status_code, day.json()["reason"]) == (409, "refused")
        assert "24 h at most" in day.json()["detail"]
        ended = (await client.post(f"/fixes/{held.id}/revert", json={"why": "enough"})).json()["fix"]
    assert (ended["state"], ended["ends_as"]) == ("undoing", "reverted")


async def test_a_proposal_that_would_be_refused_says_why_and_is_not_approved(site: Site) -> None:
    proposal = site.propose(refusal=Refusal.COOLING_DOWN)
    async with site.client() as client:
        shown = (await client.get(f"/fixes/{proposal.id}")).json()
        assert (shown["refusal"], shown["open_until"]) == ("cooling_down", None)
        answer = await client.post(f"/fixes/{proposal.id}/approve")
    assert answer.status_code == 409
    assert answer.json()["detail"] == shown["refusal_text"] == "it was changed by a fix a short time ago"


async def test_what_was_proposed_before_fixes_were_turned_off_is_not_approved(site: Site) -> None:
    proposal = site.propose()
    site.limits = Limits(mode=FixMode.SUGGEST)
    async with site.client() as client:
        assert (await client.get("/fixes")).json()["mode"] == "suggest"
        answer = await client.post(f"/fixes/{proposal.id}/approve")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "fixes are not applied here (fixes.mode)",
    )


async def test_where_nothing_can_be_applied_it_says_what_to_set(site: Site) -> None:
    proposal = site.propose()
    async with site.client(applies=False) as client:
        for decision in ("approve", "reject", "revert"):
            answer = await client.post(f"/fixes/{proposal.id}/{decision}")
            assert (answer.status_code, answer.json()["reason"]) == (409, "mode")
            assert "set fixes.mode to approve" in answer.json()["detail"]
        assert (await client.post("/fixes/pause")).status_code == 409
        assert (await client.get("/fixes")).json()["mode"] is None


async def test_all_are_paused_and_resumed_by_name(site: Site) -> None:
    async with site.client() as client:
        paused = (await client.post("/fixes/pause", json={"why": "a release"})).json()
        assert paused == {"paused": True, "why": "a release", "by": "ada", "since": "2026-03-02T12:00:00Z"}
        assert (await client.get("/fixes", headers=READER)).json()["breaker"] == paused
        await client.post("/fixes/resume", headers=BOB)
        stands = (await client.get("/fixes")).json()["breaker"]
        lines = (await client.get("/audit")).json()["lines"]
    assert (stands["paused"], stands["by"]) == (False, "bob")
    assert [(line["happened"], line["by"], line["text"]) for line in lines] == [
        ("resumed", "bob", ""),
        ("paused", "ada", "a release"),
    ]


async def test_fixes_are_listed_by_state_and_incident_and_belong_to_their_incident(site: Site) -> None:
    first, second = site.propose(), site.propose()
    site.hold(first)
    async with site.client() as client:

        async def listed(**query: str) -> list[str]:
            return [fix["id"] for fix in (await client.get("/fixes", params=query)).json()["fixes"]]

        assert await listed() == [second.id, first.id]
        assert await listed(limit="1") == [second.id]
        assert await listed(state="in_force") == [first.id]
        assert await listed(incident=site.incident) == [second.id, first.id]
        assert await listed(incident="23456789") == []
        assert (await client.get("/fixes", params={"state": "odd"})).status_code == 400
        assert (await client.get("/fixes", params={"incident": "\0"})).status_code == 400
        of_it = (await client.get(f"/incidents/{site.incident}")).json()["fixes"]
    assert [fix["id"] for fix in of_it] == [first.id, second.id]


async def test_the_audit_log_is_read_page_by_page(site: Site) -> None:
    held = site.hold(site.propose())
    other = site.propose()
    async with site.client() as client:
        seen, before = [], None
        while True:
            query = {"limit": 2} | ({"before": before} if before else {})
            page = (await client.get("/audit", params=query)).json()
            seen += [(line["fix"], line["happened"]) for line in page["lines"]]
            before = page["before"]
            if before is None:
                break
        of_one = (await client.get("/audit", params={"fix": other.id})).json()["lines"]
    happened = ["verified", "applied", "intended", "approved", "proposed"]
    assert seen == [(other.id, "proposed"), *((held.id, one) for one in happened)]
    assert [(line["from"], line["to"], line["target"]) for line in of_one] == [
        (1700, 2200, "personas/data-scientist/budget")
    ]


async def test_the_metrics_tell_what_holds_and_whether_all_are_paused(site: Site) -> None:
    site.hold(site.propose())
    site.propose()
    async with site.client() as client:
        await client.post("/fixes/pause")
    metrics.BREAKER_OPEN.set(0)  # another replica's process
    await site.reading.show()
    assert metrics.REGISTRY.get_sample_value("responder_fixes_in_force") == 1
    assert metrics.REGISTRY.get_sample_value("responder_breaker_open") == 1


async def test_what_a_newer_version_wrote_is_shown_as_far_as_it_is_understood(site: Site) -> None:
    """While replicas are replaced one by one the older ones read what the newer ones keep."""
    proposal = site.propose(refusal="moon_is_full")
    with site.desk.work() as work:
        row = {"at": site.clock(), "fix": proposal.id, "incident": site.incident, "by": "ada"}
        body = '{"text": "", "measured_before": NaN}'
        work.connection.execute(audit.insert().values({**row, "happened": "foreseen", "body": body}))
        more = {"seq": 99, "kind": "foreseen", "at": site.clock(), "text": ""}
        work.connection.execute(events.insert().values({"incident": site.incident, **more}))
    async with site.client() as client:
        (shown,) = (await client.get("/fixes")).json()["fixes"]
        assert (shown["refusal"], shown["refusal_text"]) == ("moon_is_full", "moon is full")
        known = (await client.get(f"/incidents/{site.incident}")).json()["timeline"]
        assert "opened" in [line["kind"] for line in known]
        answer = await client.post(f"/fixes/{proposal.id}/approve")
        assert (answer.status_code, answer.json()["detail"]) == (409, "moon is full")
        (line, _) = (await client.get("/audit")).json()["lines"]
        assert (line["happened"], line["measured_before"]) == ("foreseen", None)


async def test_a_number_that_is_none_is_shown_as_none(site: Site) -> None:
    kept = site.hold(site.propose())
    with site.desk.work() as work:
        body = work.connection.scalar(sa.select(stored.c.body).where(stored.c.id == kept.id)) or ""
        holes = json.loads(body) | {"measured_after": float("nan"), "measured_before": float("inf")}
        holes["change"]["before"] = float("nan")
        work.connection.execute(stored.update().where(stored.c.id == kept.id).values(body=json.dumps(holes)))
    async with site.client() as client:
        for address in ("/fixes", f"/incidents/{site.incident}"):
            (shown,) = (await client.get(address)).json()["fixes"]
            assert (shown["measured_before"], shown["measured_after"], shown["from"]) == (None, None, None)
        assert (await client.post(f"/fixes/{kept.id}/revert")).status_code == 200
        (*_, line) = (await client.get(f"/fixes/{kept.id}")).json()["audit"]
        assert (line["happened"], line["measured_after"], line["to"]) == ("undo_intended", None, None)
    with site.desk.database.read() as connection:
        written = connection.scalars(sa.select(audit.c.body)).all()
    assert not [body for body in written if "NaN" in body or "Infinity" in body]
