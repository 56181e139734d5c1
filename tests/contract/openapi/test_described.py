"""The description is whole, and the views are what it says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.routing import Route

from responder.app import configured, web_app
from responder.clients.http import Http
from responder.domain.durations import UNITS
from responder.domain.ids import new_fix_id, new_incident_id
from responder.domain.incident import Event, EventKind
from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.domain.report import Report
from responder.engine.reading import Details
from responder.playbook.codec import report_to_json
from responder.policy.gates import Refusal
from responder.settings import Settings
from responder.storage.reports import StoredReport
from responder.testing.clock import NOON
from responder.testing.samples import NOTICES
from responder.testing.samples.fixes import WITH_FIXES
from responder.web.asks import Muted
from responder.web.cursors import cursor_of
from responder.web.openapi.bodies import SILENCE
from responder.web.openapi.description import description
from responder.web.openapi.parameters import CURSOR, FIXES, INCIDENTS, LINES
from responder.web.openapi.rows import FIX, INCIDENT, ROWS
from responder.web.views import details, summary
from responder.web.webhook import PATH as WEBHOOK

WHOLE = description("1")
MANY = "500 alerts"
"""Has nothing that others don't have, and takes long to check."""


def fits(shape: str, shown: Any) -> None:
    """What is shown, as it travels, is what the schema of this name says."""
    schema = {"$ref": f"#/components/schemas/{shape}", "components": WHOLE["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(json.loads(json.dumps(shown)))


def routes_of(holder: Any) -> Iterator[Route]:
    for route in holder.routes:
        if isinstance(route, Route):
            yield route
        else:
            yield from routes_of(route.original_router)


async def test_every_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings(database={"url": f"sqlite:///{tmp_path}/responder.db"})
    async with Http() as http:
        app = web_app(configured(lambda: settings), http, [])
    routes = {
        f"{method} {one.path}" for one in routes_of(app) for method in (one.methods or set()) - {"HEAD"}
    }
    assert {row.at for row in ROWS} == routes | {f"POST {WEBHOOK}"}


def test_it_is_valid_openapi_as_far_as_references_and_names_go() -> None:
    text = json.dumps(WHOLE)
    operations = [one for path in WHOLE["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for part in text.split("#/components/schemas/")[1:]:
        assert part.partition('"')[0] in WHOLE["components"]["schemas"]
    for path, methods in WHOLE["paths"].items():
        for operation in methods.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert all(f"{{{name}}}" in path for name in named)
            assert len(named) == path.count("{")
            assert {scheme for one in operation["security"] for scheme in one} <= set(
                WHOLE["components"]["securitySchemes"]
            )


@pytest.mark.parametrize("name", [name for name in (*NOTICES, *WITH_FIXES) if name != MANY])
def test_incidents_reports_and_fixes_are_shown_as_described(name: str) -> None:
    notice = {**NOTICES, **WITH_FIXES}[name]()
    incident, report = notice.incident, notice.report
    found = Details(
        incident=incident,
        report=_stored(report) if report else None,
        deliveries=tuple(
            Delivery(
                about=incident.id, notifier="slack", state=state, notice=1, receipt=Receipt(data={"ts": "1"})
            )
            for state in DeliveryState
        ),
        fixes=tuple(replace(one, refusal=one.refusal and Refusal.MODE) for one in notice.fixes),
        timeline=tuple(Event(seq=1, kind=kind, at=NOON, text="x") for kind in EventKind),
        kin=notice.kin,
    )
    fits("IncidentDetails", details(found))
    fits("IncidentSummary", summary(incident))
    if report:
        fits("Report", json.loads(report_to_json(report)))


def _stored(report: Report) -> StoredReport:
    return StoredReport(
        incident=report.incident,
        revision=report.revision,
        complete=report.complete,
        made_at=report.made_at,
        body=report_to_json(report),
    )


def test_nothing_is_left_out_of_a_shape() -> None:
    """Each shape but those that say so has exactly its members: one that is missing would be told."""
    shown = summary(NOTICES[next(iter(NOTICES))]().incident)
    with pytest.raises(jsonschema.ValidationError):
        fits("IncidentSummary", {**shown, "more": 1})
    shown.pop("alert")
    with pytest.raises(jsonschema.ValidationError):
        fits("IncidentSummary", shown)


def is_right(schema: Any, value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_handed_out_is_right_where_it_is_taken(at: datetime) -> None:
    """Ids and cursors, whenever they are made."""
    incident, fix = new_incident_id(at), new_fix_id(at)
    named = {
        parameter["name"]: parameter
        for parameter in (*INCIDENTS, *FIXES, *LINES)
        if parameter["name"] in {"incident", "fix"}
    }
    assert is_right(INCIDENT["schema"], incident)
    assert is_right(FIX["schema"], fix)
    assert is_right(named["incident"]["schema"], incident)
    assert is_right(named["fix"]["schema"], fix)
    assert is_right(CURSOR["schema"], cursor_of((at, incident)))


DIGITS = st.text("0123456789٣", min_size=1, max_size=6)
WRITTEN = st.lists(st.tuples(DIGITS, st.sampled_from(list(UNITS))), max_size=4, unique_by=lambda two: two[1])


def in_order(parts: list[tuple[str, str]]) -> str:
    units = list(UNITS)
    return "".join(number + unit for number, unit in sorted(parts, key=lambda two: units.index(two[1])))


@pytest.mark.parametrize(
    "written", ["1w", "1d2h", "2h0m", "60s", "120m", "6d23h59m", "01h", "0y1h", "60000ms"]
)
def test_durations_that_are_taken_are_described(written: str) -> None:
    assert Muted(duration=written).lasts
    assert is_right(SILENCE["content"]["application/json"]["schema"], {"duration": written})


@given(WRITTEN.map(in_order) | st.text("0123456789ywdhms ", max_size=45))
def test_a_duration_is_taken_if_it_is_as_described_and_not_too_short_or_long(written: str) -> None:
    described = is_right(SILENCE["content"]["application/json"]["schema"], {"duration": written})
    try:
        Muted(duration=written)
    except ValidationError as error:
        (mistake,) = error.errors()
        assert not described or "lasts from 1 minute to 7 days" in mistake["msg"]
    else:
        assert described
