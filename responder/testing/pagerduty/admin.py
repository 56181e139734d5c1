"""`/_stand-in/…`: what a test or a demo may ask of the stand-in itself; PagerDuty has nothing like it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from responder.testing.pagerduty.account import Account
from responder.testing.pagerduty.model import Alert, Incident
from responder.testing.slack.faults import ANY, Fault, FaultKind


class FaultOrder(BaseModel):
    """What the next calls shall suffer, such as `POST /v2/enqueue` or `POST /incidents/notes`."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    method: str = ANY
    times: int = Field(1, ge=1)
    status: int = Field(500, ge=400, le=599)
    error: str = "Internal Error"
    retry_after: int = Field(30, ge=1)
    seconds: float = Field(30.0, gt=0, le=600)


class NewWebhook(BaseModel):
    """Where to tell of what happens from now on; an empty address: nowhere."""

    model_config = ConfigDict(extra="forbid")

    url: str
    secrets: list[str] = Field(min_length=1)


def admin_router(account: Account) -> APIRouter:
    """State, faults and webhook of an account."""
    router = APIRouter(prefix="/_stand-in")

    @router.get("/state")
    async def state() -> dict[str, Any]:
        return snapshot(account)

    @router.post("/faults", status_code=204)
    async def order_fault(order: FaultOrder) -> None:
        account.faults.add(Fault(**order.model_dump()))

    @router.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        account.faults.clear()

    @router.put("/webhook", status_code=204)
    async def set_webhook(order: NewWebhook) -> None:
        account.webhook_url, account.secrets = order.url, order.secrets

    return router


def snapshot(account: Account) -> dict[str, Any]:
    """All of the account as JSON."""
    return {
        "revision": account.revision,
        "incidents": [_incident(incident) for incident in account.incidents],
        "calls": list(account.calls),
        "webhooks": [
            {"at": one.at.isoformat(), "event": one.event, "outcome": one.outcome} for one in account.sent
        ],
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "key": incident.key,
        "alerts": [_alert(alert) for alert in incident.alerts],
        "notes": [note.content for note in incident.notes],
        "log": [entry.text for entry in incident.log],
        "acknowledged_by": incident.acknowledged_by.name if incident.acknowledged_by else None,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "key": alert.key,
        "status": alert.status,
        "payload": dict(alert.payload),
        "links": list(alert.links),
        "triggers": alert.triggers,
    }
