"""`POST /v2/enqueue`: the Events API, as strict as its description."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse

from responder.testing.pagerduty.account import Account
from responder.testing.pagerduty.suffering import suffered
from responder.testing.pagerduty.webhooks import deliver

LARGEST: Final = 512_000
SUMMARY_LONGEST: Final = 1024
KEY_LONGEST: Final = 255
KEY_LENGTH: Final = 32
ACTIONS: Final = ("trigger", "acknowledge", "resolve")
SEVERITIES: Final = ("critical", "error", "warning", "info")


def events_router(account: Account) -> APIRouter:
    """The Events API of an account."""
    router = APIRouter()

    @router.post("/v2/enqueue")
    async def enqueue(request: Request, later: BackgroundTasks) -> Response:
        async def obey() -> Response:
            answer = _taken(account, await request.body())
            later.add_task(deliver, account)
            return answer

        return await suffered(account, "POST /v2/enqueue", obey)

    return router


def _taken(account: Account, body: bytes) -> Response:
    if len(body) > LARGEST:
        return _invalid(413, ["Event payload is too large"])
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        return _invalid(400, ["Invalid JSON"])
    if mistakes := [*mistakes_of(event, account)]:
        return _invalid(400, mistakes)
    key = event.get("dedup_key") or f"made-{len(account.incidents)}"
    account.event(account.integrations[event["routing_key"]], event["event_action"], key, event)
    return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": key}, 202)


def mistakes_of(event: Mapping[str, Any], account: Account) -> Iterator[str]:
    """What is wrong with an event."""
    key, routing = event.get("dedup_key"), event.get("routing_key")
    if not isinstance(routing, str) or len(routing) != KEY_LENGTH or routing not in account.integrations:
        yield "Invalid routing key"
    if event.get("event_action") not in ACTIONS:
        yield "'event_action' must be one of trigger, acknowledge, resolve"
    if key is not None and not (isinstance(key, str) and len(key) <= KEY_LONGEST):
        yield f"'dedup_key' must be a string of at most {KEY_LONGEST} characters"
    if event.get("event_action") == "trigger":
        yield from _mistakes_of_trigger(event)
    elif not key:
        yield "'dedup_key' is missing or blank"


def _mistakes_of_trigger(event: Mapping[str, Any]) -> Iterator[str]:
    payload = event.get("payload")
    if not isinstance(payload, dict):
        yield "'payload' is missing or blank"
        return
    for name in ("summary", "source", "severity"):
        if not (isinstance(payload.get(name), str) and payload[name].strip()):
            yield f"'payload.{name}' is missing or blank"
    if len(str(payload.get("summary"))) > SUMMARY_LONGEST:
        yield f"'payload.summary' is longer than {SUMMARY_LONGEST} characters"
    if payload.get("severity") not in SEVERITIES:
        yield "'payload.severity' is invalid (must be one of critical, error, warning, info)"
    if any(not isinstance(link, dict) or not link.get("href") for link in event.get("links") or ()):
        yield "'links' is invalid: each needs an href"


def _invalid(status: int, mistakes: list[str]) -> Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": mistakes}
    return JSONResponse(body, status)
