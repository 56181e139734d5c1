"""The contract of setting a value, wherever the control API is mounted."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest

BUDGET: Final = "personas/data-scientist/budget"
RAISE: Final = {"value": 2200, "reason": "incident 7"}


async def test_what_is_set_holds_and_says_who_did_it_when_and_why(bench: Any) -> None:
    answer = await bench.put(RAISE, by="alice")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["value"], found["default"]) == (2200, 1700)
    assert (found["changed_by"], found["reason"]) == ("alice", "incident 7")
    assert found["changed_at"] == bench.clock.now.isoformat()
    assert found["lease"] is None
    read = await bench.get()
    assert (read.json(), read.headers["etag"]) == (found, answer.headers["etag"])


async def test_a_budget_moves_what_remains_at_once(bench: Any) -> None:
    before = bench.remaining()
    await bench.put(RAISE)
    assert bench.remaining() == before + 500
    await bench.put({"value": 1700, "reason": "back"})
    assert bench.remaining() == before


async def test_a_value_that_changed_since_it_was_read_is_not_overwritten(bench: Any) -> None:
    read = (await bench.get()).headers["etag"]
    await bench.put({"value": 1900, "reason": "somebody was faster"}, by="alice")
    answer = await bench.put(RAISE, if_match=read)
    assert answer.status_code == 412
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["current"]["value"], await bench.value()) == (1900, 1900)
    assert (await bench.put(RAISE, if_match=answer.headers["etag"])).status_code == 200


@pytest.mark.parametrize("condition", ["*", '"another", {etag}', "{etag}"])
async def test_a_condition_that_holds_lets_pass(bench: Any, condition: str) -> None:
    read = (await bench.get()).headers["etag"]
    assert (await bench.put(RAISE, if_match=condition.format(etag=read))).status_code == 200


async def test_a_repeat_gets_the_first_answer_and_changes_nothing(bench: Any) -> None:
    """Also where the precondition, which held at first, no longer does."""
    read = (await bench.get()).headers["etag"]
    first = await bench.put(RAISE, idempotency_key="k1", if_match=read)
    await bench.put({"value": 1900, "reason": "no, less"}, by="alice")
    again = await bench.put(RAISE, idempotency_key='"k1"', if_match=read)
    assert (again.status_code, again.json(), again.headers["etag"]) == (
        200,
        first.json(),
        first.headers["etag"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert await bench.value() == 1900


async def test_a_repeat_is_known_after_a_restart(bench: Any, restart: Callable[[], Any]) -> None:
    """The value is gone with the process; the order is not carried out a second time all the same."""
    first = await bench.put(RAISE, idempotency_key="k1")
    await restart()
    again = await bench.put(RAISE, idempotency_key="k1")
    assert again.json() == first.json()
    assert await bench.value() == 1700


async def test_two_at_once_with_one_key_are_one(bench: Any) -> None:
    answers = await asyncio.gather(*(bench.put(RAISE, idempotency_key="k1") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


async def test_the_same_moment_in_another_zone_is_the_same_order(bench: Any) -> None:
    lease = {**RAISE, "incident": "i1", "expires_at": "2026-03-02T13:00:00Z"}
    first = await bench.put(lease, idempotency_key="k1")
    again = await bench.put({**lease, "expires_at": "2026-03-02T14:00:00+01:00"}, idempotency_key="k1")
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_key_stands_for_one_order_of_one_caller(bench: Any) -> None:
    await bench.put(RAISE, idempotency_key="k1")
    other = await bench.put({**RAISE, "value": 2300}, idempotency_key="k1")
    elsewhere = await bench.put(RAISE, idempotency_key="k1", resource="personas/backend-engineer/budget")
    somebody_else = await bench.put({**RAISE, "value": 2400}, idempotency_key="k1", by="alice")
    assert [one.status_code for one in (other, elsewhere, somebody_else)] == [422, 422, 200]
    assert "used for another order" in other.json()["detail"]
    assert await bench.value() == 2400


async def test_a_refused_order_may_come_again_with_its_key(bench: Any) -> None:
    """What was refused had no effect that could be repeated."""
    assert (await bench.put({**RAISE, "value": 20_001}, idempotency_key="k1")).status_code == 422
    assert (await bench.put(RAISE, idempotency_key="k1")).status_code == 200


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
async def test_a_key_must_be_one(bench: Any, key: str) -> None:
    assert (await bench.put(RAISE, idempotency_key=key)).status_code == 400
    assert await bench.value() == 1700


@pytest.mark.parametrize("value", [20_001, -1])
async def test_a_value_out_of_bounds_is_refused_with_the_bounds(bench: Any, value: int) -> None:
    answer = await bench.put({**RAISE, "value": value})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (answer.json()["minimum"], answer.json()["maximum"]) == (0, 20_000)
    assert await bench.value() == 1700


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": 2200.5}, "value"),
        ({"value": "2200"}, "whole number"),
        ({"value": True}, "whole number"),
        ({"value": None}, "value"),
        ({"reason": "  "}, "reason"),  # "why" must be told
        ({"reason": "x" * 501}, "reason"),
        ({"resaon": "typo"}, "resaon"),
        ({"incident": ""}, "incident"),
        ({"incident": "i1", "expires_at": "2026-03-02T13:00:00"}, "expires_at"),  # names no zone
        ({"incident": "i1", "expires_at": "2026-03-02T12:00:00Z"}, "expires_at"),  # is over already
        ({"incident": "i1", "expires_at": "2026-03-09T12:00:01Z"}, "expires_at"),  # more than a week
        ({"incident": "i1", "expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),  # before all time
        ({"incident": "i1", "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"incident": "i1", "expires_at": 1772460000}, "expires_at"),  # seconds, or milliseconds?
        ({"incident": "i1\nERROR all is lost"}, "incident"),  # goes to the log
        ({"expires_at": "2026-03-02T13:00:00Z"}, "incident"),  # nobody's lease
        ({"value": 10**30}, "whole number"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(bench: Any, wrong: dict[str, Any], said: str) -> None:
    answer = await bench.put({**RAISE, **wrong})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]
    assert await bench.value() == 1700


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[1]", 422),
        (b"\xff", 422),
        (b'{"value": 1, "reason": "\\ud800"}', 422),  # half a character
        (b" " * 65_537, 413),
    ],
)
async def test_a_body_that_is_none_is_refused(bench: Any, body: bytes, status: int) -> None:
    answer = await bench.clients["alice"].put(f"/control/v1/{BUDGET}", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_nobody_learns_anything_without_a_token(bench: Any) -> None:
    """Not even that the body is wrong."""
    for method, path in [("PUT", BUDGET), ("PUT", "nowhere"), ("POST", "langfuse/reconnect")]:
        answer = await bench.clients["alice"].request(
            method, f"/control/v1/{path}", content=b"{", headers={"Authorization": "Bearer wrong"}
        )
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("method", "resource", "status"),
    [
        ("PUT", "personas/intern/budget", 404),
        ("PUT", "personas/a%2Fb/budget", 404),
        ("PUT", "personas/%2E%2E/budget", 404),
        ("PUT", "nowhere", 404),
        ("GET", "", 404),
        ("DELETE", BUDGET, 405),
        ("PUT", "langfuse", 405),  # can only be read
        ("POST", "switching/cooldown", 405),
    ],
)
async def test_what_is_not_there_or_not_for_setting_says_so(
    bench: Any, method: str, resource: str, status: int
) -> None:
    answer = await bench.clients["alice"].request(method, f"/control/v1/{resource}", json=RAISE)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert ("allow" in answer.headers) == (status == 405)
