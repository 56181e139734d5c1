"""Whatever JSON comes under Prometheus's address, it is read or refused, never a crash."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.clients.prometheus_answers import Envelope, courses_of, samples_of, targets_of
from responder.domain.errors import AdapterError, Reason, Refused

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ITEM = st.fixed_dictionaries(
    {"metric": st.dictionaries(st.text(max_size=3), st.text(max_size=3)) | ANY},
    optional={"value": st.tuples(ANY, ANY) | ANY, "values": st.lists(st.tuples(ANY, ANY), max_size=2) | ANY},
)
TYPES = st.sampled_from(["vector", "matrix", "scalar", "string", "other"])
DATA = ANY | st.fixed_dictionaries({"resultType": TYPES, "result": st.lists(ITEM | ANY, max_size=3) | ANY})
TARGETS = st.fixed_dictionaries(
    {"labels": ANY, "health": ANY}, optional={"lastScrape": ANY, "lastError": ANY, "lastScrapeDuration": ANY}
)


@given(DATA)
def test_any_data_is_read_or_refused(data: Any) -> None:
    read: tuple[Callable[[Envelope, int], object], ...] = (samples_of, courses_of)
    for one in read:
        try:
            one(Envelope(status="success", data=data), 10)
        except Refused as error:
            assert error.reason is Reason.BAD_ANSWER  # noqa: PT017 - either is right


@given(ANY | st.fixed_dictionaries({"activeTargets": st.lists(TARGETS | ANY, max_size=3)}))
def test_any_targets_are_read_or_refused(data: Any) -> None:
    try:
        targets_of(Envelope(status="success", data=data), "hypertool")
    except Refused as error:
        assert error.reason is Reason.BAD_ANSWER  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"status":"odd"}',
        b'{"status":"success"}',
        b"\xff\xfe",
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',  # not what was asked for
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"\\ud800"},"value":[1,"1"]}]}}',
    ],
)
async def test_an_answer_of_another_shape_is_no_answer(body: bytes) -> None:
    with pytest.raises(AdapterError) as caught:
        await ask(body)
    assert caught.value.reason is Reason.BAD_ANSWER


async def test_what_has_no_plain_value_is_left_out_with_a_word() -> None:
    histogram = {"metric": {}, "histogram": [1, {"count": "1", "sum": "1"}]}
    plain = {"metric": {"a": "b"}, "value": [1, "2.5"]}
    body = {"status": "success", "data": {"resultType": "vector", "result": [histogram, plain]}}
    found = await ask(json.dumps(body).encode())
    assert [sample.value for sample in found.samples] == [2.5]
    assert found.warnings == ("1 native histograms left out",)


async def ask(body: bytes) -> Any:
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, content=body, headers={"content-type": "application/json"})
    )
    async with Http(transport) as http:
        return await Prometheus(http, "http://prometheus").query("up", within=5)
