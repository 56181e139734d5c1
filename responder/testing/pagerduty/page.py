"""The page for people: the incidents as a phone would show them, and what one can do about them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

import jinja2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from responder.testing.pagerduty.account import Account, ping
from responder.testing.pagerduty.model import Incident, Refusal, User
from responder.testing.pagerduty.webhooks import deliver
from responder.testing.slack.page import safe_href

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'"
)
STATIC: Final = {"pagerduty.css": "text/css", "pagerduty.js": "text/javascript"}
WEBHOOKS_SHOWN: Final = 8
Doing = Callable[[Account, Incident, User, Mapping[str, str]], None]


def _reassigned(account: Account, incident: Incident, by: User, form: Mapping[str, str]) -> None:
    account.reassign(incident, _user(account, form.get("to", "")), by)


def _merged(account: Account, incident: Incident, by: User, form: Mapping[str, str]) -> None:
    account.merge(incident, account.incident(form.get("into", "")), by)


DOINGS: Final[Mapping[str, Doing]] = {
    "acknowledge": lambda account, incident, by, _: account.acknowledge(incident, by),
    "resolve": lambda account, incident, by, _: account.resolve(incident, by),
    "unacknowledge": lambda account, incident, *_: account.unacknowledge(incident),
    "reassign": _reassigned,
    "merge": _merged,
}
"""What a person can do to an incident; the time that is over is a person's doing here."""


def page_router(account: Account) -> APIRouter:
    """The page, its style and script, and what its buttons do."""
    router = APIRouter()
    templates = _environment()

    @router.get("/", response_class=HTMLResponse)
    async def show() -> HTMLResponse:
        html = templates.get_template("page.html").render(_context(account))
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    @router.get("/_stand-in/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(templates.get_template(name).render(), media_type=STATIC[name])

    @router.post("/_stand-in/incidents/{incident}/{doing}")
    async def do(incident: str, doing: str, request: Request) -> Response:
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
        if doing not in DOINGS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            by = _user(account, form.get("by", account.users[0].id))
            DOINGS[doing](account, account.incident(incident), by, form)
        except Refusal as refusal:
            raise HTTPException(refusal.status, str(refusal)) from refusal
        await deliver(account)
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    @router.post("/_stand-in/ping")
    async def send_ping() -> Response:
        if account.webhook_url:
            account.outbox.append(ping(account.clock()))
            await deliver(account)
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    return router


def _user(account: Account, wanted: str) -> User:
    found = next((user for user in account.users if user.id == wanted), None)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such user")
    return found


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("responder.testing.pagerduty"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["href"] = safe_href
    return environment


def _context(account: Account) -> dict[str, Any]:
    incidents = sorted(account.incidents, key=lambda one: (not one.open, -one.number))
    return {
        "incidents": incidents,
        "open": [incident for incident in incidents if incident.open],
        "users": account.users,
        "webhook_url": account.webhook_url,
        "sent": account.sent[-WEBHOOKS_SHOWN:][::-1],
        "revision": account.revision,
    }
