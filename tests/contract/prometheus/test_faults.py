"""A Prometheus that misbehaves, or what stands in its place, is told apart and never taken for an answer."""

import math
from collections.abc import Callable

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.testing.prometheus import MANY, Fault, PrometheusStandIn

IT = "Prometheus"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.SLOW, Unreachable(IT, Reason.TIMEOUT, "no answer in time")),
        (Fault.ERROR_200, Refused(IT, Reason.BAD_QUERY, "unexpected end of input")),
        (Fault.BAD_QUERY, Refused(IT, Reason.BAD_QUERY, "unexpected end of input")),
        (Fault.EXECUTION, Refused(IT, Reason.BAD_QUERY, "too many samples")),
        (Fault.TIMEOUT, Unreachable(IT, Reason.TIMEOUT, "query timed out")),
        (Fault.UNAUTHORIZED, Refused(IT, Reason.UNAUTHORIZED, "401")),
        (Fault.HTML_502, Unreachable(IT, Reason.SERVER_ERROR, "502 Bad Gateway")),
        (Fault.HTML_200, Refused(IT, Reason.BAD_ANSWER, "text/html instead of JSON")),
        (Fault.REDIRECT, Refused(IT, Reason.REFUSED, "redirects to https://login.example/")),
        (Fault.NOT_FOUND, Refused(IT, Reason.NOT_FOUND, "404 page not found")),
        (Fault.NOT_JSON, Refused(IT, Reason.BAD_ANSWER, "EOF")),
        (Fault.OTHER_SHAPE, Refused(IT, Reason.BAD_ANSWER, "0:")),
        (Fault.DEEP, Refused(IT, Reason.BAD_ANSWER, "recursion")),
        (Fault.ENDLESS, Refused(IT, Reason.TOO_LARGE, "16384 KiB")),
        (Fault.RESET, Unreachable(IT, Reason.NO_CONNECTION, "connection reset")),
        (Fault.BREAKS_OFF, Unreachable(IT, Reason.NO_CONNECTION, "")),
    ],
)
async def test_a_fault_becomes_an_error_that_says_what_and_whether_to_try_again(
    fault: Fault,
    expected: AdapterError,
    client: Prometheus,
    stand_in: PrometheusStandIn,
) -> None:
    stand_in.misbehave(fault)
    with pytest.raises(type(expected)) as caught:
        await client.query("up", within=0.3 if fault is Fault.SLOW else 5)
    assert (caught.value.system, caught.value.reason) == (IT, expected.reason)
    assert expected.detail in caught.value.detail


async def test_nobody_waits_longer_than_its_patience(http: Http, stand_in: PrometheusStandIn) -> None:
    stand_in.misbehave(Fault.SLOW)
    with pytest.raises(Unreachable) as caught:
        await Prometheus(http, stand_in.url, patience=0.2).query("up", within=60)
    assert caught.value.reason == Reason.TIMEOUT


async def test_one_that_is_down_is_unreachable(http: Http) -> None:
    with pytest.raises(Unreachable) as caught:
        await Prometheus(http, "http://127.0.0.1:1").query("up", within=5)
    assert (caught.value.reason, caught.value.detail) == (Reason.NO_CONNECTION, "connection refused")


async def test_warnings_and_infos_come_with_the_answer(
    client: Prometheus, stand_in: PrometheusStandIn
) -> None:
    stand_in.say("up", ({"job": "hypertool"}, 1))
    stand_in.misbehave(Fault.WARNINGS)
    found = await client.query("up", within=5)
    assert found.warnings == ("a part of the data is missing", "this is no counter")
    assert [sample.value for sample in found.samples] == [1]


@pytest.mark.parametrize(
    ("fault", "is_it"),
    [(Fault.NAN, math.isnan), (Fault.INFINITE, math.isinf)],
)
async def test_what_is_no_number_comes_through_as_such(
    fault: Fault, is_it: Callable[[float], bool], client: Prometheus, stand_in: PrometheusStandIn
) -> None:
    stand_in.say("up", ({}, 1))
    stand_in.misbehave(fault)
    (sample,) = (await client.query("up", within=5)).samples
    assert is_it(sample.value)


async def test_too_many_series_are_cut_and_counted(client: Prometheus, stand_in: PrometheusStandIn) -> None:
    stand_in.misbehave(Fault.MANY_SERIES)
    found = await client.query("up", within=10)
    assert (len(found.samples), found.left_out) == (client.series_limit, MANY - client.series_limit)


async def test_the_token_and_a_deadline_of_its_own_go_along(
    client: Prometheus, stand_in: PrometheusStandIn
) -> None:
    await client.query('up{job="a b&c"}', within=2.5)
    (path, form), *_ = stand_in.requests
    assert path == "/api/v1/query"
    assert form == {"query": 'up{job="a b&c"}', "timeout": "2500ms"}
    assert stand_in.headers["authorization"] == "Bearer t0ken"
