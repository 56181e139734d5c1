"""A lease by the action `control`, on the control API itself: set, seen, renewed, undone, and taken away."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from responder.actions.action import NotCalledFor
from responder.actions.control import ControlAction
from responder.clients.http import Http
from responder.clients.hypertool import Changed, ControlApi
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import Fix, FixEnd, FixState, Look, Seen
from responder.policy.target import Factor, How, Step, Value
from responder.testing.fixes import BUDGET, a_lease


@pytest.fixture
async def act(bench: Any) -> AsyncIterator[Callable[[], ControlAction]]:
    """The action on whatever process the bench runs now."""
    async with AsyncExitStack() as stack:
        yield lambda: control(stack, bench.app)


def control(stack: AsyncExitStack, app: Any) -> ControlAction:
    http = Http(httpx.ASGITransport(app))
    stack.push_async_callback(http.aclose)
    return ControlAction(ControlApi(http, "http://hypertool", "open-barley"))


def sent(bench: Any, **changes: Any) -> Fix:
    """The fix right after its intent was recorded."""
    now: datetime = bench.clock.now
    return a_lease(proposed_at=now, expires_at=now + timedelta(minutes=30), **changes)


def held(bench: Any, fix: Fix) -> Fix:
    return replace(fix, state=FixState.IN_FORCE, applied_at=bench.clock.now)


def undoing(fix: Fix, end: FixEnd = FixEnd.EXPIRED) -> Fix:
    return replace(fix, state=FixState.UNDOING, ends_as=end)


@pytest.mark.parametrize(
    ("how", "ceiling", "after"),
    [
        (Step(500), None, 2200),
        (Step(500), 2000, 2000),  # as far as the configuration lets it
        (Step(500), 1000, 1700),  # the ceiling is below what is there: no change
        (Step(30_000), None, 20_000),  # as far as the knob goes
        (Factor(0.5, 500), None, 500),
        (Value(2500), None, 2500),
    ],
)
async def test_what_is_proposed_is_an_absolute_value(
    how: How, ceiling: float | None, after: int, act: Callable[[], ControlAction]
) -> None:
    change = await act().propose(BUDGET, how, ceiling)
    assert (change.action, change.target) == ("control", BUDGET)
    assert (change.before, change.after, change.unit) == (1700, after, "tokens")
    assert isinstance(change.before, int)
    assert isinstance(change.after, int)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("personas/nobody/budget", Reason.NOT_FOUND),
        ("personas/../budget", Reason.NOT_FOUND),
        ("workflows/no-such/stages/one/gate", None),
    ],
)
async def test_a_target_that_is_not_there_is_said(
    target: str, reason: Reason | None, act: Callable[[], ControlAction]
) -> None:
    """404 or, where the collector in the field has no such knob, 501; seen from a fix the target is gone."""
    with pytest.raises(Refused) as caught:
        await act().propose(target, Step(1), None)
    assert caught.value.reason in ({reason} if reason else {Reason.NOT_FOUND, Reason.UNSUPPORTED})
    gone = a_lease(change=replace(a_lease().change, target=target))
    assert (await act().look(gone)).seen is Seen.GONE


async def test_a_knob_that_somebody_has_leased_is_left_alone(
    bench: Any, act: Callable[[], ControlAction]
) -> None:
    await bench.put(lease_of(bench, "i2"), by="alice")
    with pytest.raises(NotCalledFor, match="by a lease of incident i2"):
        await act().propose(BUDGET, Step(500), None)


async def test_a_knob_that_another_fix_has_leased_is_left_to_the_gates(
    bench: Any, act: Callable[[], ControlAction]
) -> None:
    """They say that the target is taken. Even if they didn't, it would not be overwritten."""
    await act().apply(sent(bench))
    change = await act().propose(BUDGET, Step(500), None)
    other = sent(bench, id="f2", incident="i2", change=change)
    assert (await act().look(other)).seen is Seen.CHANGED
    with pytest.raises(Changed, match="by a lease of incident i1"):
        await act().apply(other)


