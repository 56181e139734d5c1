"""What PagerDuty's REST API answers, read into values of ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field, TypeAdapter


class PageStatus(StrEnum):
    """Where a page stands; PagerDuty calls a page an incident."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One incident of PagerDuty's.

    `key` is the dedup key of its first alert. Where others were grouped with it `alerts` is above one, and
    their keys are known by the alerts only. `merged_into` is the page that took over all of its alerts.
    """

    id: str
    status: PageStatus
    key: str = ""
    url: str = ""
    alerts: int = 1
    merged_into: str = ""

    @property
    def open(self) -> bool:
        return self.status is not PageStatus.RESOLVED


class _Reference(BaseModel):
    id: str


class _ResolveReason(BaseModel):
    type: str = ""
    incident: _Reference | None = None


class _Counts(BaseModel):
    all: int = 1


class Incident(BaseModel):
    """An incident as it is listed."""

    id: str
    status: PageStatus
    incident_key: str | None = None
    html_url: str | None = None
    alert_counts: _Counts = Field(default_factory=_Counts)
    resolve_reason: _ResolveReason | None = None

    @property
    def page(self) -> Page:
        why = self.resolve_reason
        merged = why is not None and why.type == "merge_resolve_reason"
        return Page(
            id=self.id,
            status=self.status,
            key=self.incident_key or "",
            url=self.html_url or "",
            alerts=self.alert_counts.all,
            merged_into=why.incident.id if why and why.incident and merged else "",
        )


class _Incidents(BaseModel):
    incidents: list[Incident]


class _OneIncident(BaseModel):
    incident: Incident


class _Alert(BaseModel):
    alert_key: str | None = None


class _Alerts(BaseModel):
    alerts: list[_Alert]


class PageNote(BaseModel):
    """What somebody noted on a page."""

    id: str
    content: str
    created_at: datetime


class _Notes(BaseModel):
    notes: list[PageNote]


class _User(BaseModel):
    name: str = ""
    email: str = ""


class _Users(BaseModel):
    users: list[_User]


class _Error(BaseModel):
    message: str = ""
    errors: list[str] = Field(default_factory=list)


class Failure(BaseModel):
    """Why something was refused: of the REST API below `error`, of the Events API at the top."""

    error: _Error | str | None = None
    message: str = ""
    errors: list[str] = Field(default_factory=list)

    @property
    def said(self) -> str:
        """In PagerDuty's words."""
        inner = self.error if isinstance(self.error, _Error) else _Error(message=str(self.error or ""))
        return "; ".join(filter(None, (inner.message or self.message, *inner.errors, *self.errors)))


INCIDENTS: Final = TypeAdapter(_Incidents)
INCIDENT: Final = TypeAdapter(_OneIncident)
ALERTS: Final = TypeAdapter(_Alerts)
NOTES: Final = TypeAdapter(_Notes)
USERS: Final = TypeAdapter(_Users)
FAILURE: Final = TypeAdapter(Failure)
