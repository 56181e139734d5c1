"""`responder fixes` and `responder audit`: what a person sees, decides, and is told."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

import pytest
from typer.testing import Result

from responder.domain.fix import FixState
from responder.testing.clock import NOON
from responder.testing.fixes import a_lease
from responder.web.views import fix_view

Command = Callable[..., Result]

ID: Final = "wm4k7p2x"
INCIDENT: Final = "zagjsgxf"
UNTIL: Final = "2026-03-02T13:00:00Z"
MADE: Final = a_lease(
    id=ID,
    incident=INCIDENT,
    state=FixState.PROPOSED,
    due_at=NOON + timedelta(hours=1),
    approved_by="",
    approved_at=None,
    expires_at=None,
    why="answers Budget too low",
    buys="+500 tokens last about 6 min",
    evidence=("use is as the days before",),
)
PROPOSAL: Final = fix_view(MADE)
LINE: Final = {
    "seq": 7,
    "at": "2026-03-02T12:00:01.5Z",
    "fix": ID,
    "incident": INCIDENT,
    "happened": "undo_waits",
    "by": "responder",
    "quick_fix": "raise-budget",
    "target": "personas/data-scientist/budget",
    "from": 1700,
    "to": 2200,
    "text": "",
}
STANDS: Final = {"paused": False, "why": "", "by": "", "since": None}


@dataclass
class Server:
    """Answers by method and path; remembers what it was asked and told."""

    url: str
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[tuple[str, object]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            self._answer(f"GET {self.path.partition('?')[0]}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            there.told.append((self.path, json.loads(body)))
            self._answer(f"POST {self.path}")

        def _answer(self, what: str) -> None:
            status, body = there.answers.get(what, (404, {"detail": "not there"}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listener = HTTPServer(("127.0.0.1", 0), Handler)
    there = Server(f"http://127.0.0.1:{listener.server_port}")
    there.answers[f"GET /api/v1/fixes/{ID}"] = (200, {**PROPOSAL, "audit": [LINE]})
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture
def here(responder: Command, server: Server) -> Command:
    """The command, asking this server."""
    return lambda *arguments: responder(*arguments, env={"RESPONDER_SERVER": server.url})


def now_it_is(**changes: object) -> dict[str, Any]:
    return {"fix": {**PROPOSAL, **changes}}


def squeezed(text: str) -> list[str]:
    """The lines, without what is between columns."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_one_is_shown_with_all_that_it_takes_to_decide(here: Command) -> None:
    found = here("fixes", "show", ID)
    assert found.exit_code == 0
    assert squeezed(found.stdout) == [
        f"Raise the budget by 500 tokens ({ID})",
        "Sets 1700 → 2200 tokens",
        "Target personas/data-scientist/budget",
        "Until 30 min after it is applied",
        "Buys +500 tokens last about 6 min",
        "Why answers Budget too low",
        "Evidence use is as the days before",
        f"Incident {INCIDENT} TokenBudgetExceeded",
        "State proposed, may be approved until 2026-03-02 13:00:00 UTC",
        "",
        "2026-03-02 12:00:01 responder undo waits 1700 → 2200",
    ]


def test_a_refusal_stands_in_words_and_nobody_is_asked(here: Command, server: Server) -> None:
    words = "it was changed by a fix a short time ago"
    refused = {**PROPOSAL, "refusal": "cooling_down", "refusal_text": words, "audit": []}
    server.answers[f"GET /api/v1/fixes/{ID}"] = (200, refused)
    found = here("fixes", "approve", ID, "--yes")
    assert f"Refused {words}" in squeezed(found.stdout)
    assert (found.exit_code, found.stderr) == (1, f"it would be refused: {words}\n")
    assert server.told == []


def test_an_approval_is_bound_to_what_was_shown(here: Command, server: Server) -> None:
    approved = now_it_is(state="approved", approved_by="ada")
    server.answers[f"POST /api/v1/fixes/{ID}/approve"] = (200, approved)
    found = here("fixes", "approve", ID, "--yes")
    assert found.exit_code == 0
    assert "1700 → 2200 tokens" in found.stdout
    assert found.stdout.endswith(f"{ID} approved\n")
    assert server.told == [(f"/api/v1/fixes/{ID}/approve", {"digest": MADE.digest})]


def test_where_nobody_can_be_asked_nothing_is_approved(here: Command, server: Server) -> None:
    found = here("fixes", "approve", ID)
    assert (found.exit_code, found.stderr) == (2, "nobody can be asked here: approve with --yes\n")
    assert (server.asked, server.told) == ([], [])


def test_a_decision_that_changes_nothing_ends_with_1_and_says_why(here: Command, server: Server) -> None:
    late = {"detail": "it is approved already, approved by bob", "reason": "too_late", **now_it_is()}
    server.answers[f"POST /api/v1/fixes/{ID}/approve"] = (409, late)
    found = here("fixes", "approve", ID, "--yes")
    assert found.exit_code == 1
    assert "409: it is approved already, approved by bob" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "told", "said"),
    [
        (f"reject {ID} --why no", (f"{ID}/reject", {"why": "no"}), f"{ID} rejected\n"),
        (f"revert {ID}", (f"{ID}/revert", {"why": ""}), f"{ID} is being undone\n"),
        ("pause --why release", ("pause", {"why": "release"}), "fixes are paused: nothing is"),
        ("resume", ("resume", {}), "fixes may be applied again\n"),
    ],
)
def test_what_is_decided_goes_to_the_server(
    here: Command, server: Server, arguments: str, told: tuple[str, object], said: str
) -> None:
    path, body = told
    server.answers[f"POST /api/v1/fixes/{path}"] = (200, {**now_it_is(), **STANDS})
    found = here("fixes", *arguments.split())
    assert (found.exit_code, server.told) == (0, [(f"/api/v1/fixes/{path}", body)])
    assert found.stdout.startswith(said)


