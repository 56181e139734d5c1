"""A lost watchdog in PagerDuty: one page of its own, resolved when it is over."""

import pytest

from responder.clients.pagerduty import PagerDutyEvents
from responder.domain.alert import Severity
from responder.domain.errors import AdapterError
from responder.domain.notice import Receipt
from responder.domain.page import loss_key
from responder.notify.pagerduty_events import OwnPages
from responder.notify.pagerduty_watchdog import WatchingPager
from responder.render import pagerduty as words
from responder.render.watchdog import loss_page
from responder.testing.pagerduty import Account
from responder.testing.samples import losses, seven
from responder.testing.slack import Fault, FaultKind


@pytest.fixture
def pager(events: PagerDutyEvents) -> WatchingPager:
    return WatchingPager(OwnPages(events, Severity.CRITICAL, words.page), events, loss_page)


def statuses(account: Account) -> list[str]:
    return [incident.status for incident in account.incidents]


async def test_it_has_one_page_that_is_resolved_when_it_comes_back(
    pager: WatchingPager, account: Account
) -> None:
    receipt: Receipt | None = None
    for notice in (losses.lost(), losses.lost()):
        receipt = await pager.tell_loss(notice, receipt, sure=True)
    [incident] = account.incidents
    [alert] = incident.alerts
    assert (incident.status, alert.key, alert.triggers) == ("triggered", loss_key("w4t7c8dg"), 1)
    assert alert.payload["severity"] == "critical"
    assert alert.payload["summary"].startswith("[critical] the watchdog stopped coming")
    await pager.tell_loss(losses.came_back(), receipt, sure=True)
    assert statuses(account) == ["resolved"]


async def test_one_that_was_over_before_it_could_be_told_wakes_nobody(
    pager: WatchingPager, account: Account
) -> None:
    await pager.tell_loss(losses.came_back(), None, sure=True)
    assert account.calls == []


async def test_one_whose_answer_was_lost_is_resolved_all_the_same(
    pager: WatchingPager, account: Account
) -> None:
    account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /v2/enqueue"))
    with pytest.raises(AdapterError):
        await pager.tell_loss(losses.lost(), None, sure=True)
    assert statuses(account) == ["triggered"]
    await pager.tell_loss(losses.came_back(), None, sure=False)
    assert statuses(account) == ["resolved"]


async def test_incidents_are_told_as_without_it(pager: WatchingPager, account: Account) -> None:
    await pager.tell(seven.token_budget_exceeded(), None, sure=True)
    [incident] = account.incidents
    assert incident.alerts[0].payload["class"] == "TokenBudgetExceeded"
