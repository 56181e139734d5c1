"""What was said in PagerDuty about one incident, as its receipt keeps it; and what is worth saying at all."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Final, Self

from responder.domain.alert import AlertStatus
from responder.domain.fix import Fix, FixState
from responder.domain.incident import Incident
from responder.domain.notice import Notice, Receipt
from responder.domain.page import taken_there
from responder.domain.report import Scalar

SAID: Final = "said_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a note is worth: it is written when one of these changes, and never for a reading."""

    severity: str = ""
    cause: str = ""
    """The first cause, or several that can't be told apart."""
    muted: str = ""
    ending: str = ""
    fixes: str = ""
    """What came of quick fixes."""

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """What matters of a notice."""
        incident = notice.incident
        return cls(
            severity=incident.severity.value,
            cause=_first_causes(notice),
            muted="silenced" if _silenced(incident) else "",
            ending=incident.ending.value if incident.ending else "",
            fixes=" ".join(outcome for fix in notice.fixes if (outcome := _outcome(fix))),
        )

    def changed(self, since: "Matter") -> frozenset[str]:
        """The names of what is not as it was."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) != getattr(since, f.name))


@dataclass(slots=True, kw_only=True)
class Noted:
    """How far the pages of an incident are told.

    An incident that comes back begins a new episode: Alertmanager opens others for it.
    """

    episode: str = ""
    pages: tuple[str, ...] = ()
    """Those that were told; receivers that page by routes of their own make several."""
    keys: tuple[str, ...] = ()
    """The keys whose pages are among them."""
    notes: int = 0
    """How often something was noted, on all pages; each time has its number."""
    said: Matter = field(default_factory=Matter)
    acknowledged: str = ""
    """Who had it when that was last told there."""
    triggered: str = ""
    """The episode that an event was sent for."""
    resolved: str = ""
    """The episode whose end was told."""
    waits_since: str = ""
    """Since when the page is waited for."""

    @classmethod
    def read(cls, receipt: Receipt | None, incident: Incident) -> Self:
        """From a receipt; in a new episode the page of before is forgotten."""
        data = receipt.data if receipt else {}
        said = Matter(**{f.name: str(data.get(SAID + f.name) or "") for f in fields(Matter)})
        count = data.get("notes")
        noted = cls(said=said, notes=int(count) if isinstance(count, int | float) else 0)
        for name in _TEXTS:
            setattr(noted, name, str(data.get(name) or ""))
        for name in _LISTS:
            setattr(noted, name, tuple(str(data.get(name) or "").split()))
        episode = episode_of(incident)
        if noted.episode != episode:
            noted.episode, noted.pages, noted.keys = episode, (), ()
            noted.acknowledged, noted.waits_since = "", ""
            noted.said = replace(noted.said, ending="", muted="", severity="", cause="")
        return noted

    def receipt(self) -> Receipt:
        """As plain JSON."""
        data: dict[str, Scalar] = {name: getattr(self, name) for name in _TEXTS}
        data |= {name: " ".join(getattr(self, name)) for name in _LISTS}
        said = {SAID + name: value for name, value in asdict(self.said).items()}
        return Receipt(data={**data, "notes": self.notes, **said})

    @property
    def stands(self) -> bool:
        """Whether a page that an event opened was not resolved by one, in whichever episode."""
        return self.triggered != self.resolved

    def to_acknowledge(self, incident: Incident) -> bool:
        """Whether somebody took it here, and the page doesn't know."""
        here = incident.taken_by and not taken_there(incident)
        return bool(here) and incident.open and incident.taken_by != self.acknowledged

    def to_note(self, notice: Notice) -> bool:
        """Whether there is something to note: first once all is known, then when something matters."""
        incident, report = notice.incident, notice.report
        if not incident.open:
            return bool(self.pages and self.notes and incident.ending) and bool(self.news(notice))
        return report is not None and report.complete and bool(self.news(notice))

    def news(self, notice: Notice) -> frozenset[str]:
        """What changed since the last note."""
        return Matter.of(notice).changed(self.said)


_TEXTS: Final = ("episode", "acknowledged", "triggered", "resolved", "waits_since")
_LISTS: Final = ("pages", "keys")


def began(incident: Incident) -> datetime:
    """When the present episode began."""
    return incident.returns[-1] if incident.returns else incident.opened_at


def episode_of(incident: Incident) -> str:
    """What names the present episode."""
    return began(incident).isoformat()


def firing(incident: Incident) -> bool:
    """Whether an alert fires that nothing mutes."""
    return any(alert.status is AlertStatus.FIRING for alert in incident.active)


def _silenced(incident: Incident) -> bool:
    active = incident.active
    return bool(active) and all(alert.status is AlertStatus.SILENCED for alert in active)


def _first_causes(notice: Notice) -> str:
    worst = notice.report.worst if notice.report else None
    return " ".join(cause.cause for cause in worst.ranking.leaders) if worst else ""


def _outcome(fix: Fix) -> str:
    """Whether it works, or how it ended once it had been applied."""
    if fix.state is FixState.ENDED and fix.applied_at is not None and fix.end is not None:
        return f"{fix.id}={fix.end}"
    return f"{fix.id}=works" if fix.state is FixState.IN_FORCE and fix.verified_at is not None else ""
