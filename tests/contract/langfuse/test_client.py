"""The client on every edition of Langfuse in the field."""

import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from responder.clients.langfuse import NEWER, OLDER, OLDER_PAGE, OLDER_PAGES, Langfuse, Window
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.testing.langfuse import PUBLIC_KEY, SECRET_KEY, Edition, Fault, FaultKind, Project
from responder.testing.loopback import loopback_client

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(minutes=30), NOW)
ANYBODY: dict[str, str] = {}

Connect = Callable[..., Langfuse]


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


class TestCalls:
    """Whichever list there is, the same calls come out."""

    async def test_a_call_has_its_numbers_its_marks_and_a_digest_of_its_input(
        self, project: Project, connect: Connect
    ) -> None:
        usage = {"input": 900, "input_cached_tokens": 100, "output": 50, "total": 1050}
        project.add_call(
            at=minutes_ago(5),
            persona="ops",
            workflow="bug-fix",
            stage="analysis",
            prompt=[{"role": "user", "content": "why?"}],
            usageDetails=usage,
            totalCost=0.25,
            promptName="analysis",
            promptVersion=7,
        )
        (call,) = (await connect().calls(WINDOW, {"persona": "ops"}, within=5)).calls
        assert call.labels == {"persona": "ops", "workflow": "bug-fix", "stage": "analysis"}
        assert (call.tokens_in, call.tokens_out, call.cached, call.cost) == (1000, 50, 100, 0.25)
        assert (call.prompt, call.model, call.at) == ("analysis 7", "gpt-4-turbo", minutes_ago(5))
        assert call.digest
        assert "why" not in call.digest

    async def test_only_generations_of_the_window_are_calls(self, project: Project, connect: Connect) -> None:
        inside = [project.add_call(at=minutes_ago(ago), persona="ops") for ago in (1, 30)]
        project.add_call(at=minutes_ago(0), persona="ops")  # the end is open
        project.add_call(at=minutes_ago(30.1), persona="ops")
        project.add_call(at=minutes_ago(2), persona="ops", type="SPAN")
        found = await connect().calls(WINDOW, ANYBODY, within=5)
        assert ([call.id for call in found.calls], found.complete) == (inside, True)

    async def test_all_pages_are_read_newest_first(self, project: Project, connect: Connect) -> None:
        ids = [project.add_call(at=minutes_ago(29 - each / 100), persona="ops") for each in range(250)]
        found = await connect().calls(WINDOW, {"persona": "ops"}, within=5)
        assert [call.id for call in found.calls] == ids[::-1]

    async def test_inputs_that_are_alike_have_the_same_digest(
        self, project: Project, connect: Connect
    ) -> None:
        for prompt in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "a", "a", "b", None):
            project.add_call(at=minutes_ago(5), persona="ops", prompt=prompt)
        calls = (await connect().calls(WINDOW, ANYBODY, within=5)).calls
        digests = [call.digest for call in calls if call.digest]
        assert len(digests) == 5
        alike = (
            3 if project.edition is Edition.SELF_HOSTED else 4
        )  # the newer list sends JSON as it was written
        assert len(set(digests)) == alike

    async def test_the_question_can_be_pasted(self, project: Project, connect: Connect) -> None:
        project.add_call(at=minutes_ago(5), persona="it's")
        langfuse = connect()
        await langfuse.calls(WINDOW, {"persona": "it's"}, within=5)
        words = shlex.split(langfuse.question(WINDOW, {"persona": "it's"}))
        async with loopback_client(auth=(PUBLIC_KEY, SECRET_KEY)) as web:
            answer = await web.get(words[-1])
        assert len(answer.json()["data"]) == 1
        assert "sk-lf" not in " ".join(words)

    async def test_a_call_can_be_opened(self, project: Project, connect: Connect) -> None:
        project.add_call(at=minutes_ago(5), persona="ops", id="a/b?c#d", traceId="t&1")
        langfuse = connect()
        (call,) = (await langfuse.calls(WINDOW, ANYBODY, within=5)).calls
        async with loopback_client() as web:
            page = await web.get(langfuse.call_url(call))
        assert page.json()["id"] == "a/b?c#d"

    @pytest.mark.parametrize("edition", [Edition.SELF_HOSTED], indirect=True)
    async def test_more_than_is_read_is_said(self, project: Project, connect: Connect) -> None:
        for each in range(OLDER_PAGE * OLDER_PAGES + 1):
            project.add_call(at=minutes_ago(5), persona=f"p{each % 2}")
        found = await connect().calls(WINDOW, ANYBODY, within=5)
        assert (len(found.calls), found.complete) == (OLDER_PAGE * OLDER_PAGES, False)

    async def test_the_list_that_answered_is_remembered(self, project: Project, connect: Connect) -> None:
        langfuse = connect()
        for _ in range(2):
            await langfuse.calls(WINDOW, ANYBODY, within=5)
        looked_in_vain = [path for path in project.asked if path.startswith(NEWER.removeprefix("/"))]
        if project.edition is Edition.SELF_HOSTED:
            assert len(looked_in_vain) <= 2  # one call: numbers and inputs
        project.edition = Edition.EVENTS_ONLY  # somebody upgrades
        project.add_call(at=minutes_ago(5), persona="ops")
        assert (await langfuse.calls(WINDOW, ANYBODY, within=5)).calls


