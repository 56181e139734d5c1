"""What changed in the two hours before, which leases are in force and which related alerts are active."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from responder.domain.report import WHOLE, Change, Finding, Lease, Row, Scalar
from responder.domain.units import Unit, quantity
from responder.playbook.answers import Found
from responder.playbook.diagnostic import Diagnostic, seconds
from responder.playbook.model import Playbook, change_of
from responder.playbook.texts import Measured, Placeholder, filled, short
from responder.playbook.words import of_row

MOST: Final = 10
RECENTLY: Final = "2h"


def changes(playbook: Playbook, found: Found, *, several: bool) -> tuple[Change, ...]:
    """What changed, the newest first, what has no time last.

    Args:
        playbook: the one that was asked.
        found: the answers.
        several: the incident has several alerts, so each change says whom it is about.
    """
    all_of_them = [
        Change(at=at, text=_about(row, several=several) + text)
        for diagnostic, finding in _measured(playbook, found)
        for row in finding.rows
        for at, text in _changed(diagnostic, finding, row, found.now)
    ]
    unique = {change.text: change for change in all_of_them}.values()
    dated = sorted((c for c in unique if c.at), key=lambda c: c.at or found.now, reverse=True)
    return (*dated, *(c for c in unique if not c.at))[:MOST]


def leases(playbook: Playbook, found: Found) -> tuple[Lease, ...]:
    """The quick fixes in force at Hypertool, each once."""
    in_force = {
        lease.resource: lease
        for diagnostic, finding in _measured(playbook, found)
        for row in finding.rows
        if row.values.get("leased") is True and (lease := _lease(diagnostic, row))
    }
    return tuple(in_force.values())


def related(playbook: Playbook, found: Found) -> tuple[str, ...]:
    """Names of related alerts that are active now."""
    names = (
        row.labels["alertname"]
        for diagnostic, finding in _measured(playbook, found)
        if diagnostic.kind == "alerts"
        for row in finding.rows
        if row.labels.get("alertname")
    )
    return tuple(dict.fromkeys(names))


def _measured(playbook: Playbook, found: Found) -> Iterator[tuple[Diagnostic, Finding]]:
    for diagnostic in playbook.diagnostics:
        finding = found.finding(diagnostic.id)
        if finding is not None:
            yield diagnostic, finding


def _changed(
    diagnostic: Diagnostic, finding: Finding, row: Row, now: datetime
) -> Iterator[tuple[datetime | None, str]]:
    if text := change_of(diagnostic):
        words = filled(text, lambda placeholder: _of_row(placeholder, row, finding))
        if words is not None:
            yield None, words
    span = timedelta(seconds=seconds(getattr(diagnostic, "recent", RECENTLY)))  # a key of the kind `control`
    if (at := _moment(row.values.get("changed_at"))) and now - at <= span:
        yield at, _knob(diagnostic, row)
    if (at := _moment(row.values.get("started_at"))) and now - at <= span:
        yield at, "Hypertool was started"


def _of_row(placeholder: Placeholder, row: Row, finding: Finding) -> Measured | None:
    return of_row(row, placeholder.name, finding)


def _knob(diagnostic: Diagnostic, row: Row) -> str:
    """Who set it to what and why: Budget set to 1200 tokens by alice: end of quarter."""
    values = row.values
    if isinstance(values.get("connected"), bool):
        words = f"{diagnostic.title}: {'made' if values['connected'] else 'lost'}"
        why = str(values.get("reason") or "").replace("_", " ")
        return words + (f" ({short(why)})" if why else "")
    words = f"{diagnostic.title} set to {_value(values.get('value'), diagnostic.unit)}"
    if values.get("at_default") is True:
        words += " (its default)"
    if who := values.get("changed_by"):
        words += f" by {short(str(who))}"
    return words + (f": {short(str(values['reason']))}" if values.get("reason") else "")


def _value(value: Scalar, unit: Unit | None) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return quantity(value, unit or Unit.COUNT)
    return short(str(value))


def _about(row: Row, *, several: bool) -> str:
    if not several or row.subject == WHOLE:
        return ""
    return " ".join(short(value) for _, value in row.subject) + ": "


def _lease(diagnostic: Diagnostic, row: Row) -> Lease:
    resource = str(getattr(diagnostic, "resource", diagnostic.id))  # a key of the kind `control`
    for name, value in row.subject:
        resource = resource.replace(f"${{{name}}}", value)
    return Lease(
        resource=resource,
        value=row.values.get("value"),
        before=row.values.get("lease_before"),
        expires_at=_moment(row.values.get("lease_expires_at")),
    )


def _moment(value: Scalar) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return datetime.fromtimestamp(value, UTC)
