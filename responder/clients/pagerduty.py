"""Speaks with PagerDuty: events by the Events API v2, and what stands there by the REST API.

An event is only taken into a queue there: that it was accepted doesn't say that it has been applied.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from responder.clients.http import EXCERPT, Answer, Http, segment
from responder.clients.pagerduty_answers import (
    ALERTS,
    FAILURE,
    INCIDENT,
    INCIDENTS,
    NOTES,
    USERS,
    Page,
    PageNote,
    PageStatus,
)
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable

SYSTEM: Final = "PagerDuty"
WITHIN: Final = 8.0
"""Seconds for one answer: several are asked while one incident is told."""
LISTED: Final = 25
"""Pages that are looked through where one was grouped with others."""
MOST_ALERTS: Final = 100
"""Alerts of one page that are looked through; PagerDuty lists no more at once."""
OPEN: Final = (PageStatus.TRIGGERED, PageStatus.ACKNOWLEDGED)
_SECONDS: Final = re.compile(r"[0-9]{1,6}")


class EventAction(StrEnum):
    """What an event does."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What a page says: at most 1024 characters of summary, and a severity of PagerDuty's."""

    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    component: str = ""
    group: str = ""
    kind: str = ""
    details: dict[str, object] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
    """(address, title)"""
    url: str = ""

    @property
    def as_json(self) -> dict[str, object]:
        payload = {
            "summary": self.summary,
            "source": self.source,
            "severity": self.severity,
            "component": self.component,
            "group": self.group,
            "class": self.kind,
            "custom_details": self.details,
        }
        return {
            "payload": {name: value for name, value in payload.items() if value},
            "links": [{"href": url, "text": title} for url, title in self.links],
            "client": "Hypertool responder",
            **({"client_url": self.url} if self.url else {}),
        }


@dataclass(frozen=True, slots=True)
class PagerDutyEvents:
    """One integration of one service. Raises `Unreachable` or `Refused`."""

    http: Http
    url: str
    routing_key: str

    async def trigger(self, key: str, what: Trigger) -> None:
        """Open a page; where one of this key is open, it goes to its log and wakes nobody."""
        await self._send(EventAction.TRIGGER, key, what.as_json)

    async def acknowledge(self, key: str) -> None:
        """Somebody has it; nothing happens where no page of this key is open."""
        await self._send(EventAction.ACKNOWLEDGE, key, {})

    async def resolve(self, key: str) -> None:
        """It is over; nothing happens where no page of this key is open."""
        await self._send(EventAction.RESOLVE, key, {})

    async def _send(self, action: EventAction, key: str, more: dict[str, object]) -> None:
        event = {"routing_key": self.routing_key, "event_action": action, "dedup_key": key, **more}
        answer = await self.http.ask(SYSTEM, "POST", f"{self.url}/v2/enqueue", within=WITHIN, json=event)
        _checked(answer)


@dataclass(frozen=True, slots=True)
class PagerDutyApi:
    """The account, as far as this token may. Raises `Unreachable` or `Refused`.

    `email` is of the user that notes and acknowledgements are from.
    """

    http: Http
    url: str
    token: str
    email: str

    async def of_key(self, key: str) -> tuple[Page, ...]:
        """The pages whose first alert had this dedup key, the newest first, resolved ones too."""
        answer = await self._ask("GET", "/incidents", ("incident_key", key), ("sort_by", "created_at:desc"))
        return tuple(incident.page for incident in answer.read(INCIDENTS).incidents)

    async def open_pages(self) -> tuple[Page, ...]:
        """The newest pages that are not resolved."""
        statuses = [("statuses[]", status.value) for status in OPEN]
        newest = (("sort_by", "created_at:desc"), ("limit", str(LISTED)))
        answer = await self._ask("GET", "/incidents", *statuses, *newest)
        return tuple(incident.page for incident in answer.read(INCIDENTS).incidents)

    async def page(self, page: str) -> Page:
        """One page by its id."""
        answer = await self._ask("GET", f"/incidents/{segment(SYSTEM, page)}")
        return answer.read(INCIDENT).incident.page

    async def keys(self, page: str) -> frozenset[str]:
        """The dedup keys of a page's alerts."""
        path = f"/incidents/{segment(SYSTEM, page)}/alerts"
        answer = await self._ask("GET", path, ("limit", str(MOST_ALERTS)))
        return frozenset(alert.alert_key for alert in answer.read(ALERTS).alerts if alert.alert_key)

    async def notes(self, page: str) -> tuple[PageNote, ...]:
        """What people and programs noted on a page, the oldest first."""
        answer = await self._ask("GET", f"/incidents/{segment(SYSTEM, page)}/notes")
        return tuple(sorted(answer.read(NOTES).notes, key=lambda note: note.created_at))

    async def delete_note(self, page: str, note: str) -> None:
        """Take a note away; one that is gone already is as good."""
        path = f"/incidents/{segment(SYSTEM, page)}/notes/{segment(SYSTEM, note)}"
        try:
            await self._ask("DELETE", path)
        except Refused as refused:
            if refused.reason is not Reason.NOT_FOUND:
                raise

    async def add_note(self, page: str, text: str) -> None:
        """Note something. Has no idempotency: look before noting again."""
        body = {"note": {"content": text}}
        await self._ask("POST", f"/incidents/{segment(SYSTEM, page)}/notes", body=body)

    async def acknowledge(self, page: str) -> None:
        """Say that somebody has it; twice is as good as once."""
        body = {"incident": {"type": "incident_reference", "status": PageStatus.ACKNOWLEDGED}}
        await self._ask("PUT", f"/incidents/{segment(SYSTEM, page)}", body=body)

    async def user(self) -> str:
        """The name of the user whose email is configured; proves the token as well.

        Raises:
            Refused: there is no such user.
        """
        answer = await self._ask("GET", "/users", ("query", self.email))
        wanted = self.email.casefold()
        found = [user for user in answer.read(USERS).users if user.email.casefold() == wanted]
        if not found:
            said = f"no user has the address {self.email}: notes need one (pagerduty.from_email)"
            raise Refused(SYSTEM, Reason.NOT_FOUND, said)
        return found[0].name or self.email

    async def _ask(self, method: str, path: str, *params: tuple[str, str], body: object = None) -> Answer:
        headers = {
            "authorization": f"Token token={self.token}",
            "accept": "application/vnd.pagerduty+json;version=2",
            "from": self.email,
        }
        answer = await self.http.ask(
            SYSTEM, method, f"{self.url}{path}", within=WITHIN, headers=headers, params=params, json=body
        )
        return _checked(answer)


def _checked(answer: Answer) -> Answer:
    """This answer, if it is good.

    Raises:
        AdapterError: by its status, with what PagerDuty says of it.
    """
    if answer.good:
        return answer
    failure = answer.failure(_said(answer))
    if failure.reason is Reason.RATE_LIMITED and answer.retry_after is None:
        reset = str(answer.headers.get("ratelimit-reset", ""))
        if _SECONDS.fullmatch(reset):
            raise Unreachable(SYSTEM, failure.reason, failure.detail, float(reset), effect=Effect.NONE)
    raise failure


def _said(answer: Answer) -> str:
    try:
        return answer.read(FAILURE).said[:EXCERPT] if answer.is_json else ""
    except AdapterError:  # a proxy's JSON: its status says enough
        return ""
