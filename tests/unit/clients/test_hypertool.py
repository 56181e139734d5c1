"""Our client of the control API against the API itself, as it is mounted on a Hypertool."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Process, Supervisor
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.hypertool import Board, Choices, Dial, Lease, Range, Setting, control_router

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)


class Leased:
    """A gate that a machine relaxed for a while."""

    resource = "workflows/bug-fix/stages/review/gate"

    def read(self) -> Setting:
        lease = Lease(id="l1", before="strict", expires_at=NOW + timedelta(minutes=30), incident="abc")
        choices = Choices(("relaxed", "normal", "strict"))
        return Setting(self.resource, "relaxed", None, "normal", choices, lease=lease)


def board() -> Board:
    budget = Dial(
        "personas/backend engineer/budget",
        "tokens",
        2000,
        Range(0, 20_000),
        lambda: 2000,
        lambda _: None,
        lambda: NOW,
    )
    budget.set(2500, by="ada", reason="a long day")
    return Board([budget, Leased()])


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    app = FastAPI()
    app.include_router(control_router(board(), {"responder": "t0ken"}))
    async with Http(httpx.ASGITransport(app)) as http:
        yield http


@pytest.fixture
def control(http: Http) -> ControlApi:
    return ControlApi(http, "http://hypertool", "t0ken")


async def test_a_knob_says_who_changed_it_when_and_why(control: ControlApi) -> None:
    knob = await control.resource(("personas", "backend engineer", "budget"), within=5)
    assert (knob.value, knob.default, knob.unit, knob.minimum, knob.maximum) == (
        2000,
        2000,
        "tokens",
        0,
        20_000,
    )
    assert (knob.changed_at, knob.changed_by, knob.reason) == (NOW, "ada", "a long day")
    assert (knob.lease, knob.etag[:1]) == (None, '"')


async def test_a_lease_says_what_was_before_and_until_when(control: ControlApi) -> None:
    knob = await control.resource(("workflows", "bug-fix", "stages", "review", "gate"), within=5)
    assert knob.choices == ("relaxed", "normal", "strict")
    assert knob.lease is not None
    assert (knob.lease.value, knob.lease.before, knob.lease.incident) == ("relaxed", "strict", "abc")
    assert knob.lease.expires_at == NOW + timedelta(minutes=30)


async def test_the_resources_that_work_are_listed(control: ControlApi) -> None:
    assert "personas/backend engineer/budget" in await control.resources(within=5)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (("personas", "nobody", "budget"), Reason.NOT_FOUND),
        (("switching", "cooldown"), Reason.UNSUPPORTED),
        # a persona that is named like a path
        (("personas", "../switching", "budget"), Reason.NOT_FOUND),
        (("personas", "..", "budget"), Reason.NOT_FOUND),
    ],
)
async def test_what_is_not_there_is_refused_with_the_reason(
    path: tuple[str, ...], reason: Reason, control: ControlApi
) -> None:
    with pytest.raises(Refused) as caught:
        await control.resource(path, within=5)
    assert caught.value.reason is reason


async def test_a_wrong_token_is_unauthorized_with_the_far_sides_words(http: Http) -> None:
    with pytest.raises(Refused, match="send the control token") as caught:
        await ControlApi(http, "http://hypertool/control/v1/", "wrong").resources(within=5)
    assert caught.value.reason is Reason.UNAUTHORIZED


PROCESS = {
    "resource": "process",
    "running": False,
    "pid": None,
    "started_at": NOW.isoformat(),
    "exit_code": 137,
    "log": ["Traceback", "MemoryError"],
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            httpx.Response(200, json=PROCESS),
            Process(running=False, started_at=NOW, exit_code=137, log=("Traceback", "MemoryError")),
        ),
        (httpx.Response(500), Unreachable("", Reason.SERVER_ERROR)),
        (httpx.Response(200, json={"pid": 1}), Refused("", Reason.BAD_ANSWER)),
        (httpx.Response(200, text="OK"), Refused("", Reason.BAD_ANSWER)),
    ],
)
async def test_the_supervisor_tells_of_the_process(
    answer: httpx.Response, expected: Process | AdapterError
) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/control/v1/process"
        return answer

    async with Http(httpx.MockTransport(serve)) as http:
        supervisor = Supervisor(http, "http://supervisor")
        if isinstance(expected, Process):
            assert await supervisor.process(within=5) == expected
            return
        with pytest.raises(type(expected)) as caught:
            await supervisor.process(within=5)
        assert caught.value.reason is expected.reason
