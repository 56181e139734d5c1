"""Has proposals made anew when what they were made in has changed.

That is event by event; what nobody tells of, such as a value that was changed by hand at Hypertool, is looked
at whenever the incident's measure is.
"""

from datetime import datetime

from responder.engine import orders
from responder.engine.desk import Work
from responder.storage import fixes, incidents


def propose_for(work: Work, incident: str, now: datetime) -> None:
    """Propose for this incident as things are now, while it lasts."""
    found = incidents.load(work.connection, incident)
    if found is not None and found.open:
        work.order([orders.propose(found.id, found.revision, _again(now))])


def propose_everywhere(work: Work, now: datetime, incident: str = "") -> None:
    """The same wherever something is proposed: what holds elsewhere decides what may be approved here.

    With an incident only there; what is proposed in the same words is left alone.
    """
    waiting = fixes.proposed_in(work.connection, incident)
    work.order(orders.propose(incident, revision, _again(now)) for incident, revision in waiting)


def propose_at(work: Work, incident: str, revision: int, now: datetime, at: datetime) -> None:
    """The same when a time is over, ordered once for each such time."""
    delay = max(0.0, (at - now).total_seconds())
    work.order([orders.propose(incident, revision, _again(at), delay=delay)])


def _again(at: datetime) -> int:
    """A number for the order that no other moment has: milliseconds."""
    return int(at.timestamp() * 1000)
