"""Quick fixes that a server told of, as people read them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from responder.cli.output import short_time
from responder.domain.clock import instant
from responder.domain.fix import Change, Fix, FixEnd, FixKind, FixState
from responder.policy.gates import words_of
from responder.render.fix_words import ARROW, STATES, change_words, end_words, lasts_words, refusal_words
from responder.render.limits import cut
from responder.render.table import scalar

COLUMNS: Final = ("ID", "INCIDENT", "STATE", "FIX", "CHANGE", "UNTIL", "TARGET")
STATE_LONGEST: Final = 60
"""Columns of a fix's state in the list: how a far side refused it stands with the fix itself."""
LABEL: Final = 10
"""Columns of what stands before a line."""


def fix_of(one: dict[str, Any]) -> Fix:
    """The fix that the server told of, as renderers read it."""
    return Fix(
        id=one["id"],
        incident=one["incident"],
        alert_name=one["alert"],
        fix=one["quick_fix"],
        title=one["title"],
        about=one["about"],
        kind=FixKind(one["kind"]),
        labels=one["labels"],
        change=Change(
            action=one["action"],
            target=one["target"],
            before=one["from"],
            after=one["to"],
            unit=one["unit"],
        ),
        lasts=timedelta(seconds=one["lasts_seconds"]),
        cause=one["cause"],
        answers=one["answers"],
        playbook=one["playbook"],
        why=one["why"],
        buys=one["buys"],
        evidence=tuple(one["evidence"]),
        refusal=one["refusal"],
        state=FixState(one["state"]),
        attempt=one["attempts"],
        proposed_at=instant(one["proposed_at"]),
        due_at=_moment(one["open_until"]),
        approved_by=one["approved_by"],
        approved_at=_moment(one["approved_at"]),
        applied_at=_moment(one["applied_at"]),
        expires_at=_moment(one["until"]),
        verified_at=_moment(one["verified_at"]),
        measured_before=one["measured_before"],
        measured_after=one["measured_after"],
        waits_since=_moment(one["waits_since"]),
        ends_as=FixEnd(one["ends_as"]) if one["ends_as"] else None,
        end=FixEnd(one["outcome"]) if one["outcome"] else None,
        end_text=one["outcome_text"],
        ended_at=_moment(one["ended_at"]),
    )


def fixes_table(listed: list[dict[str, Any]]) -> Table:
    """One line a fix."""
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column)
    for one in listed:
        fix = fix_of(one)
        until = short_time(one["until"] or "") if fix.state is not FixState.ENDED else ""
        named = Text(f"{fix.fix} ({fix.alert_name})")
        state = Text(cut(_state(fix), STATE_LONGEST))
        row = (fix.id, fix.incident, state, named, Text(change_words(fix)), until)
        table.add_row(*row, Text(fix.change.target))
    return table


def fix_lines(one: dict[str, Any]) -> Iterator[Text]:
    """What it sets, until when, what that buys and why, what stands against it, and how far it is."""
    fix = fix_of(one)
    yield Text(f"{fix.title} ({fix.id})", style="bold")
    lasts = lasts_words(fix)
    said = {
        "Sets": change_words(fix) or "nothing: it is done once",
        "Target": fix.change.target,
        "Until": _until(one, lasts),
        "Buys": fix.buys,
        "Why": fix.why,
        "Evidence": "; ".join(fix.evidence),
        "Incident": f"{fix.incident} {fix.alert_name}",
        "State": _state(fix) + _open_until(one),
        "Refused": refusal_words(fix) if fix.state is FixState.PROPOSED else "",
        "Approved": f"by {fix.approved_by}" if fix.approved_by else "",
        "Measured": _measured(fix),
    }
    for label, text in said.items():
        if text:
            yield Text.assemble((f"{label:<{LABEL}}", "dim"), text)


def line_row(line: dict[str, Any]) -> tuple[str | Text, ...]:
    """When, who, what, and which value to which; a line of the audit log."""
    after = line.get("to")
    change = f"{scalar(line['from'])}{ARROW}{scalar(after)}" if after is not None else ""
    against = f"; would be refused: {words_of(line['refusal'])}" if line.get("refusal") else ""
    return (
        short_time(line["at"]),
        Text(line["by"]),
        line["happened"].replace("_", " "),
        Text(change),
        Text(line["text"] + against),
    )


def _state(fix: Fix) -> str:
    if fix.state is FixState.PROPOSED and fix.refusal:
        return "refused"
    return end_words(fix, None) if fix.end else STATES[fix.state]


def _open_until(one: dict[str, Any]) -> str:
    return f", may be approved until {short_time(one['open_until'])} UTC" if one["open_until"] else ""


def _until(one: dict[str, Any], lasts: str) -> str:
    if one["until"]:
        waits = "; undoing waits, for it would bring the alert back" if one["waits_since"] else ""
        return f"{short_time(one['until'])} UTC{waits}"
    if not lasts or one["kind"] != FixKind.LEASE:
        return ""
    return f"{lasts} after it is applied"


def _measured(fix: Fix) -> str:
    """The measure's number when it was applied, and after; the units stand in the incident's report."""
    if fix.measured_before is None and fix.measured_after is None:
        return ""
    return f"{scalar(fix.measured_before)}{ARROW}{scalar(fix.measured_after)}"


def _moment(text: str | None) -> datetime | None:
    return instant(text) if text else None
