"""`responder incidents`: what a running server holds."""

import json as json_module
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from responder.cli.calls import USED_WRONGLY, JsonOption
from responder.cli.fix_view import fix_of
from responder.cli.output import out, print_json, print_table, short_time
from responder.cli.server import ServerOption, ask, checked_id, fail, order
from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.clock import instant, system_clock
from responder.domain.incident import Ending, Incident, IncidentState
from responder.domain.marks import AskedSilence, FalseAlarm, SilenceState
from responder.domain.notice import Notice
from responder.playbook.codec import report_from_json
from responder.render.terminal import report_view


def incidents(
    incident: Annotated[str | None, typer.Argument(help="One incident's id: show all of it.")] = None,
    status: Annotated[IncidentState | None, typer.Option(help="Only those that are.")] = None,
    alert: Annotated[str | None, typer.Option(help="Only incidents of this alert name.")] = None,
    limit: Annotated[int, typer.Option(help="So many, the newest.", min=1, max=200)] = 20,
    investigate: Annotated[
        bool, typer.Option("--investigate", help="Have the one investigated again; the token must approve.")
    ] = False,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """List incidents of a running server, or show one. The token comes from RESPONDER_TOKEN."""
    if investigate:
        _investigate(server, incident, json=json)
        return
    if incident:
        answer = ask(server, f"/api/v1/incidents/{incident}", "timeline")
        print_json(answer) if json else _show(answer)
        return
    query = {"status": status, "alert": alert, "limit": limit}
    answer = ask(
        server, "/api/v1/incidents", "incidents", {key: value for key, value in query.items() if value}
    )
    print_json(answer) if json else _list(answer)


def _investigate(server: str | None, incident: str | None, *, json: bool) -> None:
    if incident is None:
        fail("which one is to be investigated again? `responder incidents` has the ids", USED_WRONGLY)
    answer = order(server, f"/api/v1/incidents/{checked_id(incident)}/investigate", "revision", {})
    print_json(answer) if json else out.print(
        f"{incident} is being investigated again; `responder incidents {incident}` shows what was found"
    )


def _list(answer: dict[str, Any]) -> None:
    if not answer["incidents"]:
        out.print("no incidents")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("ID", "STATUS", "SEVERITY", "ALERT", "ALERTS", "OPENED", "ENDING"):
        table.add_column(column)
    for one in answer["incidents"]:
        ending = Text(" ".join(filter(None, (one["ending"], one["ending_text"]))))
        alerts = f"{one['firing']} of {one['alerts']}"
        row = (
            one["id"],
            one["status"],
            one["severity"],
            Text(one["alert"]),
            alerts,
            short_time(one["opened_at"]),
        )
        table.add_row(*row, ending)
    print_table(table)
    if answer["cursor"]:
        out.print("there are more: raise --limit")


def _show(one: dict[str, Any]) -> None:
    """Print everything about one incident: the report as everywhere else, then deliveries and timeline."""
    report = report_from_json(json_module.dumps(one["report"])) if one["report"] else None
    fixes = tuple(fix_of(fix) for fix in one["fixes"])
    out.print(report_view(Notice(incident=_incident(one), report=report, fixes=fixes, at=system_clock())))
    out.print()
    for delivery in one["deliveries"]:
        line = f"told {delivery['notifier']}: {delivery['state']}"
        out.print(Text(line + (f" ({delivery['error']})" if delivery["error"] else "")))
    for event in one["timeline"]:
        out.print(Text(f"{short_time(event['at'])}  {event['kind'].replace('_', ' ')}  {event['text']}"))


def _incident(one: dict[str, Any]) -> Incident:
    """The incident that the server told of, as renderers read it."""
    return Incident(
        id=one["id"],
        alert_name=one["alert"],
        state=IncidentState(one["status"]),
        severity=Severity(one["severity"]),
        revision=one["revision"],
        notice=1,
        opened_at=instant(one["opened_at"]),
        changed_at=instant(one["changed_at"]),
        alerts={alert["fingerprint"]: _alert(alert) for alert in one["alerts"]},
        closed_at=instant(one["closed_at"]) if one["closed_at"] else None,
        ending=Ending(one["ending"]) if one["ending"] else None,
        ending_text=one["ending_text"],
        taken_by=one["taken_by"],
        silence=_silence(one.get("silence")),
        false_alarm=_false_alarm(one.get("false_alarm")),
    )


def _silence(one: dict[str, Any] | None) -> AskedSilence | None:
    if one is None:
        return None
    return AskedSilence(
        id="",
        by=one["by"],
        at=instant(one["at"]),
        until=instant(one["until"]),
        why=one["reason"],
        state=SilenceState(one["state"]),
        made=tuple(one["silences"]),
        failure=one["failure"],
        ended_by=one["ended_by"],
    )


def _false_alarm(one: dict[str, Any] | None) -> FalseAlarm | None:
    return FalseAlarm(by=one["by"], at=instant(one["at"]), why=one["reason"]) if one else None


def _alert(one: dict[str, Any]) -> Alert:
    return Alert(
        fingerprint=one["fingerprint"],
        labels=one["labels"],
        annotations=one["annotations"],
        status=AlertStatus(one["status"]),
        starts_at=instant(one["starts_at"]),
        ends_at=instant(one["ends_at"]) if one["ends_at"] else None,
        generator_url=one["generator_url"],
    )
