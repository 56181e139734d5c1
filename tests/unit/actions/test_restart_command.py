"""A restart by a configured command: only of what answers nobody, and never twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from responder.actions.action import NotCalledFor
from responder.actions.probes import probe, started_at
from responder.actions.restart_command import RestartByCommand
from responder.actions.tools import Tools
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import FixState, Seen
from responder.policy.target import Value
from responder.testing.clock import NOON
from responder.testing.fixes import a_one_shot

METRICS, CONTROL = "http://metrics", "http://control"
FIX = a_one_shot("restart")
APPROVED = replace(FIX, state=FixState.APPROVED)
NOTHING = Value(None)


@dataclass
class FarSide:
    """What answers at which host, and how; what isn't there refuses connections."""

    answers: dict[str, httpx.Response] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in self.answers:
            raise httpx.ConnectError("refused", request=request)
        return self.answers[request.url.host]

    def runs_since(self, moment: datetime) -> None:
        text = f"# TYPE a gauge\na 1\nprocess_start_time_seconds {moment.timestamp():e}\nb 2\n"
        self.answers["metrics"] = httpx.Response(200, text=text)


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture
async def tools(far_side: FarSide) -> AsyncIterator[Tools]:
    async with Http(httpx.MockTransport(far_side)) as http:
        yield Tools(http=http, control=ControlApi(http, CONTROL), metrics_url=f"{METRICS}/metrics")


def restart(tools: Tools, script: str, seconds: float = 30) -> RestartByCommand:
    return RestartByCommand(replace(tools, restart_command=("/bin/sh", "-c", script)), seconds)


@pytest.mark.parametrize(
    ("answers", "answering"),
    [
        ({}, 0),
        ({"metrics": httpx.Response(200, text="a 1\n")}, 1),
        ({"metrics": httpx.Response(404)}, 1),  # something else has the port
        ({"control": httpx.Response(401)}, 1),  # it answers: our token is wrong
        ({"metrics": httpx.Response(502), "control": httpx.Response(503)}, 0),  # a proxy before nobody
        (
            {"metrics": httpx.Response(200, text=""), "control": httpx.Response(200, json={"resources": []})},
            2,
        ),
    ],
)
async def test_a_restart_is_only_for_what_answers_nobody(
    answers: dict[str, httpx.Response], answering: int, far_side: FarSide, tools: Tools, tmp_path: Path
) -> None:
    """Neither proposed nor done: it may answer again by the time it is approved."""
    far_side.answers = answers
    assert len((await probe(tools)).answering) == answering
    action = restart(tools, f"touch {tmp_path}/restarted")
    if not answering:
        assert (await action.propose("process", NOTHING, None)).target == "process"
        return
    with pytest.raises(NotCalledFor, match="can be reached"):
        await action.propose("process", NOTHING, None)
    with pytest.raises(Refused) as caught:
        await action.apply(FIX)
    assert (caught.value.reason, caught.value.effect) == (Reason.CHANGED, Effect.NONE)
    assert not (tmp_path / "restarted").exists()


async def test_without_any_probe_it_is_not_proposed(tools: Tools) -> None:
    blind = replace(tools, control=None, metrics_url=None)
    with pytest.raises(NotCalledFor, match=r"hypertool\.metrics_url"):
        await restart(blind, "true").propose("process", NOTHING, None)


async def test_it_is_run_once_and_what_it_said_is_told(tools: Tools, tmp_path: Path) -> None:
    action = restart(tools, f"echo ran >> {tmp_path}/log; echo restarted hypertool")
    assert (await action.look(APPROVED)).seen is Seen.UNTOUCHED
    assert await action.apply(FIX) == "done: restarted hypertool"
    with pytest.raises(Refused, match="not run twice") as caught:
        await action.apply(FIX)
    assert caught.value.effect is Effect.NONE
    assert await action.apply(replace(FIX, id="f2")) == "done: restarted hypertool"
    assert (tmp_path / "log").read_text() == "ran\nran\n"


async def test_a_command_that_fails_is_told_with_its_last_line(tools: Tools) -> None:
    action = restart(tools, "echo permission denied >&2; exit 4")
    with pytest.raises(Refused, match="exit code 4: permission denied") as caught:
        await action.apply(FIX)
    assert caught.value.effect is Effect.UNKNOWN  # who knows how far it came
    look = await action.look(FIX)
    assert (look.seen, look.text) == (Seen.UNTOUCHED, "exit code 4: permission denied")
    with pytest.raises(Refused, match="permission denied; it is not run twice"):
        await action.apply(FIX)


async def test_a_command_that_is_not_there_did_nothing(tools: Tools) -> None:
    action = RestartByCommand(replace(tools, restart_command=("no-such-program",)))
    with pytest.raises(Refused) as caught:
        await action.apply(FIX)
    assert (caught.value.reason, caught.value.effect) == (Reason.NOT_CONFIGURED, Effect.NONE)
    assert (await action.look(FIX)).seen is Seen.UNTOUCHED


async def test_a_command_that_hangs_may_have_done_it(tools: Tools) -> None:
    action = restart(tools, "sleep 600", seconds=0.2)
    with pytest.raises(Refused) as caught:
        await action.apply(FIX)
    assert (caught.value.reason, caught.value.effect) == (Reason.TIMEOUT, Effect.UNKNOWN)
    assert (await action.look(FIX)).seen is Seen.OURS


async def test_what_cannot_be_told_counts_as_done_once_it_may_have_been(tools: Tools) -> None:
    """After a crash of ours nobody remembers: then it is not run a second time."""
    after_a_crash = restart(tools, "true")
    assert (await after_a_crash.look(FIX)).seen is Seen.OURS
    assert (await after_a_crash.look(APPROVED)).seen is Seen.UNTOUCHED


@pytest.mark.parametrize(
    ("began", "seen"),
    [
        (timedelta(minutes=2), Seen.OURS),
        (timedelta(hours=-2), Seen.UNTOUCHED),  # it only didn't answer for a while
    ],
)
async def test_when_the_process_began_tells_whether_it_was_restarted(
    began: timedelta, seen: Seen, far_side: FarSide, tools: Tools
) -> None:
    far_side.runs_since(NOON + began)
    assert (await restart(tools, "true").look(FIX)).seen is seen


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("process_start_time_seconds 1.7724528e+09", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ('process_start_time_seconds{job="x"} 1772452800.5', datetime(2026, 3, 2, 12, 0, 0, 500_000, UTC)),
        ("my_process_start_time_seconds 5", None),
        ("process_start_time_seconds NaN", None),
        ("process_start_time_seconds 9e+99", None),
        ("process_start_time_seconds", None),
    ],
)
def test_the_start_is_read_from_what_is_exported(line: str, moment: datetime | None) -> None:
    assert started_at(f"# HELP\n{line}\nother 1\n") == moment
