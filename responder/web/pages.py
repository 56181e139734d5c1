"""Pages for people: the list of incidents, and one incident. Without script, read-only."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from responder.domain.access import May
from responder.domain.incident import BROADCAST, Incident
from responder.domain.notice import Notice
from responder.domain.report import Report
from responder.engine.reading import Details, Reading
from responder.playbook.codec import report_from_json
from responder.render.html import incident_page, incidents_page
from responder.web.access import Access
from responder.web.cursors import cursor_of, place_of
from responder.web.links import Links
from responder.web.named import IncidentId
from responder.web.problem import Problem, not_found

LISTED: Final = 50
NONCE_BYTES: Final = 16
Page = Callable[[str], str]
"""Renders a page whose style carries this nonce."""


def router(reading: Reading, access: Access, links: Links) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def newest(
        request: Request, cursor: str = "", until: str = "", signature: str = ""
    ) -> HTMLResponse:
        linked = links.allows_list(until, signature)
        if not linked:
            let_in(access, request, linked=bool(signature))
        page = await reading.page(after=place_of(cursor) if cursor else None, limit=LISTED)
        url = links.incident if linked else _unsigned
        notices = [Notice(incident=one, report=None, page_url=url(one)) for one in page.incidents]
        ticket = {"until": until, "signature": signature} if linked else {}
        older = f"/?{urlencode({'cursor': cursor_of(page.after), **ticket})}" if page.after else ""
        return html(lambda nonce: incidents_page(notices, older=older, nonce=nonce))

    @routes.get("/incidents/{incident}")
    async def one(
        incident: IncidentId, request: Request, until: str = "", signature: str = ""
    ) -> HTMLResponse:
        if not links.allows(incident, until, signature):
            let_in(access, request, linked=bool(signature))
        found = await reading.one(incident)
        if found is None:
            raise not_found(f"incident {incident[:40]}")
        notice = notice_of(found, links.clock())
        return html(lambda nonce: incident_page(notice, found.timeline, found.deliveries, nonce=nonce))

    return routes


def _unsigned(_: Incident) -> str:
    """Whoever has a token needs no signed address."""
    return ""


def let_in(access: Access, request: Request, *, linked: bool) -> None:
    """Only whoever has a token that may read; who came by a link that is over hears that.

    Raises:
        Problem: 401 or 403.
    """
    try:
        access.who(request, May.READ)
    except Problem as problem:
        if linked:
            detail = "this link is not valid any more: open the page from a newer message, or with a token"
            raise Problem(HTTPStatus.UNAUTHORIZED, detail, "link_expired", problem.headers) from problem
        raise


def notice_of(found: Details, now: datetime) -> Notice:
    """What a renderer needs of a stored incident."""
    return Notice(
        incident=found.incident,
        report=_report(found),
        replies=tuple(event for event in found.timeline if event.kind in BROADCAST),
        fixes=found.fixes,
        kin=tuple(replace(one, url=one.url or f"/incidents/{one.incident}") for one in found.kin),
        at=now,
    )


def _report(found: Details) -> Report | None:
    try:
        return report_from_json(found.report.body) if found.report else None
    except ValueError:  # An older version's, which this one can't read: the rest of the page is still true.
        return None


def html(page: Page, *, script: bool = False) -> HTMLResponse:
    """A page that may load nothing, and that no other page may frame.

    With `script` it may run the script that carries its nonce, and send its form to us.
    """
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    runs = f"script-src 'nonce-{nonce}'; form-action 'self'; " if script else "form-action 'none'; "
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
        f"base-uri 'none'; {runs}frame-ancestors 'none'"
    )
    return HTMLResponse(page(nonce), headers={"Content-Security-Policy": policy})
