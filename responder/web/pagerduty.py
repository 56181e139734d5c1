"""`POST /webhooks/pagerduty`: what people do to pages in PagerDuty, by its webhooks of version 3.

Proved by a signature over the body as it came. PagerDuty signs with every secret while they are rotated, and
sends again what wasn't answered with 2xx: an event counts once, by its id, over all replicas.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from responder import metrics
from responder.domain.clock import Clock
from responder.domain.errors import BadInput, Busy
from responder.domain.page import PageEvent, PageEventKind, person
from responder.domain.texts import keepable
from responder.engine.paging import Heard
from responder.log import Action, get_logger
from responder.web.body import read_body
from responder.web.problem import Problem

PATH: Final = "/webhooks/pagerduty"
SIGNATURE: Final = "x-pagerduty-signature"
MOST_SIGNATURES: Final = 10
NAME_LONGEST: Final = 100
_SIGNATURE: Final = re.compile(r"v1=([0-9a-f]{64})")
_USER: Final = re.compile(r"[A-Z0-9]{1,30}")

KINDS: Final = {
    "incident.acknowledged": PageEventKind.ACKNOWLEDGED,
    "incident.reassigned": PageEventKind.ASSIGNED,
    "incident.delegated": PageEventKind.ASSIGNED,
    "incident.escalated": PageEventKind.ASSIGNED,
    "incident.unacknowledged": PageEventKind.RELEASED,
    "incident.resolved": PageEventKind.RESOLVED,
    "incident.reopened": PageEventKind.REOPENED,
}
"""What is listened to; everything else is answered and forgotten."""
PING: Final = "pagey.ping"
MERGED: Final = "merge_resolve_reason"

log = get_logger()


class Unheard(StrEnum):
    """Why an event does nothing. Values are metric labels: never rename one."""

    NOT_CONFIGURED = "not_configured"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    BUSY = "busy"
    PING = "ping"
    IGNORED = "ignored"
    """Of no interest: another type of event, or nothing that a person did."""


REFUSED: Final = {
    Unheard.NOT_CONFIGURED: "pagerduty.webhook_secrets is not set",
    Unheard.UNSIGNED: "PagerDuty's signature is missing or can't be read",
    Unheard.FORGED: "the signature doesn't fit: is a secret of pagerduty.webhook_secrets the webhook's?",
}
"""What whoever sent it is told; these are answered 401."""


class _Reference(BaseModel):
    id: str = ""
    type: str = ""
    summary: str | None = None

    @property
    def who(self) -> str:
        """A person of PagerDuty's; empty for integrations and services."""
        if not self.type.startswith("user") or not _USER.fullmatch(self.id):
            return ""
        return person(self.id, keepable((self.summary or "")[:NAME_LONGEST]))


class _Reason(BaseModel):
    type: str = ""


class _Data(BaseModel):
    id: str = ""
    incident_key: str | None = None
    assignees: list[_Reference] = Field(default_factory=list)
    resolve_reason: _Reason | None = None


class _Event(BaseModel):
    id: str = Field(min_length=1, max_length=500)
    event_type: str
    occurred_at: AwareDatetime | None = None
    agent: _Reference | None = None
    data: _Data | None = None


class _Payload(BaseModel):
    event: _Event


_PAYLOAD: Final = TypeAdapter(_Payload)


class Hears(Protocol):
    """Takes in what happened to a page. Raises `Busy`."""

    async def hear(self, event: PageEvent) -> Heard: ...


@dataclass(frozen=True, slots=True)
class PagerDutyWebhook:
    """The endpoint.

    Args:
        paging: where events go.
        secrets: what they may be signed with now; none: nothing is taken in.
        clock: what time it is.
    """

    paging: Hears
    secrets: Callable[[], Collection[str]]
    clock: Clock

    async def __call__(self, request: Request) -> JSONResponse:
        body = await self._body(request)
        if refusal := unproved(request.headers.get(SIGNATURE, ""), body, self.secrets()):
            _count(refusal)
            log.warning(Action.PAGE_EVENT_REFUSED, reason=refusal)
            raise Problem(HTTPStatus.UNAUTHORIZED, REFUSED[refusal], refusal)
        outcome = await self._heard(body)
        _count(outcome)
        return JSONResponse({"outcome": outcome}, HTTPStatus.ACCEPTED)

    async def _body(self, request: Request) -> bytes:
        try:
            return await read_body(request)
        except Problem:
            _count(Unheard.TOO_LARGE)
            raise

    async def _heard(self, body: bytes) -> Heard | Unheard:
        event = read(body)
        if event.event_type == PING:
            return Unheard.PING
        found = self._page_event(event)
        if found is None:
            return Unheard.IGNORED
        try:
            return await self.paging.hear(found)
        except Busy:
            _count(Unheard.BUSY)
            raise

    def _page_event(self, event: _Event) -> PageEvent | None:
        """What it says in our words; None where nobody did anything that we show."""
        kind, data = KINDS.get(event.event_type), event.data
        if kind is None or data is None or not data.id:
            return None
        who = self._who(kind, event)
        merged = data.resolve_reason is not None and data.resolve_reason.type == MERGED
        if merged or (not who and kind not in {PageEventKind.RELEASED, PageEventKind.REOPENED}):
            return None
        return PageEvent(
            id=event.id,
            kind=kind,
            page=data.id,
            key=data.incident_key or "",
            who=who,
            at=self.clock(),
        )

    def _who(self, kind: PageEventKind, event: _Event) -> str:
        """Who did it; of an assignment who got it."""
        if kind is not PageEventKind.ASSIGNED:
            return event.agent.who if event.agent else ""
        assigned = event.data.assignees if event.data else ()
        return next((one.who for one in assigned if one.who), "")


def unproved(header: str, body: bytes, secrets: Collection[str]) -> Unheard | None:
    """Why it isn't proved that PagerDuty sent this; None: it is. Compared in constant time."""
    if not secrets:
        return Unheard.NOT_CONFIGURED
    given = [
        found[1]
        for part in header.split(",")[:MOST_SIGNATURES]
        if (found := _SIGNATURE.fullmatch(part.strip()))
    ]
    if not given:
        return Unheard.UNSIGNED
    expected = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    fits = [hmac.compare_digest(one, other) for one in given for other in expected]
    return None if any(fits) else Unheard.FORGED


def read(body: bytes) -> _Event:
    """The event that a webhook carries.

    Raises:
        BadInput: it is no JSON, or of another shape.
    """
    try:
        return _PAYLOAD.validate_json(body).event
    except (ValidationError, RecursionError) as error:
        _count(Unheard.MALFORMED)
        raise BadInput(
            Unheard.MALFORMED, "the body is not an event of PagerDuty's webhooks, version 3"
        ) from error


def router(webhook: PagerDutyWebhook) -> APIRouter:
    """The route. It is there also where PagerDuty isn't configured, and says so."""
    routes = APIRouter()
    routes.add_route(PATH, webhook.__call__, methods=["POST"])
    return routes


def _count(outcome: Heard | Unheard) -> None:
    metrics.PAGERDUTY_EVENTS.labels(outcome).inc()
