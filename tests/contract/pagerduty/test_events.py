"""Events alone: one for Alertmanager's page while it is open, or pages of our own with all their life."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from responder.clients.pagerduty import PagerDutyApi, PagerDutyEvents
from responder.domain.alert import Severity
from responder.domain.errors import Unreachable
from responder.domain.incident import REOPENS_WITHIN, Incident
from responder.domain.notice import Notice, NotYet, Receipt
from responder.domain.page import PageKeys, alertmanager_key, own_key
from responder.notify.pagerduty import PageNotes
from responder.notify.pagerduty_events import LONGEST, SETTLES, OwnPages, PageEvents, own_keys
from responder.render import pagerduty as words
from responder.testing.clock import ManualClock
from responder.testing.pagerduty import Account
from responder.testing.samples import NOW, lives, seven
from responder.testing.slack import Fault, FaultKind

KEY = alertmanager_key("{}:{}")
TAKEN = "slack:U024BE7LH (ann)"


@dataclass
class Site:
    """What Alertmanager says."""

    keys_: PageKeys = field(default_factory=lambda: PageKeys((KEY,)))
    fires: bool = True

    async def keys(self, _: Incident) -> PageKeys:
        return self.keys_

    async def still_fires(self, _: Incident) -> bool:
        return self.fires


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def enriches(events: PagerDutyEvents, site: Site, clock: ManualClock) -> PageEvents:
    return PageEvents(events, site.keys, site.still_fires, words.page, clock)


@pytest.fixture
def pages(events: PagerDutyEvents) -> OwnPages:
    return OwnPages(events, Severity.CRITICAL, words.page)


def changed(whole: Notice, /, **about: Any) -> Notice:
    return replace(whole, incident=replace(whole.incident, **about))


def fresh(notice: Notice) -> Notice:
    """An incident that was opened just now."""
    return changed(notice, opened_at=NOW)


async def told(notifier: PageEvents | OwnPages, *notices: Notice, receipt: Receipt | None = None) -> Receipt:
    for notice in notices:
        receipt = await notifier.tell(notice, receipt, sure=True)
    assert receipt is not None
    return receipt


def statuses(account: Account) -> list[str]:
    return [incident.status for incident in account.incidents]


def triggered(account: Account) -> int:
    return sum(alert.triggers for incident in account.incidents for alert in incident.alerts)


class TestOneEventForAlertmanagersPage:
    async def test_is_sent_after_10_seconds_under_the_same_key_and_wakes_nobody(
        self, enriches: PageEvents, account: Account, clock: ManualClock
    ) -> None:
        payload = {"summary": "[FIRING:1]", "source": "am", "severity": "critical"}
        account.trigger(next(iter(account.integrations.values())), KEY, {"payload": payload})
        with pytest.raises(NotYet) as not_yet:
            await enriches.tell(fresh(seven.token_budget_exceeded()), None, sure=True)
        assert not_yet.value.wait == SETTLES.total_seconds() == 10
        clock.forward(seconds=10)
        notice = fresh(seven.token_budget_exceeded())
        receipt = await told(enriches, notice, receipt=not_yet.value.receipt)
        await told(enriches, changed(notice, notice=9), receipt=receipt)
        assert (len(account.incidents), triggered(account)) == (1, 2)

    async def test_carries_what_was_found(self, enriches: PageEvents, account: Account) -> None:
        await told(enriches, seven.token_budget_exceeded())
        [alert] = account.incidents[0].alerts
        assert alert.payload["summary"].startswith("[critical] backend-engineer 250 tokens over 2000")
        assert alert.payload["severity"] == "critical"
        assert "Most likely" in alert.payload["custom_details"]
        assert alert.links[0]["text"] == "Incident page"

    @pytest.mark.parametrize(
        "notice",
        [
            lives.resolved(),  # it is over
            lives.silenced(),  # nobody is to be disturbed
            lives.inhibited(),
        ],
    )
    async def test_is_sent_only_while_it_fires(
        self, enriches: PageEvents, account: Account, notice: Notice
    ) -> None:
        await told(enriches, notice)
        assert account.calls == []

    async def test_is_not_sent_when_alertmanager_says_that_it_is_over(
        self, enriches: PageEvents, account: Account, site: Site
    ) -> None:
        """Its own news of the end may still be on the way to us."""
        site.fires = False
        await told(enriches, seven.token_budget_exceeded())
        assert account.calls == []

    async def test_is_not_sent_to_a_page_that_a_person_resolved(
        self, enriches: PageEvents, account: Account
    ) -> None:
        """It would open another one."""
        notice = seven.token_budget_exceeded()
        await told(enriches, changed(notice, page_resolved_by="pagerduty:PANA001 (Ana Ruiz)"))
        assert account.calls == []

    @pytest.mark.parametrize("keys", [PageKeys(), PageKeys(apart=(KEY,))])
    async def test_is_not_sent_where_the_receiver_that_tells_us_pages_nobody(
        self, enriches: PageEvents, account: Account, site: Site, keys: PageKeys
    ) -> None:
        """It would open a page that Alertmanager never opened."""
        site.keys_ = keys
        await told(enriches, seven.token_budget_exceeded())
        assert account.calls == []

    async def test_waits_while_nobody_knows_whether_alertmanager_pages(
        self, enriches: PageEvents, account: Account, site: Site
    ) -> None:
        site.keys_ = PageKeys((KEY,), certain=False)
        with pytest.raises(NotYet):
            await enriches.tell(seven.token_budget_exceeded(), None, sure=True)
        assert account.calls == []

    async def test_waits_for_the_investigation_but_not_for_ever(
        self, enriches: PageEvents, account: Account, clock: ManualClock
    ) -> None:
        clock.forward(seconds=11)
        with pytest.raises(NotYet):
            await enriches.tell(fresh(lives.partial()), None, sure=True)
        clock.forward(seconds=LONGEST.total_seconds())
        await told(enriches, fresh(lives.partial()))
        assert triggered(account) == 1

    async def test_taking_it_here_acknowledges_there(self, enriches: PageEvents, account: Account) -> None:
        notice = seven.token_budget_exceeded()
        await told(enriches, notice, changed(notice, taken_by=TAKEN), changed(notice, taken_by=TAKEN))
        assert statuses(account) == ["acknowledged"]
        assert len(account.calls) == 2


class TestPagesOfOurOwn:
    async def test_have_a_whole_life(self, pages: OwnPages, account: Account) -> None:
        notice, seen = seven.token_budget_exceeded(), []
        receipt = None
        for state in (notice, changed(notice, taken_by=TAKEN), lives.resolved(None), lives.resolved()):
            receipt = await told(pages, state, receipt=receipt)
            seen.append(statuses(account))
        assert seen == [["triggered"], ["acknowledged"], ["resolved"], ["resolved"]]
        assert account.incidents[0].key == own_key(notice.incident.id)
        assert len(account.calls) == 3

    async def test_page_at_once_without_waiting_for_the_investigation(
        self, pages: OwnPages, account: Account
    ) -> None:
        await told(pages, fresh(lives.not_investigated()))
        assert statuses(account) == ["triggered"]

    @pytest.mark.parametrize(
        ("least", "severity", "opened"),
        [
            (Severity.CRITICAL, Severity.CRITICAL, ["critical"]),
            (Severity.CRITICAL, Severity.WARNING, []),
            (Severity.CRITICAL, Severity.INFO, []),  # an info alert never wakes anybody
            (Severity.WARNING, Severity.WARNING, ["warning"]),
            (Severity.WARNING, Severity.INFO, []),
        ],
    )
    async def test_are_opened_for_what_is_severe_enough(
        self,
        events: PagerDutyEvents,
        account: Account,
        least: Severity,
        severity: Severity,
        opened: list[str],
    ) -> None:
        pages = OwnPages(events, least, words.page)
        await told(pages, changed(seven.token_budget_exceeded(), severity=severity))
        alerts = [incident.alerts[0].payload["severity"] for incident in account.incidents]
        assert alerts == opened

    async def test_are_opened_when_the_severity_rises(self, pages: OwnPages, account: Account) -> None:
        notice = seven.token_budget_exceeded()
        await told(pages, changed(notice, severity=Severity.WARNING), notice)
        assert statuses(account) == ["triggered"]

    async def test_are_not_opened_for_what_is_silenced(self, pages: OwnPages, account: Account) -> None:
        await told(pages, lives.silenced())
        assert account.calls == []

    async def test_that_a_person_resolved_are_not_opened_again(
        self, pages: OwnPages, account: Account
    ) -> None:
        receipt = await told(pages, seven.token_budget_exceeded())
        account.resolve(account.incidents[0], account.users[0])
        await told(pages, changed(seven.token_budget_exceeded(), notice=9), receipt=receipt)
        assert statuses(account) == ["resolved"]

    async def test_are_opened_again_when_it_comes_back(self, pages: OwnPages, account: Account) -> None:
        await told(pages, seven.token_budget_exceeded(), lives.resolved(), lives.came_back())
        assert statuses(account) == ["resolved", "triggered"]

    async def test_wake_nobody_at_each_return_of_what_flaps(self, pages: OwnPages, account: Account) -> None:
        """The page stays open for as long as it may come back, and is resolved once that was quiet."""
        receipt, over = Receipt(), lives.resolved()
        for minute in range(5):
            now = NOW + timedelta(minutes=minute)
            about: dict[str, Any] = {"returns": (NOW, now), "flapping_since": NOW}
            receipt = await told(pages, replace(changed(lives.flapping(), **about), at=now), receipt=receipt)
            over = changed(lives.resolved(), **about)
            with pytest.raises(NotYet) as not_yet:
                await pages.tell(replace(over, at=now), receipt, sure=True)
            receipt = not_yet.value.receipt
            assert (statuses(account), not_yet.value.wait) == (["triggered"], 60)
        await told(pages, replace(over, at=now + REOPENS_WITHIN), receipt=receipt)
        assert statuses(account) == ["resolved"]

    async def test_of_what_flapped_long_ago_are_resolved_at_once(
        self, pages: OwnPages, account: Account
    ) -> None:
        hours = NOW + timedelta(hours=3)
        returns = lives.flapping().incident.returns
        over = replace(changed(lives.resolved(), returns=returns, flapping_since=NOW), at=hours)
        await told(pages, replace(lives.flapping(), at=NOW), over)
        assert statuses(account) == ["resolved"]

    async def test_are_resolved_also_where_it_came_back_silenced_before_its_end_was_told(
        self, pages: OwnPages, account: Account
    ) -> None:
        back = changed(lives.silenced(), returns=(NOW,))
        await told(pages, seven.token_budget_exceeded(), back, changed(lives.resolved(), returns=(NOW,)))
        assert statuses(account) == ["resolved"]

    async def test_get_notes_where_there_is_a_token(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account, clock: ManualClock
    ) -> None:
        notes = PageNotes(api, own_keys, words, clock)
        pages = OwnPages(events, Severity.CRITICAL, words.page, notes)
        await told(pages, lives.not_investigated(), seven.token_budget_exceeded(), lives.resolved())
        first, last = (note.content for note in account.incidents[0].notes)
        assert first.startswith("[critical] backend-engineer")
        assert last.startswith("It ended: ")

    async def test_a_trigger_whose_answer_was_lost_opens_one_page(
        self, pages: OwnPages, account: Account
    ) -> None:
        account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /v2/enqueue"))
        with pytest.raises(Unreachable):
            await pages.tell(seven.token_budget_exceeded(), None, sure=True)
        await pages.tell(seven.token_budget_exceeded(), None, sure=False)
        assert statuses(account) == ["triggered"]


def test_the_event_waits_as_long_as_it_is_said() -> None:
    assert timedelta(seconds=10) == SETTLES
