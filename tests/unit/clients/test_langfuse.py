"""What the client makes of odd answers; the usual ones are in the contract tests."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from responder.clients.http import Http
from responder.clients.langfuse import Langfuse, Window
from responder.clients.langfuse_answers import Call, Calls
from responder.clients.langfuse_marks import Mark
from responder.domain.errors import Reason, Refused

WINDOW = Window(datetime(2026, 1, 10, 2, 30, tzinfo=UTC), datetime(2026, 1, 10, 3, tzinfo=UTC))
OK = 200
ROW = {"id": "c", "traceId": "t", "projectId": "p", "type": "GENERATION", "startTime": "2026-01-10T02:59:00Z"}


async def calls(*rows: dict[str, Any], inputs: int = OK) -> Calls:
    """What is read off these rows of the newer list; `inputs` is the status of the question for inputs."""

    def serve(request: httpx.Request) -> httpx.Response:
        status = inputs if request.url.params["fields"] == "io" else OK
        return httpx.Response(status, json={"data": rows, "meta": {}} if status == OK else {"error": "?"})

    async with Http(httpx.MockTransport(serve)) as http:
        marks = {"persona": Mark.of("metadata.persona")}
        return await Langfuse(http, "http://langfuse", "pk", "sk", marks).calls(WINDOW, {}, within=5)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"usageDetails": {"input": 5, "output": 2, "total": 7}}, (5, 2, None)),
        # what was read from a cache is input; writing into one is no reading
        ({"usageDetails": {"input": 5, "cache_read_input_tokens": 3, "output": 2}}, (8, 2, 3)),
        ({"usageDetails": {"input": 5, "cache_creation_input_tokens": 3}}, (8, None, None)),
        ({"usageDetails": {"output": 2, "output_reasoning_tokens": 9}}, (None, 11, None)),
        ({"usageDetails": {}, "usage": {"input": 5, "output": 2, "unit": "TOKENS"}}, (5, 2, None)),
        ({"usageDetails": None}, (None, None, None)),  # nothing was recorded: that is not 0
        ({"usageDetails": {"total": 7}}, (None, None, None)),
    ],
)
async def test_tokens_are_counted_as_langfuse_counts_them(
    row: dict[str, Any], expected: tuple[float | None, ...]
) -> None:
    (call,) = (await calls(ROW | row)).calls
    assert (call.tokens_in, call.tokens_out, call.cached) == expected


@pytest.mark.parametrize(
    "row",
    [
        {"usageDetails": {"input": -1}},
        {"usageDetails": {"input": "many"}},
        {"startTime": "yesterday"},
        {"startTime": "2026-01-10T02:59:00"},  # whose time?
        {"id": ""},
        {"totalCost": float("nan")},
    ],
)
async def test_a_row_that_makes_no_sense_is_a_bad_answer(row: dict[str, Any]) -> None:
    with pytest.raises(Refused) as failed:
        await calls(json.loads(json.dumps(ROW | row, allow_nan=True)))
    assert failed.value.reason is Reason.BAD_ANSWER


async def test_numbers_are_there_even_where_inputs_are_not() -> None:
    found = await calls(ROW | {"usageDetails": {"input": 5}}, inputs=500)
    assert [call.tokens_in for call in found.calls] == [5]
    (warning,) = found.warnings
    assert warning.startswith("the calls' inputs: Langfuse: server error: 500")


@pytest.mark.parametrize("value", [None, True, ["ops"], {"a": 1}, "x" * 201])
async def test_a_mark_is_a_short_text(value: object) -> None:
    (call,) = (await calls(ROW | {"metadata": {"persona": value}})).calls
    assert call.labels == {}


@pytest.mark.parametrize(
    ("call", "url"),
    [
        ({"project": "p", "trace": "t"}, "https://lf.example/base/project/p/traces/t?observation=c"),
        ({"project": "", "trace": "t"}, "https://lf.example/base/trace/t"),
        ({"project": "..", "trace": "t"}, ""),
        ({"project": "p", "trace": "a/../b"}, ""),
        (
            {"project": "p", "trace": "a&b?"},
            "https://lf.example/base/project/p/traces/a%26b%3F?observation=c",
        ),
        ({"project": "p", "trace": ""}, ""),
    ],
)
async def test_a_link_leads_to_the_configured_host_without_credentials(
    call: dict[str, str], url: str
) -> None:
    made = Call(
        id="c", at=WINDOW.start, name="", model="", labels={}, project=call["project"], trace=call["trace"]
    )
    async with Http(httpx.MockTransport(lambda _: httpx.Response(500))) as http:
        assert Langfuse(http, "https://me:pw@lf.example/base/", "pk", "sk", {}).call_url(made) == url
