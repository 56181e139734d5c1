"""An incident as a plain page: read on a phone, without script, in the dark. Pure.

The pages load nothing and run nothing. Their one style carries the nonce of the answer's policy:
`default-src 'none'; style-src 'nonce-…'`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from responder.domain.incident import Event, EventKind
from responder.domain.notice import Delivery, Notice
from responder.domain.report import Finding, FindingState
from responder.render.chart import chart
from responder.render.fix_records import never_taken, records
from responder.render.limits import clean, people
from responder.render.lines import Part, To
from responder.render.pages import render
from responder.render.table import Table, table
from responder.render.text import lock_screen, message_lines
from responder.render.view import View, headline, view

ROWS_SHOWN: Final = 50
WORST_SHOWN: Final = 5
"""Of the alerts; the others are folded, so that the causes are near."""
ALERTS_SHOWN: Final = 200

FIRST_SCREEN: Final = tuple(p for p in Part if p not in {Part.HEADLINE, Part.LINKS, Part.ALERT})

TIMELINE: Final[Mapping[EventKind, str]] = {
    EventKind.OPENED: "opened",
    EventKind.ALERT_JOINED: "an alert joined",
    EventKind.ALERT_RETURNED: "an alert fires again",
    EventKind.ALERT_RESOLVED: "an alert resolved",
    EventKind.STATUS_CHANGED: "an alert's status changed",
    EventKind.SEVERITY_RAISED: "severity rose",
    EventKind.INVESTIGATION_ASKED: "an investigation was asked for",
    EventKind.INVESTIGATED: "investigated",
    EventKind.TAKEN: "taken",
    EventKind.RELEASED: "nobody has it any longer",
    EventKind.PAGE_RESOLVED: "its page was resolved in PagerDuty",
    EventKind.PAGE_REOPENED: "its page is open again in PagerDuty",
    EventKind.CLOSED: "all alerts resolved",
    EventKind.ENDED: "how it ended was measured",
    EventKind.CAME_BACK: "came back",
    EventKind.FLAPPING: "flapping: told once until it was quiet for 30 min",
    EventKind.ENDED_GONE: "ended, but not because it got better",
    EventKind.FIX_APPROVED: "a quick fix was approved",
    EventKind.FIX_REJECTED: "a quick fix was rejected",
    EventKind.FIX_REFUSED: "a quick fix was refused",
    EventKind.FIX_APPLIED: "a quick fix was applied",
    EventKind.FIX_VERIFIED: "the quick fix works",
    EventKind.FIX_DID_NOT_WORK: "the quick fix did not work",
    EventKind.FIX_EXTENDED: "the quick fix was extended",
    EventKind.FIX_ENDS_SOON: "the quick fix ends soon",
    EventKind.FIX_UNDO_WAITS: "undoing the quick fix waits",
    EventKind.FIX_NOT_UNDONE: "the quick fix could not be undone yet",
    EventKind.FIX_UNDONE: "the quick fix was undone",
    EventKind.FIX_FAILED: "the quick fix failed",
    EventKind.FIX_SUPERSEDED: "the quick fix is over: the value is somebody else's",
    EventKind.SILENCE_ASKED: "a silence was asked for",
    EventKind.SILENCED: "silenced",
    EventKind.SILENCE_FAILED: "could not be silenced",
    EventKind.SILENCE_END_ASKED: "its silence is to end, says",
    EventKind.SILENCE_ENDED: "its silence was ended",
    EventKind.SILENCE_NOT_ENDED: "its silence could not be ended",
    EventKind.FALSE_ALARM: "called a false alarm",
}


def incident_page(
    notice: Notice, events: Sequence[Event] = (), deliveries: Sequence[Delivery] = (), *, nonce: str = ""
) -> str:
    """The page of one incident.

    Args:
        notice: the incident as it is now, with its newest report.
        events: its timeline, oldest first.
        deliveries: how far each notifier is.
        nonce: of the style; the answer's Content-Security-Policy must name it.
    """
    seen = view(notice)
    lines = message_lines(notice)
    return render(
        "incident.html.j2",
        nonce=nonce,
        seen=seen,
        title=lock_screen(notice),
        first=[line for line in lines if line.part in FIRST_SCREEN],
        links=[
            span for line in lines if line.part is Part.LINKS for span in line.spans if isinstance(span, To)
        ],
        what=headline(seen.worst),
        chart=chart(seen.reading),
        fixes=records(seen),
        never_taken=never_taken(seen),
        findings=[(f, _rows(f)) for f in (seen.report.findings if seen.report else ())],
        timeline=_timeline(seen, events),
        deliveries=deliveries,
        worst=seen.alerts[:WORST_SHOWN],
        others=seen.alerts[WORST_SHOWN:ALERTS_SHOWN],
        alerts_left_out=max(0, len(seen.alerts) - ALERTS_SHOWN),
    )


def incidents_page(notices: Sequence[Notice], *, older: str = "", nonce: str = "") -> str:
    """The list of incidents, in the order given: a line and a link each; `older` leads to those before."""
    rows = [(lock_screen(n), n.page_url or f"/incidents/{n.incident.id}", n.incident) for n in notices]
    return render("incidents.html.j2", nonce=nonce, rows=rows, older=older)


def _rows(finding: Finding) -> Table | None:
    measured = finding.state is FindingState.MEASURED and bool(finding.rows)
    return table(finding, ROWS_SHOWN) if measured else None


def _timeline(seen: View, events: Sequence[Event]) -> list[tuple[datetime, str, str]]:
    """When, what, and about what; an event about one alert names it by its headline."""
    named = {alert.fingerprint: headline(alert) for alert in seen.alerts}
    return [
        (
            e.at,
            TIMELINE.get(e.kind, e.kind.replace("_", " ")),
            named.get(e.text) or clean(people(e.text), 200),
        )
        for e in events
    ]