def test_an_extension_says_the_new_end(here: Command, server: Server) -> None:
    held = now_it_is(state="in_force", until=UNTIL)
    server.answers[f"GET /api/v1/fixes/{ID}"] = (200, {**held["fix"], "extended": 2, "audit": []})
    server.answers[f"POST /api/v1/fixes/{ID}/extend"] = (200, held)
    found = here("fixes", "extend", ID, "30")
    assert found.stdout == f"{ID} extended, until 2026-03-02 13:00:00 UTC\n"
    assert server.told == [(f"/api/v1/fixes/{ID}/extend", {"minutes": 30, "extended": 2})]


@pytest.mark.parametrize(
    "arguments",
    [
        ("fixes", "extend", ID, "0"),
        ("fixes", "show", ".."),
        ("fixes", "revert", ""),
        ("fixes", "list", "--incident", "nope"),
        ("audit", "--fix", "nope"),
    ],
)
def test_what_can_be_meant_by_nobody_is_not_sent(
    here: Command, server: Server, arguments: tuple[str, ...]
) -> None:
    assert here(*arguments).exit_code == 2
    assert (server.asked, server.told) == ([], [])


def test_the_list_says_what_each_changes_and_what_keeps_all_from_being_applied(
    here: Command, server: Server
) -> None:
    held = {**PROPOSAL, "state": "in_force", "until": UNTIL}
    over = {**PROPOSAL, "state": "ended", "outcome": "superseded", "outcome_text": "changed by a human"}
    stands = {"paused": True, "why": "in_a_row", "by": "responder", "since": "2026-03-02T12:00:00Z"}
    answer = {"fixes": [held, over], "mode": "suggest", "breaker": stands}
    server.answers["GET /api/v1/fixes"] = (200, answer)
    found = here("fixes", "list", "--state", "in_force", "--incident", INCIDENT)
    assert server.asked == [f"/api/v1/fixes?state=in_force&incident={INCIDENT}&limit=20"]
    heading, first, second, mode, paused, then = squeezed(found.stdout)
    assert heading == "ID INCIDENT STATE FIX CHANGE UNTIL TARGET"
    named = "raise-budget (TokenBudgetExceeded) 1700 → 2200 tokens"
    assert first == f"{ID} {INCIDENT} in force {named} 2026-03-02 13:00:00 personas/data-scientist/budget"
    assert second.startswith(
        f"{ID} {INCIDENT} over, somebody else changed the value: changed by a human raise-"
    )
    assert mode == "fixes.mode is suggest: no fix is proposed"
    assert paused == (
        "fixes are paused since 2026-03-02 12:00:00 UTC by the responder itself: "
        "three in a row failed, did not work, made things worse or were undone by a person"
    )
    assert then == "when that was looked at: `responder fixes resume`"


def test_a_long_reason_of_an_end_does_not_push_the_list_apart(here: Command, server: Server) -> None:
    over = {**PROPOSAL, "state": "ended", "outcome": "failed", "outcome_text": "the far side said so " * 9}
    server.answers["GET /api/v1/fixes"] = (200, {"fixes": [over], "mode": "approve", "breaker": STANDS})
    _, row = here("fixes", "list").stdout.splitlines()
    assert "failed: the far side said so the far side said so the far…  raise-budget" in row


def test_machines_get_what_the_server_said(here: Command, server: Server) -> None:
    answer = {"fixes": [], "mode": "approve", "breaker": STANDS}
    server.answers["GET /api/v1/fixes"] = (200, answer)
    assert json.loads(here("fixes", "list", "--json").stdout) == answer
    assert json.loads(here("fixes", "show", ID, "--json").stdout)["digest"] == MADE.digest


def test_the_audit_log_is_a_document_a_line_page_after_page(here: Command, server: Server) -> None:
    server.answers["GET /api/v1/audit"] = (200, {"lines": [LINE] * 200, "before": 7})
    found = here("audit", "--fix", ID, "--limit", "300", "--json")
    assert [json.loads(line) for line in found.stdout.splitlines()] == [LINE] * 300
    assert server.asked == [
        f"/api/v1/audit?fix={ID}&limit=200",
        f"/api/v1/audit?fix={ID}&before=7&limit=100",
    ]


def test_people_read_the_audit_log_as_a_table(here: Command, server: Server) -> None:
    of_all = {
        "seq": 8,
        "at": UNTIL,
        "fix": "",
        "incident": "",
        "happened": "paused",
        "by": "ada",
        "text": "a",
    }
    refused = {**LINE, "happened": "proposed", "text": "answers it", "refusal": "cooling_down"}
    server.answers["GET /api/v1/audit"] = (200, {"lines": [of_all, LINE, refused], "before": None})
    _, paused, row, last = squeezed(here("audit").stdout)
    assert "proposed 1700 → 2200 answers it; would be refused: it was changed by a fix a short time" in last
    assert paused == "2026-03-02 13:00:00 ada paused a"
    assert row == (
        "2026-03-02 12:00:01 responder undo waits 1700 → 2200 "
        f"{ID} {INCIDENT} raise-budget personas/data-scientist/budget"
    )
