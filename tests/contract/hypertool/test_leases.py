"""The contract of leases, wherever the control API is mounted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest


def lease(bench: Any, value: int = 2200, incident: str = "i1", minutes: float = 30) -> dict[str, Any]:
    return {
        "value": value,
        "reason": f"fix of {incident}",
        "incident": incident,
        "expires_at": bench.soon(minutes=minutes),
    }


async def test_a_lease_says_until_when_for_whom_and_what_was_before(bench: Any) -> None:
    answer = (await bench.put(lease(bench))).json()
    held = answer["lease"]
    assert answer["value"] == 2200
    assert (held["before"], held["incident"]) == (1700, "i1")
    assert datetime.fromisoformat(held["expires_at"]).isoformat() == bench.soon(minutes=30)
    assert (await bench.get()).json() == answer


async def test_hypertool_falls_back_a_minute_after_the_end(bench: Any) -> None:
    """Until then it is the holder's business."""
    await bench.put(lease(bench))
    bench.clock.forward(minutes=30, seconds=59)
    assert (await bench.get()).json()["lease"] is not None
    bench.clock.forward(seconds=1)
    found = (await bench.get()).json()
    assert (found["value"], found["lease"], found["changed_by"]) == (1700, None, "hypertool")
    assert "i1" in found["reason"]


@pytest.mark.parametrize("value", [2500, 2200])
async def test_what_a_human_sets_is_for_good(bench: Any, value: int) -> None:
    """Also if it is the very value of the lease: now they want it."""
    await bench.put(lease(bench))
    answer = await bench.put({"value": value, "reason": "I'd rather"}, by="alice")
    assert answer.json()["lease"] is None
    bench.clock.forward(hours=2)
    found = (await bench.get()).json()
    assert (found["value"], found["changed_by"]) == (value, "alice")


async def test_what_was_changed_past_the_api_is_not_overwritten(bench: Any) -> None:
    await bench.put(lease(bench))
    bench.change_past_the_api(1234)
    assert (await bench.get()).json()["lease"] is None
    bench.clock.forward(hours=2)
    assert await bench.value() == 1234


async def test_a_prolonged_lease_is_the_same_lease_and_goes_back_to_the_same_value(bench: Any) -> None:
    first = (await bench.put(lease(bench))).json()["lease"]
    bench.clock.forward(minutes=30, seconds=30)  # ended, not yet fallen back
    second = (await bench.put(lease(bench))).json()["lease"]
    assert (second["id"], second["before"]) == (first["id"], 1700)
    bench.clock.forward(minutes=30)
    assert await bench.value() == 2200
    bench.clock.forward(minutes=1)
    assert await bench.value() == 1700


async def test_a_lease_that_takes_over_goes_back_to_what_held_before_any(bench: Any) -> None:
    """Else the first one's value, which nobody holds any more, would stay for good."""
    first = (await bench.put(lease(bench))).json()["lease"]
    second = (await bench.put(lease(bench, 2600, "i2"))).json()["lease"]
    assert second["id"] != first["id"]
    assert (second["before"], second["incident"]) == (1700, "i2")


async def test_a_restart_ends_all_leases(bench: Any, restart: Callable[[], Any]) -> None:
    await bench.put(lease(bench))
    await restart()
    found = (await bench.get()).json()
    assert (found["value"], found["lease"], found["changed_at"]) == (1700, None, None)
    bench.clock.forward(hours=2)
    assert (await bench.get()).json() == found


async def test_the_etag_changes_when_a_lease_is_prolonged_or_ends(bench: Any) -> None:
    tags = [(await bench.put(lease(bench, minutes=minutes))).headers["etag"] for minutes in (30, 31)]
    bench.clock.forward(hours=1)
    tags.append((await bench.get()).headers["etag"])
    assert len(set(tags)) == 3
