"""`responder incidents`: what a running server answers, for people and machines, and what is wrong."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import Result

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
