"""The page that wakes somebody: how PagerDuty names it, and what people do to it there. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from responder.domain.incident import Absorbed, Event, EventKind, Incident

PEOPLE: Final = "pagerduty:"
"""How somebody of PagerDuty's is written down: "pagerduty:PXPGF42 (Ana Ruiz)"."""


ASSIGNED: Final = ", assigned in PagerDuty"
"""What the timeline adds to who has it."""


class PageEventKind(StrEnum):
    """What can happen to a page there. Values are kept in the database: never rename one."""

    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    RELEASED = "released"
    """The acknowledgement timed out, or was taken back: nobody has it."""
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvent:
    """One thing that a person did to a page, as PagerDuty tells it; `key` is the page's dedup key."""

    id: str
    kind: PageEventKind
    page: str
    key: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PageKeys:
    """By which dedup keys Alertmanager's page of an incident can be known.

    Args:
        same: of receivers that page and send to us; events under these keys reach the same page.
        apart: of receivers that only page: by routes of their own, so that their keys are others.
        certain: Alertmanager's configuration was read; else nobody knows whether these receivers page.
    """

    same: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    certain: bool = True

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.same, *self.apart)


def alertmanager_key(group_key: str) -> str:
    """The dedup key that Alertmanager gives a group's page: its own digest of the group key."""
    return hashlib.sha256(group_key.encode()).hexdigest()


def own_key(incident: str) -> str:
    """The dedup key of a page that we open ourselves: one an incident, for all its life."""
    return f"hypertool-responder/{incident}"


def loss_key(loss: str) -> str:
    """The dedup key of the page that a lost watchdog opens."""
    return f"hypertool-responder/watchdog/{loss}"


def person(user: str, name: str) -> str:
    """Somebody of PagerDuty's, as it is kept."""
    shown = name.replace("(", "").replace(")", "").strip()
    return f"{PEOPLE}{user} ({shown})" if shown else f"{PEOPLE}{user}"


def taken_there(incident: Incident) -> bool:
    """Whether who has it said so in PagerDuty."""
    return incident.taken_by.startswith(PEOPLE)


def distinct(keys: Iterable[str]) -> tuple[str, ...]:
    """Each key once, in the order given."""
    return tuple(dict.fromkeys(keys))


def happened(incident: Incident, event: PageEvent) -> Absorbed:
    """What an event of its page changes of an open incident.

    Who took it here keeps it: an acknowledgement there is then our own, and one that times out is not theirs.
    """
    here = bool(incident.taken_by) and not taken_there(incident)
    match event.kind:
        case PageEventKind.ACKNOWLEDGED | PageEventKind.RELEASED if here:
            return Absorbed(incident)
        case PageEventKind.ACKNOWLEDGED | PageEventKind.ASSIGNED:
            return _has_it(incident, event, EventKind.TAKEN, event.who)
        case PageEventKind.RELEASED:
            return _has_it(incident, event, EventKind.RELEASED, "")
        case PageEventKind.RESOLVED:
            return _resolved_by(incident, event, EventKind.PAGE_RESOLVED, event.who)
        case PageEventKind.REOPENED:
            return _resolved_by(incident, event, EventKind.PAGE_REOPENED, "")


def _has_it(incident: Incident, event: PageEvent, kind: EventKind, who: str) -> Absorbed:
    if incident.taken_by == who:
        return Absorbed(incident)
    how = ASSIGNED if event.kind is PageEventKind.ASSIGNED else ""
    after = replace(incident, taken_by=who, notice=incident.notice + 1, changed_at=event.at)
    return Absorbed(after, (Event(kind=kind, at=event.at, text=(who or incident.taken_by) + how),))


def _resolved_by(incident: Incident, event: PageEvent, kind: EventKind, who: str) -> Absorbed:
    if incident.page_resolved_by == who:
        return Absorbed(incident)
    after = replace(incident, page_resolved_by=who, notice=incident.notice + 1, changed_at=event.at)
    return Absorbed(after, (Event(kind=kind, at=event.at, text=event.who),))
