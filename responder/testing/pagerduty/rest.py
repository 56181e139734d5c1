"""The REST API, as far as the responder speaks with it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse

from responder.testing.pagerduty.account import Account, merge_reason
from responder.testing.pagerduty.model import SERVICE, Alert, Incident, Note, Refusal, Status, User
from responder.testing.pagerduty.suffering import suffered
from responder.testing.pagerduty.webhooks import deliver

MOST: Final = 100
USUAL: Final = 25
VERSION: Final = "application/vnd.pagerduty+json;version=2"
Answering = Callable[[], Awaitable[Response]]


def rest_router(account: Account) -> APIRouter:
    """The REST API of an account."""
    router = APIRouter()
    for part in (_incidents, _users, _writing, _noting):
        router.include_router(part(account))
    return router


def _incidents(account: Account) -> APIRouter:
    router = APIRouter()

    @router.get("/incidents")
    async def incidents(request: Request) -> Response:
        async def answer() -> Response:
            found = [_incident(one, request) for one in _listed(account, request)]
            return JSONResponse({"incidents": found, "more": False})

        return await _authorized(account, request, "GET /incidents", answer)

    @router.get("/incidents/{incident}")
    async def one(incident: str, request: Request) -> Response:
        async def answer() -> Response:
            return JSONResponse({"incident": _incident(account.incident(incident), request)})

        return await _authorized(account, request, "GET /incidents/one", answer)

    @router.get("/incidents/{incident}/alerts")
    async def alerts(incident: str, request: Request, alert_key: str = "") -> Response:
        async def answer() -> Response:
            found = [a for a in account.incident(incident).alerts if not alert_key or a.key == alert_key]
            return JSONResponse({"alerts": [_alert(one) for one in found[: _limit(request)]]})

        return await _authorized(account, request, "GET /incidents/alerts", answer)

    @router.get("/incidents/{incident}/notes")
    async def notes(incident: str, request: Request) -> Response:
        async def answer() -> Response:
            return JSONResponse({"notes": [_note(one) for one in account.incident(incident).notes]})

        return await _authorized(account, request, "GET /incidents/notes", answer)

    return router


def _users(account: Account) -> APIRouter:
    router = APIRouter()

    @router.get("/users")
    async def users(request: Request, query: str = "") -> Response:
        async def answer() -> Response:
            wanted = query.lower()
            found = [u for u in account.users if wanted in u.name.lower() or wanted in u.email.lower()]
            return JSONResponse({"users": [{**u.reference, "name": u.name, "email": u.email} for u in found]})

        return await _authorized(account, request, "GET /users", answer)

    return router


def _writing(account: Account) -> APIRouter:
    router = APIRouter()

    @router.put("/incidents/{incident}")
    async def change(incident: str, request: Request, later: BackgroundTasks) -> Response:
        async def answer() -> Response:
            by, body = _requester(account, request), await _body(request, "incident")
            if body.get("type") not in {"incident", "incident_reference"}:
                raise Refusal(400, "Incident Type must be incident_reference")
            found = account.incident(incident)
            match body.get("status"):
                case Status.ACKNOWLEDGED:
                    account.acknowledge(found, by)
                case Status.RESOLVED:
                    account.resolve(found, by)
                case _:
                    raise Refusal(400, "Status must be acknowledged or resolved")
            later.add_task(deliver, account)
            return JSONResponse({"incident": _incident(found, request)})

        return await _authorized(account, request, "PUT /incidents/one", answer)

    return router


def _noting(account: Account) -> APIRouter:
    router = APIRouter()

    @router.post("/incidents/{incident}/notes")
    async def add_note(incident: str, request: Request) -> Response:
        async def answer() -> Response:
            by, body = _requester(account, request), await _body(request, "note")
            content = body.get("content")
            if not isinstance(content, str) or not content.strip():
                raise Refusal(400, "Note content cannot be empty")
            note = account.note(account.incident(incident), by, content)
            return JSONResponse({"note": _note(note)}, 201)

        return await _authorized(account, request, "POST /incidents/notes", answer)

    @router.delete("/incidents/{incident}/notes/{note}")
    async def delete_note(incident: str, note: str, request: Request) -> Response:
        async def answer() -> Response:
            _requester(account, request)
            account.delete_note(account.incident(incident), note)
            return Response(status_code=204)

        return await _authorized(account, request, "DELETE /incidents/notes", answer)

    return router


async def _authorized(account: Account, request: Request, call: str, answer: Answering) -> Response:
    """Answer who has the token and speaks version 2, after what was ordered to go wrong."""

    async def obey() -> Response:
        if request.headers.get("authorization") != f"Token token={account.token}":
            body = {"error": {"message": "Authentication failed", "code": 2006}}
            return JSONResponse(body, 401)
        if request.headers.get("accept", "").replace(" ", "") != VERSION:
            raise Refusal(400, f"Accept must be {VERSION}")
        return await answer()

    return await suffered(account, call, obey)


def _requester(account: Account, request: Request) -> User:
    user = account.user(request.headers.get("from", ""))
    if user is None:
        raise Refusal(400, "Requester User Not Found", code=1008)
    return user


async def _body(request: Request, name: str) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    inner = found.get(name) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise Refusal(400, f"Missing required object: {name}")
    return inner


def _listed(account: Account, request: Request) -> list[Incident]:
    """Those that are asked for; the newest first if that is asked for."""
    wanted, key = request.query_params.getlist("statuses[]"), request.query_params.get("incident_key")
    found = [
        one
        for one in account.incidents
        if (not wanted or one.status in wanted) and (key is None or one.key == key)
    ]
    if request.query_params.get("sort_by") == "created_at:desc":
        found.reverse()
    return found[: _limit(request)]


def _limit(request: Request) -> int:
    said = request.query_params.get("limit", str(USUAL))
    if not said.isdigit() or not 1 <= int(said) <= MOST:
        raise Refusal(400, f"Limit must be between 1 and {MOST}")
    return int(said)


def _incident(one: Incident, request: Request) -> dict[str, Any]:
    still_open = sum(alert.open for alert in one.alerts)
    return {
        "id": one.id,
        "type": "incident",
        "incident_number": one.number,
        "title": one.title,
        "status": one.status,
        "incident_key": one.key,
        "html_url": f"{str(request.base_url).rstrip('/')}/#{one.id}",
        "service": SERVICE,
        "alert_counts": {
            "all": len(one.alerts),
            "triggered": still_open,
            "resolved": len(one.alerts) - still_open,
        },
        "assignments": [{"assignee": user.reference} for user in one.assignees],
        "resolve_reason": merge_reason(one),
    }


def _alert(one: Alert) -> dict[str, Any]:
    return {
        "id": one.id,
        "type": "alert",
        "status": one.status,
        "alert_key": one.key,
        "summary": one.payload["summary"],
        "severity": one.payload["severity"],
        "integration": one.integration.reference,
    }


def _note(one: Note) -> dict[str, Any]:
    return {
        "id": one.id,
        "content": one.content,
        "created_at": one.at.isoformat(),
        "user": one.user.reference,
    }
