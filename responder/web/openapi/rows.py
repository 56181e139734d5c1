"""Every route, what it takes and what it answers: one row each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from responder.domain.ids import ALPHABET, INCIDENT_LETTERS
from responder.web.openapi import answers, bodies
from responder.web.openapi.parameters import CURSOR, FIXES, INCIDENTS, LINES, LINK, SEARCH, in_path

JSON: Final = "application/json"
TEXT: Final = "text/plain"
HTML: Final = "text/html"

ID: Final = f"^[{ALPHABET}]{{{INCIDENT_LETTERS}}}$"
INCIDENT: Final = in_path("incident", "Its id.", pattern=ID)
FIX: Final = in_path("fix", "Its id.", pattern=ID)

NO_TOKEN: Final[tuple[dict[str, list[str]], ...]] = ({},)
TOKEN: Final[tuple[dict[str, list[str]], ...]] = ({"token": []}, {"password": []})
BY_LINK: Final = (*TOKEN, {"link": []})

READING: Final = (401, 403, 503)
ASKING: Final = (401, 403, 404, 409, 413, 422, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One route.

    Args:
        at: method and path.
        summary: what it does.
        answer: what it answers when all is well, as a model or as a media type.
        status: with which status.
        problems: the statuses of its errors.
        parameters: of path and query.
        body: what it takes.
        security: what lets in.
        texts: other answers that are plain text, by status.
    """

    at: str
    summary: str
    answer: type[BaseModel] | str
    status: int = 200
    problems: tuple[int, ...] = READING
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] | None = None
    security: Iterable[Mapping[str, list[str]]] = TOKEN
    texts: Mapping[int, str] | None = None


def _get(path: str, summary: str, answer: type[BaseModel] | str, **more: Any) -> Row:  # noqa: ANN401 - of a Row
    return Row(at=f"GET {path}", summary=summary, answer=answer, **more)


def _ask(what: str, summary: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Row:
    return Row(
        at=f"{method} /api/v1/incidents/{{incident}}/{what}",
        summary=summary,
        answer=answers.IncidentSummary,
        status=202,
        problems=ASKING if body else (401, 403, 404, 409, 503),
        parameters=(INCIDENT,),
        body=body,
    )


def _decide(what: str, summary: str, body: Mapping[str, Any]) -> Row:
    return Row(
        at=f"POST /api/v1/fixes/{{fix}}/{what}",
        summary=summary,
        answer=answers.FixDecided,
        problems=ASKING,
        parameters=(FIX,),
        body=body,
    )


def _page(
    path: str,
    summary: str,
    *parameters: Mapping[str, Any],
    linked: bool = True,
    problems: tuple[int, ...] = (400, 404, *READING),
) -> Row:
    return _get(
        path,
        summary,
        HTML,
        problems=problems if parameters else READING,
        parameters=(*parameters, *(LINK if linked else ())),
        security=BY_LINK if linked else TOKEN,
    )


ROWS: Final = (
    Row(
        at="POST /webhooks/alertmanager",
        summary="Take a notification of Alertmanager's in",
        answer=answers.Taken,
        status=202,
        problems=(400, 401, 405, 413, 503),
        body=bodies.NOTIFICATION,
    ),
    Row(
        at="POST /webhooks/pagerduty",
        summary="Take an event of PagerDuty's webhooks in",
        answer=answers.PageEventTaken,
        status=202,
        problems=(400, 401, 413, 503),
        body=bodies.ANY_OBJECT,
        security=({"pagerduty": []},),
    ),
    Row(
        at="POST /slack/events",
        summary="Take what people do in Slack in",
        answer=JSON,
        problems=(400, 401, 403, 404, 413, 503),
        body=bodies.SLACK,
        security=({"slack": []},),
    ),
    _get("/api/v1/incidents", "Incidents, the newest first", answers.IncidentList,
         problems=(400, *READING), parameters=INCIDENTS),
    _get("/api/v1/incidents/{incident}", "One incident", answers.IncidentDetails,
         problems=(404, *READING), parameters=(INCIDENT,)),
    _ask("investigate", "Investigate again"),
    _ask("take", "Take it: mine"),
    _ask("silence", "Have Alertmanager mute its alerts for a time", bodies.SILENCE),
    _ask("silence", "Have Alertmanager mute them no longer", method="DELETE"),
    _ask("false-alarm", "Say that nothing was wrong", bodies.FALSE_ALARM),
    _get("/api/v1/fixes", "Quick fixes, the newest first", answers.FixList,
         problems=(400, *READING), parameters=FIXES),
    _get("/api/v1/fixes/{fix}", "One quick fix", answers.FixDetails,
         problems=(404, *READING), parameters=(FIX,)),
    _decide("approve", "Have it applied", bodies.APPROVAL),
    _decide("reject", "Say no to a proposal", bodies.WHY),
    _decide("revert", "End a lease now", bodies.WHY),
    _decide("extend", "Have a lease end later", bodies.LONGER),
    Row(
        at="POST /api/v1/fixes/pause",
        summary="Pause all quick fixes",
        answer=answers.BreakerShown,
        problems=(401, 403, 409, 413, 422, 503),
        body=bodies.WHY,
    ),
    Row(
        at="POST /api/v1/fixes/resume",
        summary="Let quick fixes be applied again",
        answer=answers.BreakerShown,
        problems=(401, 403, 409, 503),
    ),
    _get("/api/v1/audit", "The audit log, the newest first", answers.AuditLog,
         problems=(400, *READING), parameters=LINES),
    Row(
        at="POST /api/v1/diagnose",
        summary="Run a playbook now; changes nothing",
        answer=answers.Diagnosis,
        problems=(400, 401, 403, 413, 503),
        body=bodies.DIAGNOSE,
    ),
    _get("/api/v1/playbooks", "The playbooks in use", answers.PlaybookList),
    _get("/api/v1/round-trips/{nonce}", "Whether a test alert of the doctor's has arrived",
         answers.RoundTripShown, problems=(404, *READING), parameters=(in_path("nonce", "Of the alert."),)),
    _get("/api/v1/watchdog", "Whether the watchdog is heard", answers.WatchdogShown),
    _get("/api/v1/openapi.json", "This description", JSON, problems=(401, 403)),
    Row(
        at="POST /-/reload",
        summary="Load configuration and playbooks anew, all or nothing",
        answer=answers.ReloadShown,
        problems=(401, 403, 422),
    ),
    _page("/", "The newest incidents", CURSOR, problems=(400, *READING)),
    _page("/incidents/{incident}", "One incident", INCIDENT),
    _page("/runbook", "The runbook of the playbooks in use", SEARCH),
    _page("/playbooks/{alert}", "One playbook", in_path("alert", "The alert's name.")),
    _page("/operating", "What to do about the responder's own alerts", linked=False),
    _get("/-/healthy", "It lives", TEXT, problems=(), security=NO_TOKEN),
    _get("/-/ready", "It can take notifications", TEXT, problems=(), security=NO_TOKEN,
         texts={503: "What it waits for."}),
    _get("/metrics", "Metrics, in Prometheus's format", TEXT, problems=(), security=NO_TOKEN),
)  # fmt: skip
