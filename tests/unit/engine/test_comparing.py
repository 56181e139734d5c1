"""What Alertmanager says against what we hold."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from responder.domain.alert import Alert, AlertStatus, Notification
from responder.domain.errors import Reason, Unreachable
from responder.domain.incident import Incident
from responder.engine.comparing import Compared, Comparison
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.ports import Listed
from responder.engine.take_in import Taken
from responder.storage import receivers
from responder.testing.clock import ManualClock
from responder.testing.engine import (
    RECEIVER,
    Orders,
    ScriptedAlertmanager,
    alert_of,
    minutes,
    notification_of,
)

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]
GROUP_KEY = '{}/{severity="critical"}:{alertname="A"}'


@pytest.fixture
def source() -> ScriptedAlertmanager:
    return ScriptedAlertmanager()


@pytest.fixture
def comparison(desk: Desk, source: ScriptedAlertmanager) -> Comparison:
    with desk.work() as work:
        receivers.put(work.connection, RECEIVER)
    return Comparison(desk, source)


@pytest.fixture
def incident(take: Take, orders: Orders, clock: ManualClock) -> str:
    taken = take(notification_of(alert_of("a"), alert_of("b"), group_key=GROUP_KEY))
    orders.take()
    clock.forward(minutes=10)
    return taken.incidents[0]


def listed(*alerts: Alert, receiver: str = RECEIVER, by: Sequence[str] = ("alertname",)) -> list[Listed]:
    return [Listed(receiver, one, {name: one.labels.get(name, "") for name in by}) for one in alerts]


async def test_what_agrees_changes_nothing(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, load: Load
) -> None:
    source.lists = listed(alert_of("a"), alert_of("b"))
    before = load(incident)
    assert await comparison.all() is Compared.SAME
    assert load(incident) == before


async def test_what_is_gone_twice_in_a_row_is_over(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, load: Load, orders: Orders
) -> None:
    """Once may be an Alertmanager that has just started."""
    source.lists = listed(alert_of("a"))
    assert await comparison.all() is Compared.SAME
    assert await comparison.all() is Compared.CHANGED
    assert load(incident).alerts["b"].over
    source.lists = []
    await comparison.all()
    await comparison.all()
    assert not load(incident).open
    assert Move.END in [order.move for order in orders.take()]


@pytest.mark.parametrize("status", [AlertStatus.SILENCED, AlertStatus.INHIBITED])
async def test_what_is_muted_says_so_and_stays_open(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, load: Load, status: AlertStatus
) -> None:
    source.lists = listed(alert_of("a", status=status), alert_of("b"))
    await comparison.all()
    assert load(incident).alerts["a"].status is status
    assert load(incident).open
    source.lists = listed(alert_of("a"), alert_of("b"))
    await comparison.all()
    assert load(incident).alerts["a"].status is AlertStatus.FIRING


async def test_fresher_news_wins_over_what_was_asked_before_it(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, take: Take, load: Load
) -> None:
    """Asked while both fired; both resolve before the answer is used: nothing comes to life again."""
    source.before, source.lists = asyncio.Event(), listed(alert_of("a", status=AlertStatus.SILENCED))
    asking = asyncio.create_task(comparison.all())
    await source.asked.wait()
    ends = [alert_of(one, end=minutes(9)) for one in "ab"]
    take(notification_of(*ends, at=minutes(10)))
    source.before.set()
    assert await asking is Compared.OUTDATED
    assert not load(incident).open


async def test_what_was_not_found_is_remembered_though_the_incident_changed_meanwhile(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, take: Take, load: Load
) -> None:
    source.lists = listed(alert_of("a"))
    assert await comparison.all() is Compared.SAME
    source.before, source.asked = asyncio.Event(), asyncio.Event()
    asking = asyncio.create_task(comparison.all())
    await source.asked.wait()
    take(notification_of(alert_of("c"), group_key=GROUP_KEY, at=minutes(10)))
    source.before.set()
    assert await asking is Compared.OUTDATED
    source.lists = listed(alert_of("a"), alert_of("c"))
    assert await comparison.all() is Compared.CHANGED
    assert load(incident).alerts["b"].over


async def test_a_missed_alert_joins_the_incident_of_its_group(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, load: Load, orders: Orders
) -> None:
    source.lists = listed(alert_of("a"), alert_of("b"), alert_of("c", start=minutes(1)))
    assert await comparison.all() is Compared.CHANGED
    assert list(load(incident).alerts) == ["a", "b", "c"]
    assert Move.INVESTIGATE in [order.move for order in orders.take()]
    assert await comparison.all() is Compared.SAME


@pytest.mark.parametrize(
    "missed",
    [
        listed(alert_of("c"), receiver="somebody else"),       # not sent to us at all
        listed(alert_of("c", start=minutes(9))),               # a minute old: still on its way
        listed(alert_of("c", status=AlertStatus.SILENCED)),    # nobody would have been told
        listed(alert_of("c", name="ResponderWatchdog")),       # our own
    ],
    ids=["other receiver", "young", "silenced", "watchdog"],
)  # fmt: skip
async def test_what_was_not_missed_opens_nothing(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, missed: list[Listed]
) -> None:
    source.lists = [*listed(alert_of("a"), alert_of("b")), *missed]
    assert await comparison.all() is Compared.SAME


async def test_a_missed_alert_of_another_group_is_an_incident_of_its_own(  # noqa: PLR0913, PLR0917 - fixtures
    comparison: Comparison,
    source: ScriptedAlertmanager,
    incident: str,
    load: Load,
    take: Take,
    orders: Orders,
) -> None:
    other = alert_of("c", persona="p")
    source.lists = [*listed(alert_of("a"), alert_of("b")), *listed(other, by=("alertname", "persona"))]
    assert await comparison.all() is Compared.CHANGED
    assert "c" not in load(incident).alerts
    key = '{}/{severity="critical"}:{alertname="A", persona="p"}'
    later = take(notification_of(other, group_key=key, at=minutes(11)))
    assert later.incidents != (incident,)
    assert len(orders.take(Move.INVESTIGATE)) == 1  # the notification that came late is a duplicate


async def test_an_alert_closed_by_mistake_comes_back(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, load: Load
) -> None:
    """Alertmanager had forgotten it for two minutes, and says again that it fires since noon."""
    await comparison.all()
    await comparison.all()
    assert not load(incident).open
    source.lists = listed(alert_of("a"), alert_of("b"))
    await comparison.all()
    assert load(incident).open


async def test_an_unsure_incident_is_settled_at_once(
    comparison: Comparison, source: ScriptedAlertmanager, incident: str, take: Take, load: Load
) -> None:
    """Alerts were left out of the notification: what isn't listed is over, what is listed joins."""
    ends = [alert_of(one, end=minutes(9)) for one in "ab"]
    take(notification_of(*ends, group_key=GROUP_KEY, truncated=1, at=minutes(10)))
    source.lists = listed(alert_of("c"))
    await comparison.move("o", incident, 2, 1)
    settled = load(incident)
    assert not settled.unsure
    assert [one.fingerprint for one in settled.active] == ["c"]


async def test_while_alertmanager_is_away_nothing_is_closed_and_it_is_asked_again(  # noqa: PLR0913, PLR0917 - fixtures
    comparison: Comparison,
    source: ScriptedAlertmanager,
    incident: str,
    take: Take,
    load: Load,
    orders: Orders,
) -> None:
    take(notification_of(alert_of("a", end=minutes(9)), group_key=GROUP_KEY, truncated=1, at=minutes(10)))
    orders.take()
    source.error = Unreachable("Alertmanager", Reason.TIMEOUT)
    assert await comparison.move("o", incident, 2, 1) is Compared.FAILED
    assert load(incident).unsure
    [again] = orders.take(Move.COMPARE)
    assert again.delay > 0