class TestMarks:
    """Sites mark calls their own way."""

    @pytest.mark.parametrize(
        ("mark", "call", "trace"),
        [
            ("metadata.persona", {"persona": "ops"}, {}),
            ("metadata.who.role", {"metadata": {"who": {"role": "ops"}}}, {}),
            ("name", {"name": "ops"}, {}),
            ("trace_name", {}, {"name": "ops"}),
            ("tag.persona:", {}, {"tags": ["urgent", "persona:ops"]}),
        ],
    )
    async def test_a_mark_is_read_wherever_it_stands(
        self,
        project: Project,
        connect: Connect,
        mark: str,
        call: dict[str, object],
        trace: dict[str, object],
    ) -> None:
        project.add_call(at=minutes_ago(5), **{"traceId": "t", **call})  # type: ignore[arg-type]  # of all kinds
        project.add_trace({"id": "t", "timestamp": "2026-01-10T02:50:00Z", **trace})
        project.add_call(at=minutes_ago(6), metadata={"persona": "dev"}, name="dev")
        found = await connect(persona=mark).calls(WINDOW, {"persona": "ops"}, within=5)
        assert [call.labels.get("persona") for call in found.calls if call.trace == "t"] == ["ops"]

    @pytest.mark.parametrize("edition", [Edition.SELF_HOSTED], indirect=True)
    async def test_metadata_of_the_trace_is_its_calls_too(self, project: Project, connect: Connect) -> None:
        """The older list has only what was written to the call itself."""
        project.add_call(at=minutes_ago(5), traceId="t")
        trace = {"id": "t", "timestamp": "2026-01-10T02:50:00Z", "metadata": {"persona": "ops"}}
        project.add_trace(trace)
        (call,) = (await connect().calls(WINDOW, {"persona": "ops"}, within=5)).calls
        assert call.labels == {"persona": "ops"}


class TestFailures:
    """Whatever goes wrong becomes one of our errors, with one word."""

    @pytest.mark.parametrize(
        ("fault", "kind", "reason"),
        [
            (Fault(FaultKind.HTTP, status=500), Unreachable, Reason.SERVER_ERROR),
            (Fault(FaultKind.HTTP, status=503), Unreachable, Reason.OVERLOADED),
            (Fault(FaultKind.HTTP, status=403), Refused, Reason.UNAUTHORIZED),
            (Fault(FaultKind.HTTP, status=400), Refused, Reason.REFUSED),
            (Fault(FaultKind.GARBAGE), Refused, Reason.BAD_ANSWER),  # a page to sign in, with status 200
            (Fault(FaultKind.LOST_ANSWER), Unreachable, Reason.NO_CONNECTION),
            (Fault(FaultKind.RATE_LIMIT), Unreachable, Reason.RATE_LIMITED),
            (Fault(FaultKind.HANG), Unreachable, Reason.TIMEOUT),
        ],
        ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else None,
    )
    async def test_every_failure_is_translated(
        self, project: Project, connect: Connect, fault: Fault, kind: type[AdapterError], reason: Reason
    ) -> None:
        for path in (NEWER, OLDER):
            project.faults.add(Fault(fault.kind, path, times=9, status=fault.status))
        project.add_call(at=minutes_ago(5), persona="ops")
        if project.edition is Edition.SELF_HOSTED:
            project.faults.waiting.pop(0)  # there is no newer list that could fail
        with pytest.raises(AdapterError) as failed:
            await connect().calls(WINDOW, ANYBODY, within=0.3)
        assert (type(failed.value), failed.value.reason, failed.value.system) == (kind, reason, "Langfuse")

    async def test_wrong_keys_are_unauthorized_and_not_repeated_in_the_error(self, connect: Connect) -> None:
        with pytest.raises(Refused) as failed:
            await connect(secret_key="sk-lf-wrong").calls(WINDOW, ANYBODY, within=5)  # noqa: S106 - wrong
        assert failed.value.reason is Reason.UNAUTHORIZED
        assert "sk-lf" not in str(failed.value)

    async def test_too_many_questions_say_when_to_ask_again(self, project: Project, connect: Connect) -> None:
        project.allowed = 0
        with pytest.raises(Unreachable) as failed:
            await connect().project(within=5)
        assert (failed.value.reason, failed.value.retry_after) == (Reason.RATE_LIMITED, 60)

    async def test_a_project_without_either_list_is_not_found(
        self, project: Project, connect: Connect
    ) -> None:
        for path in (NEWER, OLDER):
            project.faults.add(Fault(FaultKind.HTTP, path, times=9, status=404))
        with pytest.raises(Refused) as failed:
            await connect().calls(WINDOW, ANYBODY, within=5)
        assert failed.value.reason is Reason.NOT_FOUND
