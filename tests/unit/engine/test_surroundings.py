"""What an explanation has besides answers: the silences that mute its alerts, and where the runbook is."""

from datetime import UTC, datetime

import pytest

from responder.clients.alertmanager_answers import Matcher, SilenceRecord
from responder.domain.incident import opened
from responder.engine.surroundings import Surroundings, mutes
from responder.playbook.context import Context
from responder.testing.clock import ManualClock
from responder.testing.engine import alert_of

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
