"""What `why NAME` knows where a part of what it asks is away."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from fastapi import FastAPI

from responder.clients.http import Http
from responder.clients.hypertool import ControlApi
from responder.diagnose.clients import Clients
from responder.domain.alert import Notification
from responder.domain.errors import AdapterError, Reason, Unreachable
from responder.domain.fix import FixEnd, FixState
from responder.domain.report import FindingState
from responder.engine.commands.about import Inquiry
from responder.engine.desk import Desk
from responder.engine.take_in import Taken
from responder.storage import fixes
from responder.testing.engine import alert_of, notification_of
from responder.testing.fixes import a_lease
from responder.testing.loopback import serving

NAMES: Mapping[str, str] = {"persona": "backend-engineer", "workflow": "backend-engineer"}
DOWN = Unreachable("Prometheus", Reason.REFUSED, "connection refused")
BUDGET = "personas/backend-engineer/budget"


class Away:
    """A Prometheus that is down."""

    async def label_values(
        self, label: str, selectors: Sequence[str], *, start: datetime, end: datetime, within: float
    ) -> tuple[str, ...]:
        del label, selectors, start, end, within
        raise DOWN


@pytest.fixture
async def control() -> AsyncIterator[ControlApi]:
    """One knob, which somebody changed."""
    app = FastAPI()
    knob = {
        "resource": BUDGET,
        "value": 2500,
        "unit": "tokens",
        "default": 2000,
        "minimum": 0,
        "maximum": 20000,
    }
    changed = {"changed_at": "2026-03-02T11:00:00Z", "changed_by": "alice", "reason": "busy", "lease": None}
    app.add_api_route("/control/v1", lambda: {"resources": [BUDGET]})
    app.add_api_route(f"/control/v1/{BUDGET}", lambda: {**knob, **changed})
    async with serving(app) as url, Http() as http:
        yield ControlApi(http, url)


async def test_what_has_an_open_incident_is_told_without_prometheus(
    desk: Desk, take: Callable[[Notification], Taken]
) -> None:
    take(notification_of(alert_of(persona="backend-engineer")))
    about = await Inquiry(Clients(), Away(), desk).about(NAMES)
    assert (about.kind, [one.alert_name for one in about.incidents]) == ("persona", ["A"])
    assert {finding.state for finding in about.findings} == {FindingState.FAILED}


async def test_a_quick_fix_that_holds_for_it_is_told(
    desk: Desk, take: Callable[[Notification], Taken]
) -> None:
    (incident,) = take(notification_of(alert_of(persona="backend-engineer"))).incidents
    labels = {"persona": "backend-engineer"}
    ours = a_lease(incident=incident, state=FixState.IN_FORCE, labels=labels)
    other = replace(ours, id="f2", labels={"persona": "data-scientist"})
    elsewhere = replace(other, change=replace(other.change, target="personas/x/budget"))
    over = replace(ours, id="f3", state=FixState.ENDED, end=FixEnd.EXPIRED)
    with desk.database.write() as connection:
        for fix in (ours, elsewhere, over):
            fixes.insert(connection, fix)
    about = await Inquiry(Clients(), Away(), desk).about(NAMES)
    assert [fix.id for fix in about.fixes] == [ours.id]


async def test_what_has_knobs_is_told_without_prometheus(desk: Desk, control: ControlApi) -> None:
    about = await Inquiry(Clients(control=control), Away(), desk).about(NAMES)
    measured = {one.diagnostic: one for one in about.findings if one.state is FindingState.MEASURED}
    assert [row.values["value"] for row in measured["knobs"].rows] == [2500]
    assert len(about.findings) > len(measured)  # what Prometheus would have said has failed


async def test_of_what_nobody_else_knows_it_is_told_why_nothing_is_known(
    desk: Desk, control: ControlApi
) -> None:
    with pytest.raises(AdapterError) as failed:
        await Inquiry(Clients(control=control), Away(), desk).about({"persona": "nobody"})
    assert failed.value is DOWN
