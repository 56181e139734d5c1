"""The knobs of Hypertool, each alert's own."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import httpx
import pytest

from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.diagnose.clients import Clients
from responder.diagnose.control import SUBJECTS, ControlKind, ControlSpec
from responder.diagnose.kind import Question
from responder.domain.errors import Reason, Refused
from responder.domain.report import Finding, Subject

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)


def serve(request: httpx.Request) -> httpx.Response:
    """Budgets of all personas but one; the cooldown was changed an hour ago."""
    path = request.url.raw_path.decode().removeprefix("/control/v1/")
    if path == "process":
        return httpx.Response(200, json={"running": False, "exit_code": 1, "log": ["Traceback", "KeyError"]})
    if path == "langfuse":
        return httpx.Response(
            200,
            json={"resource": path, "value": False, "default": True, "choices": [True, False], "lease": None},
        )
    if "nobody" in path:
        return httpx.Response(404, json={"detail": "there is no such persona"})
    return httpx.Response(
        200,
        json={
            "resource": unquote(path),
            "value": 5,
            "default": 0,
            "changed_at": (NOW - timedelta(hours=1)).isoformat(),
            "changed_by": "ada",
            "lease": {
                "id": "l1",
                "before": 0,
                "expires_at": (NOW + timedelta(minutes=9)).isoformat(),
                "incident": "abc",
            },
        },
    )


async def ask(resource: str, *subjects: Subject, recent: str = "2h") -> Finding:
    async with Http(httpx.MockTransport(serve)) as http:
        clients = Clients(
            control=ControlApi(http, "http://hypertool"), supervisor=Supervisor(http, "http://supervisor")
        )
        spec = ControlSpec(id="knob", kind="control", title="Knob", resource=resource, recent=recent)
        return await ControlKind.build(clients).ask(spec, Question(subjects=subjects, now=NOW, within=5))


def persona(name: str) -> Subject:
    return (("persona", name),)


async def test_a_knob_says_what_it_is_and_what_changed() -> None:
    found = await ask("switching/cooldown", persona("a"))
    (row,) = found.rows
    assert row.subject == ()
    assert {name: value for name, value in row.values.items() if value is not None} == {
        "value": 5,
        "default": 0,
        "at_default": False,
        "moved": "up",
        "changed_at": (NOW - timedelta(hours=1)).timestamp(),
        "changed_by": "ada",
        "changed_recently": True,
        "leased": True,
        "lease_before": 0,
        "lease_expires_at": (NOW + timedelta(minutes=9)).timestamp(),
        "lease_incident": "abc",
    }


async def test_yes_and_no_have_no_order_so_a_lost_connection_did_not_move_up() -> None:
    (row,) = (await ask("langfuse")).rows
    assert (row.values["at_default"], row.values["moved"]) == (False, None)


async def test_lately_is_what_the_playbook_says() -> None:
    (row,) = (await ask("switching/cooldown", recent="30m")).rows
    assert row.values["changed_recently"] is False


async def test_each_alert_gets_its_own_knob_and_one_that_fails_is_a_warning() -> None:
    found = await ask("personas/${persona}/budget", persona("b"), persona("nobody"), persona("a b"))
    assert [row.subject for row in found.rows] == [persona("b"), persona("a b")]
    assert found.warnings == (
        "nobody: Hypertool's control API: not found: 404 Not Found: there is no such persona",
    )


async def test_only_the_worst_are_asked() -> None:
    found = await ask("personas/${persona}/budget", *(persona(f"p{number}") for number in range(100)))
    assert ([row.subject for row in found.rows[:2]], len(found.rows)) == (
        [persona("p0"), persona("p1")],
        SUBJECTS,
    )
    assert found.left_out == 100 - SUBJECTS


@pytest.mark.parametrize("name", ["../../switching/cooldown", "..", "a/budget", "", "nobody"])
async def test_a_label_never_leads_to_another_resource(name: str) -> None:
    with pytest.raises(Refused) as caught:
        await ask("personas/${persona}/budget", persona(name))
    assert caught.value.reason is Reason.NOT_FOUND


async def test_the_process_is_the_supervisors_to_tell() -> None:
    (row,) = (await ask("process", persona("a"))).rows
    assert (row.values["running"], row.values["exit_code"]) == (False, 1)
    assert row.values["log"] == "Traceback\nKeyError"


@pytest.mark.parametrize(
    "resource",
    ["/etc/passwd", "personas//budget", "personas/${persona}x/budget", "../x", "personas/${PERSONA}", "a b"],
)
def test_a_resource_is_a_plain_path(resource: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        ControlSpec(id="knob", kind="control", title="Knob", resource=resource)
