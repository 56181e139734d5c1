"""`responder incidents`: what a running server answers, for people and machines, and what is wrong."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import Result

from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.engine.reading import Details
from responder.playbook.codec import report_to_json
from responder.storage.reports import StoredReport
from responder.testing.samples import seven
from responder.web.views import details

Command = Callable[..., Result]

LISTED = {
    "id": "k3v9m2qd",
    "alert": "TokenBudgetExceeded",
    "status": "closed",
    "severity": "critical",
    "opened_at": "2026-01-31T03:00:00Z",
    "ending": "recovered",
    "ending_text": "-250 → 2000 tokens",
    "alerts": 3,
    "firing": 0,
}


@dataclass
class Server:
    """Answers by path; remembers what it was asked."""

    url: str
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def do_GET(self) -> None:
            there.asked.append((self.path, self.headers["authorization"]))
            status, body = there.answers.get(self.path.partition("?")[0], (404, {"detail": "not there"}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listener = HTTPServer(("127.0.0.1", 0), Handler)
    there = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    listener.shutdown()
    thread.join()
    listener.server_close()


def test_a_row_stands_on_one_line_whatever_the_width(responder: Command, server: Server) -> None:
    server.answers["/api/v1/incidents"] = (200, {"incidents": [LISTED], "cursor": None})
    found = responder("incidents", "--server", server.url)
    assert found.exit_code == 0
    heading, row = (" ".join(line.split()) for line in found.stdout.splitlines())
    assert heading == "ID STATUS SEVERITY ALERT ALERTS OPENED ENDING"
    assert row.startswith("k3v9m2qd closed critical TokenBudgetExceeded 0 of 3 2026-01-31 03:00:00 ")
    assert row.endswith(" recovered -250 → 2000 tokens")


def test_in_a_pipe_nothing_is_wrapped(server: Server, tmp_path: Path) -> None:
    """So that `grep` finds whole lines; in a terminal they are as long as it is wide."""
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    statement = notice.report.alerts[0].ranking.causes[0].evidence[0].statement
    long = statement + " and so on" * 15
    body = report_to_json(notice.report).replace(json.dumps(statement), json.dumps(long))
    stored = StoredReport(
        incident=notice.incident.id, revision=1, complete=True, made_at=notice.report.made_at, body=body
    )
    server.answers[f"/api/v1/incidents/{notice.incident.id}"] = (
        200,
        details(Details(incident=notice.incident, report=stored, deliveries=(), fixes=(), timeline=())),
    )
    said = piped(tmp_path, "incidents", notice.incident.id, "--server", server.url)
    assert said.count(long) == 1
    (boxed,) = [line for line in said.splitlines() if "backend-engineer 250 tokens over 2000" in line]
    assert len(boxed) < 200, "the box is as wide as what is in it"


def piped(folder: Path, *arguments: str) -> str:
    """What a process of its own says into a pipe."""
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}  # noqa: TID251 - a child's
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-m", "responder", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_message_that_was_not_told_is_shown_with_its_reason(
    responder: Command, server: Server, state: DeliveryState
) -> None:
    incident = seven.token_budget_exceeded().incident
    unheard = Delivery(
        about=incident.id,
        notifier="slack",
        state=state,
        notice=0,
        receipt=Receipt(),
        attempts=3,
        error="Slack: channel_not_found",
    )
    fine = Delivery(
        about=incident.id, notifier="pagerduty", state=DeliveryState.DELIVERED, notice=1, receipt=Receipt()
    )
    found = Details(incident=incident, report=None, deliveries=(unheard, fine), fixes=(), timeline=())
    server.answers[f"/api/v1/incidents/{incident.id}"] = (200, details(found))
    lines = responder("incidents", incident.id, "--server", server.url).stdout.splitlines()
    assert f"told slack: {state} (Slack: channel_not_found)" in lines
    assert "told pagerduty: delivered" in lines


def test_machines_get_what_the_server_said(responder: Command, server: Server) -> None:
    answer = {"incidents": [LISTED], "cursor": None}
    server.answers["/api/v1/incidents"] = (200, answer)
    found = responder("incidents", "--json", env={"RESPONDER_SERVER": server.url})
    assert json.loads(found.stdout) == answer


def test_what_is_asked_for_and_the_token_go_along(responder: Command, server: Server) -> None:
    server.answers["/api/v1/incidents"] = (200, {"incidents": [], "cursor": None})
    env = {"RESPONDER_SERVER": server.url, "RESPONDER_TOKEN": "t0ken"}
    found = responder("incidents", "--status", "open", "--alert", "SlowWorkflowStage", env=env)
    assert found.stdout == "no incidents\n"
    asked = "/api/v1/incidents?status=open&alert=SlowWorkflowStage&limit=20"
    assert server.asked == [(asked, "Bearer t0ken")]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"detail": "there is no incident nope"}, "answered 404: there is no incident nope"),
        (401, {"detail": "a valid token is needed"}, "a valid token is needed; set RESPONDER_TOKEN"),
        (200, b"<html>", "is no responder: it answered 200 without JSON"),
        (200, [], "is no responder"),  # JSON, but of another kind
        (200, {"status": "ok"}, "is no responder"),
    ],
)
def test_what_the_server_refuses_is_said_and_ends_with_1(
    responder: Command, server: Server, status: int, body: object, said: str
) -> None:
    server.answers["/api/v1/incidents/nope"] = (status, body)
    found = responder("incidents", "nope", "--server", server.url)
    assert found.exit_code == 1
    assert said in found.stderr


def test_that_nobody_answers_is_said_and_ends_with_1(responder: Command) -> None:
    found = responder("incidents", "--server", "http://127.0.0.1:1")
    assert found.exit_code == 1
    assert "http://127.0.0.1:1 can't be asked" in found.stderr
    assert "is it running there (--server)?" in found.stderr


def test_one_is_investigated_again(responder: Command, server: Server) -> None:
    path, env = "/api/v1/incidents/k3v9m2qd/investigate", {"RESPONDER_TOKEN": "t0ken"}
    server.answers[path] = (202, LISTED | {"revision": 2})
    again = ("incidents", "k3v9m2qd", "--investigate", "--server", server.url)
    found = responder(*again, env=env)
    assert (found.exit_code, server.asked) == (0, [(path, "Bearer t0ken")])
    assert found.stdout.startswith("k3v9m2qd is being investigated again")
    assert json.loads(responder(*again, "--json", env=env).stdout)["revision"] == 2
    server.answers[path] = (409, {"detail": "incident k3v9m2qd: it is closed"})
    refused = responder(*again, env=env)
    assert (refused.exit_code, "it is closed" in refused.stderr) == (1, True)


@pytest.mark.parametrize("which", [(), ("../fixes/pause",)])
def test_what_is_none_is_not_investigated(responder: Command, server: Server, which: tuple[str, ...]) -> None:
    found = responder("incidents", *which, "--investigate", "--server", server.url)
    assert (found.exit_code, server.asked) == (2, [])
    assert "`responder incidents`" in found.stderr