async def test_the_life_of_a_lease(bench: Any, act: Callable[[], ControlAction]) -> None:
    action = act()
    fix = sent(bench, change=await action.propose(BUDGET, Step(500), None))
    assert await action.look(replace(fix, state=FixState.APPROVED)) == Look(
        Seen.UNTOUCHED, 1700, "it is 1700"
    )
    assert (await action.apply(fix)).startswith("it is 2200 until ")
    assert (await action.look(fix)).seen is Seen.OURS
    answer = (await bench.get()).json()
    assert (answer["lease"]["incident"], answer["lease"]["expires_at"]) == ("i1", bench.soon(minutes=30))
    assert answer["reason"] == "Raise the budget by 500 tokens, for incident i1, approved by ada [fix f1]"
    bench.clock.forward(minutes=29)
    longer = held(bench, replace(fix, expires_at=bench.clock.now + timedelta(minutes=10)))
    for _ in range(2):  # a lost answer: again
        await action.renew(longer)
    assert (await bench.get()).json()["lease"]["expires_at"] == bench.soon(minutes=10)
    bench.clock.forward(minutes=9)
    again = replace(longer, expires_at=bench.clock.now + timedelta(minutes=10))
    await action.renew(again)  # each renewal is an order of its own
    assert (await bench.get()).json()["lease"]["expires_at"] == bench.soon(minutes=10)
    for words in ("it is 1700 again", "it is 1700 already"):
        assert await action.undo(undoing(again)) == words
        assert (await action.look(undoing(again))).seen is Seen.SET_BACK
    answer = (await bench.get()).json()
    assert (answer["value"], answer["lease"]) == (1700, None)
    assert answer["reason"] == "the fix for incident i1 ends (expired) [fix f1]"


async def test_an_order_that_is_sent_again_does_nothing(bench: Any, act: Callable[[], ControlAction]) -> None:
    fix = sent(bench)
    await act().apply(fix)
    before = (await bench.get()).json()
    bench.clock.forward(minutes=1)
    assert await act().apply(fix) == "it is 2200 already"
    assert (await bench.get()).json() == before


@pytest.mark.parametrize("by_hand", [{"value": 1800}, {"value": 2200}])
async def test_what_a_person_sets_is_never_overwritten(
    by_hand: Mapping[str, int], bench: Any, act: Callable[[], ControlAction]
) -> None:
    """Neither by applying, nor by renewing, nor by undoing; also if it is the very value of the fix."""
    action, fix = act(), sent(bench)
    await bench.put({**by_hand, "reason": "mine"}, by="alice")
    with pytest.raises(Changed) as caught:
        await action.apply(fix)
    assert (caught.value.reason, caught.value.effect) == (Reason.CHANGED, Effect.NONE)
    assert "set by alice" in str(caught.value)
    await bench.put({"value": 1700, "reason": "back"}, by="alice")
    await action.apply(fix)
    await bench.put({**by_hand, "reason": "mine"}, by="alice")
    fix = held(bench, fix)
    assert (await action.look(fix)).seen is Seen.CHANGED
    for order in (action.renew(fix), action.undo(undoing(fix))):
        with pytest.raises(Changed, match="mine"):
            await order
    assert (await bench.get()).json()["changed_by"] == "alice"


async def test_a_change_between_reading_and_setting_is_not_overwritten(
    bench: Any, act: Callable[[], ControlAction]
) -> None:
    """The window that no reading can close: the precondition does."""

    class Slow(ControlAction):
        async def _read(self, target: str) -> Any:
            knob = await super()._read(target)
            await bench.put({"value": 1800, "reason": "just now"}, by="alice")
            return knob

    with pytest.raises(Changed, match="it is 1800 now"):
        await Slow(act()._control).apply(sent(bench))
    assert await bench.value() == 1800


async def test_a_lease_that_ran_out_was_set_back_by_hypertool(
    bench: Any, act: Callable[[], ControlAction]
) -> None:
    """However long the responder was down."""
    fix = sent(bench)
    await act().apply(fix)
    fix = held(bench, fix)
    bench.clock.forward(minutes=30, seconds=30)
    assert (await act().look(fix)).seen is Seen.OURS  # its fallback comes a minute after the end
    bench.clock.forward(hours=3)
    look = await act().look(fix)
    assert (look.seen, look.value) == (Seen.SET_BACK, 1700)
    assert look.text.startswith("by Hypertool itself at ")
    assert await act().undo(undoing(fix)) == "it is 1700 already"


async def test_a_restart_that_ended_the_lease_is_seen(
    bench: Any, act: Callable[[], ControlAction], restart: Callable[[], Any]
) -> None:
    fix = sent(bench)
    await act().apply(fix)
    await restart()
    assert (await act().look(held(bench, fix))).seen is Seen.RESTARTED
    with pytest.raises(Changed, match="started anew"):
        await act().undo(undoing(held(bench, fix)))


async def test_a_lease_without_an_end_is_never_set(bench: Any, act: Callable[[], ControlAction]) -> None:
    """The control API would take it for a change for good."""
    with pytest.raises(ValueError, match="no end"):
        await act().apply(replace(sent(bench), expires_at=None))
    assert await bench.value() == 1700


def lease_of(bench: Any, incident: str) -> dict[str, Any]:
    until = bench.soon(minutes=5)
    return {"value": 1900, "reason": "theirs", "incident": incident, "expires_at": until}
