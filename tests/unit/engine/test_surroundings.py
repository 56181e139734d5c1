"""What an explanation has besides answers: the silences that mute its alerts, and where the runbook is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from responder.clients.alertmanager_answers import Matcher, SilenceRecord
from responder.domain.fix import FixEnd, FixState, proposed
from responder.domain.incident import Incident, opened
from responder.engine.desk import Desk
from responder.engine.fixing.ledger import Ledger
from responder.engine.surroundings import Surroundings, mutes
from responder.playbook.context import Context
from responder.storage import incidents
from responder.testing.clock import ManualClock
from responder.testing.engine import alert_of
from responder.testing.fixes import a_lease

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LABELS = {"alertname": "TokenBudgetExceeded", "persona": "backend-engineer"}


@pytest.mark.parametrize(
    ("matchers", "muted"),
    [
        ([Matcher("alertname", "TokenBudgetExceeded")], True),
        # every matcher must match
        ([Matcher("alertname", "TokenBudgetExceeded"), Matcher("persona", "data-scientist")], False),
        # a regex is anchored
        ([Matcher("persona", "backend", is_regex=True)], False),
        ([Matcher("persona", "backend.*", is_regex=True)], True),
        # the negative ones
        ([Matcher("persona", "data-scientist", is_equal=False)], True),
        ([Matcher("persona", "back.*", is_regex=True, is_equal=False)], False),
        # a label that isn't there is empty
        ([Matcher("team", "")], True),
        ([Matcher("team", "ops", is_equal=False)], True),
        # Go's syntax that Python does not read mutes nothing instead of failing
        ([Matcher("persona", r"\pN[[:word:]", is_regex=True)], False),
    ],
)
def test_matchers_match_as_alertmanagers_do(matchers: list[Matcher], *, muted: bool) -> None:
    silence = SilenceRecord(
        id="1",
        created_by="ana",
        comment="rolling out",
        ends_at=NOON,
        state="active",
        starts_at=NOON,
        matchers=tuple(matchers),
    )
    assert mutes(silence, [LABELS]) is muted


@pytest.mark.parametrize(
    ("configured", "linked"),
    [
        ("", "https://responder.example.org/runbook?until=1"),                         # our own page
        ("https://wiki.example.org/hypertool", "https://wiki.example.org/hypertool"),  # the site's wins
    ],
)  # fmt: skip
async def test_messages_link_our_own_runbook_where_the_site_has_none(configured: str, linked: str) -> None:
    addresses = Context(runbook_url=configured)
    around = Surroundings(
        addresses, None, None, ManualClock(), lambda: "https://responder.example.org/runbook?until=1"
    )
    context = await around.of(opened("k7m2wq9p", [alert_of()], NOON).incident)
    assert context.runbook_url == linked


async def test_an_alert_that_fires_again_after_a_leases_end_leads_back_to_its_incident(desk: Desk) -> None:
    """On both databases: the lease of an incident before, and the new one, which is another."""
    alert = alert_of(name=LABELS["alertname"], persona=LABELS["persona"], start=NOON)
    before = opened("p3xw8rtn", [alert], NOON).incident
    now = opened("k7m2wq9p", [replace(alert, starts_at=NOON + timedelta(minutes=32))], NOON).incident
    over = {"state": FixState.ENDED, "end": FixEnd.EXPIRED, "ended_at": NOON + timedelta(minutes=20)}
    lease = a_lease(incident=before.id, labels=LABELS, applied_at=NOON, due_at=None, **over)
    with desk.work() as work:
        incidents.insert(work.connection, opened(before.id, [alert], NOON))
        Ledger(desk).keep(work, proposed(lease))

    def page(of: Incident) -> str:
        return f"https://responder.example.org/incidents/{of.id}"

    around = Surroundings(Context(), None, desk.database, desk.clock, page_url=page)
    back = (await around.of(now)).came_back
    assert back is not None
    assert back.fires_since - back.ended_at == timedelta(minutes=12)
    assert (back.title, back.incident, back.url) == (lease.title, "p3xw8rtn", page(before))
    again = (await around.of(replace(before, alerts=now.alerts))).came_back
    assert again is not None
    assert (again.incident, again.url) == ("p3xw8rtn", "")
    assert (await around.of(before)).came_back is None


async def test_an_alert_that_began_in_the_year_1_is_looked_back_for(desk: Desk) -> None:
    """So it is where whoever sends it writes Go's zero time."""
    zero = alert_of(name=LABELS["alertname"], start=datetime.min.replace(tzinfo=UTC))
    around = Surroundings(Context(), None, desk.database, desk.clock)
    assert (await around.of(opened("k7m2wq9p", [zero], NOON).incident)).came_back is None
