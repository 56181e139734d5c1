"""What the page that Alertmanager opened holds after an incident was told, through its life and failures."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from responder.clients.pagerduty import PagerDutyApi
from responder.domain.alert import Severity
from responder.domain.errors import AdapterError, Reason
from responder.domain.incident import Incident
from responder.domain.notice import Notice, NotYet, PartlyTold, Receipt
from responder.domain.page import PageKeys, alertmanager_key, person
from responder.domain.report import Link
from responder.domain.storm import StormNotice
from responder.notify.pagerduty import WAITS_FOR_PAGE, PageNotes
from responder.render import pagerduty as words
from responder.testing.clock import ManualClock
from responder.testing.pagerduty import Account
from responder.testing.pagerduty import Incident as Page
from responder.testing.samples import NOW, lives, seven, storms
from responder.testing.samples.fixes import WITH_FIXES
from responder.testing.slack import Fault, FaultKind

KEY = alertmanager_key('{}/{severity="critical"}:{alertname="TokenBudgetExceeded"}')
TAKEN = "slack:U024BE7LH (ann)"
Open = Callable[..., Page]


class Known:
    """By which keys the page is known; nothing by default, as where Alertmanager pages nobody."""

    def __init__(self) -> None:
        self.keys = PageKeys((KEY,))

    async def __call__(self, _: Incident) -> PageKeys:
        return self.keys


def test_an_address_that_holds_a_query_is_left_to_the_page() -> None:
    """A note shows an address as it is: one with a query takes half a phone's screen."""
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    query = Link(title="Prometheus", url=f"http://prometheus.example.org/graph?g0.expr={'x' * 300}")
    told = words.note(replace(notice, report=replace(notice.report, links=(query, *notice.report.links))))
    assert "g0.expr" not in told
    assert "Dashboard: http" in told


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def notifier(api: PagerDutyApi, known: Known, clock: ManualClock) -> PageNotes:
    return PageNotes(api, known, words, clock)


@pytest.fixture
def opened(account: Account) -> Open:
    """Alertmanager's page, as its own event opens it."""

    def call(key: str = KEY) -> Page:
        payload = {"summary": "[FIRING:1] TokenBudgetExceeded", "source": "am", "severity": "critical"}
        account.trigger(next(iter(account.integrations.values())), key, {"payload": payload})
        return account.incidents[-1]

    return call


def changed(whole: Notice, /, **about: Any) -> Notice:
    return replace(whole, incident=replace(whole.incident, **about))


async def told(notifier: PageNotes, *notices: Notice, receipt: Receipt | None = None) -> Receipt:
    """Tell one after the other without trouble."""
    for notice in notices:
        receipt = await notifier.tell(notice, receipt, sure=True)
    assert receipt is not None
    return receipt


def notes(page: Page) -> Sequence[str]:
    return [note.content for note in page.notes]


def writes(account: Account) -> list[str]:
    return [call for call in account.calls if not call.startswith("GET")]


class TestTheFirstNote:
    async def test_says_the_top_cause_its_evidence_findings_and_links(
        self, notifier: PageNotes, opened: Open
    ) -> None:
        page = opened()
        await told(notifier, seven.token_budget_exceeded())
        [note] = notes(page)
        assert note.startswith("[critical] backend-engineer 250 tokens over 2000\n")
        assert "Most likely: " in note
        assert "\n• for: " in note
        assert "Incident page: https://" in note
        assert "If you do nothing: " in note

    async def test_waits_until_the_page_is_there(self, notifier: PageNotes, opened: Open) -> None:
        with pytest.raises(NotYet) as not_yet:
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
        page = opened()
        await told(notifier, seven.token_budget_exceeded(), receipt=not_yet.value.receipt)
        assert len(notes(page)) == 1

    async def test_waits_until_all_is_known(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        await told(notifier, lives.not_investigated(), lives.partial())
        assert (notes(page), account.calls) == ([], [])

    async def test_is_not_waited_for_for_ever(self, notifier: PageNotes, clock: ManualClock) -> None:
        with pytest.raises(NotYet) as not_yet:
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
        clock.forward(seconds=WAITS_FOR_PAGE.total_seconds())
        await told(notifier, seven.token_budget_exceeded(), receipt=not_yet.value.receipt)

    async def test_where_alertmanager_pages_nobody_nothing_is_asked(
        self, notifier: PageNotes, known: Known, account: Account
    ) -> None:
        known.keys = PageKeys()
        await told(notifier, seven.slow_workflow_stage())
        assert account.calls == []

    async def test_several_incidents_in_one_page_have_a_note_each(
        self, notifier: PageNotes, opened: Open
    ) -> None:
        page = opened()
        await told(notifier, seven.token_budget_exceeded())
        await told(notifier, seven.slow_workflow_stage())
        assert len(notes(page)) == 2

    async def test_a_page_that_was_merged_is_found(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        source, target = opened(), opened("another")
        account.merge(source, target, account.users[0])
        await told(notifier, seven.token_budget_exceeded())
        assert (len(notes(source)), len(notes(target))) == (0, 1)

    async def test_a_page_that_the_alert_was_grouped_into_is_found(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        account.grouping = True
        page = opened("another")
        opened()
        await told(notifier, seven.token_budget_exceeded())
        assert len(notes(page)) == 1

    async def test_several_told_at_once_look_through_pages_once(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        """Else a storm would use up what PagerDuty answers in a minute."""
        account.grouping = True
        page = opened("another")
        opened()
        both = (seven.token_budget_exceeded(), seven.slow_workflow_stage())
        await asyncio.gather(*(notifier.tell(one, None, sure=True) for one in both))
        assert len(notes(page)) == 2
        assert account.calls.count("GET /incidents/alerts 200") == 1

    async def test_fits_a_phone_whatever_comes_from_outside(self, notifier: PageNotes, opened: Open) -> None:
        page = opened()
        await told(notifier, lives.nasty(lives.NASTY + lives.LONG))
        await told(notifier, lives.five_hundred_alerts())
        assert all((len(note) < 7_000 and note.isprintable()) or "\n" in note for note in notes(page))
        assert max(len(line) for note in notes(page) for line in note.splitlines()) < 1_700
        assert not any("\x1b" in note or "\u202e" in note for note in notes(page))


class TestSeveralPagesOfOneIncident:
    """Receivers that page by routes of their own: each page wakes somebody, who is told what is wrong."""

    @pytest.fixture
    def known(self) -> Known:
        known = Known()
        known.keys = PageKeys((KEY,), ("apart",))
        return known

    async def test_have_the_same_notes(self, notifier: PageNotes, opened: Open) -> None:
        pages = opened(), opened("apart")
        await told(notifier, seven.token_budget_exceeded(), lives.silenced())
        assert [len(notes(page)) for page in pages] == [2, 2]
        assert notes(pages[0]) == notes(pages[1])

    async def test_one_that_comes_later_has_everything_though_nothing_is_new(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        first = opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        second = opened("apart")
        receipt = await told(notifier, seven.token_budget_exceeded(), receipt=receipt)
        assert (len(notes(first)), len(notes(second))) == (1, 1)
        assert "Most likely: " in notes(second)[0]
        asked = len(account.calls)
        await told(notifier, seven.token_budget_exceeded(), receipt=receipt)
        assert len(account.calls) == asked  # all are known: nothing is looked for

    async def test_one_of_a_group_that_joins_late_is_told_too(
        self, notifier: PageNotes, opened: Open, known: Known, clock: ManualClock
    ) -> None:
        opened()
        opened("apart")
        receipt = await told(notifier, seven.token_budget_exceeded())
        clock.forward(seconds=2 * WAITS_FOR_PAGE.total_seconds())
        known.keys = PageKeys((KEY, "joined"), ("apart",))
        joined = opened("joined")
        await told(notifier, seven.token_budget_exceeded(), receipt=receipt)
        assert len(notes(joined)) == 1

    async def test_one_that_never_comes_is_looked_for_half_an_hour(
        self, notifier: PageNotes, opened: Open, account: Account, clock: ManualClock
    ) -> None:
        opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        clock.forward(seconds=WAITS_FOR_PAGE.total_seconds())
        receipt = await told(notifier, seven.token_budget_exceeded(), receipt=receipt)
        asked = len(account.calls)
        await told(notifier, seven.token_budget_exceeded(), receipt=receipt)
        assert len(account.calls) == asked

    async def test_what_failed_for_the_second_is_not_written_twice_for_the_first(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        pages = opened(), opened("apart")
        account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /incidents/notes"))
        with pytest.raises(PartlyTold) as partly:
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
        await notifier.tell(seven.token_budget_exceeded(), partly.value.receipt, sure=False)
        assert [len(notes(page)) for page in pages] == [1, 1]

    async def test_whoever_takes_it_here_acknowledges_all(self, notifier: PageNotes, opened: Open) -> None:
        pages = opened(), opened("apart")
        await told(notifier, changed(seven.token_budget_exceeded(), taken_by=TAKEN))
        assert [page.status for page in pages] == ["acknowledged"] * 2


class TestAStorm:
    """Whoever was woken by one of many pages is told there that it is one of many."""

    @staticmethod
    async def told(notifier: PageNotes, *notices: StormNotice, receipt: Receipt | None = None) -> Receipt:
        for notice in notices:
            receipt = await notifier.tell_storm(notice, receipt, sure=True)
        assert receipt is not None
        return receipt

    async def test_is_noted_once_when_it_is_on_and_once_when_it_is_over(
        self, notifier: PageNotes, opened: Open
    ) -> None:
        page = opened()
        await self.told(notifier, storms.storm(), storms.storm(), storms.storm_over())
        assert [note.splitlines()[0].split("]")[0] for note in notes(page)] == ["[storm", "[storm over"]
        assert "critical, TokenBudgetExceeded: 311 open, 4 resolved" in notes(page)[0]
        assert "All incidents: https://" in notes(page)[0]
        assert max(map(len, notes(page))) < 1_700

    async def test_is_noted_on_a_page_that_comes_later(self, notifier: PageNotes, opened: Open) -> None:
        receipt = await self.told(notifier, storms.storm())
        page = opened()
        await self.told(notifier, storms.storm(), receipt=receipt)
        assert len(notes(page)) == 1

    async def test_opens_nothing_and_says_nothing_where_nobody_was_paged(
        self, notifier: PageNotes, account: Account, opened: Open
    ) -> None:
        await self.told(notifier, storms.storm(), storms.storm_over())
        page = opened()
        receipt = await self.told(notifier, storms.storm())
        account.resolve(page, account.users[0])
        await self.told(notifier, storms.storm_over(), receipt=receipt)
        assert ([one.status for one in account.incidents], len(notes(page))) == (["resolved"], 1)

    async def test_a_note_whose_answer_was_lost_is_not_written_twice(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /incidents/notes"))
        with pytest.raises(AdapterError):
            await notifier.tell_storm(storms.storm(), None, sure=True)
        await notifier.tell_storm(storms.storm(), None, sure=False)
        assert len(notes(page)) == 1


class TestALaterNote:
    @pytest.mark.parametrize(
        ("later", "said"),
        [
            (lives.silenced, "Silenced: [critical, silenced]"),
            (lives.resolved, "It ended: [resolved] backend-engineer: token budget exceeded"),
            (lives.unmeasured, "Another first cause: [critical]"),
        ],
    )
    async def test_says_what_changed_and_only_that(
        self, notifier: PageNotes, opened: Open, later: Callable[[], Notice], said: str
    ) -> None:
        page = opened()
        await told(notifier, seven.token_budget_exceeded(), later())
        [_, note] = notes(page)
        assert note.startswith(said)
        assert len(note) < 900

    async def test_says_that_the_severity_rose(self, notifier: PageNotes, opened: Open) -> None:
        page = opened()
        before = changed(seven.token_budget_exceeded(), severity=Severity.WARNING)
        await told(notifier, before, seven.token_budget_exceeded())
        assert notes(page)[1].startswith("Severity rose: ")

    async def test_says_what_came_of_a_quick_fix(self, notifier: PageNotes, opened: Open) -> None:
        page = opened()
        works = next(n() for name, n in WITH_FIXES.items() if name == "fix in force")
        await told(notifier, replace(works, fixes=()), works)
        assert notes(page)[1].startswith("A quick fix: ")
        assert "In force: " in notes(page)[1]

    async def test_is_not_written_for_a_reading_or_for_who_has_it(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        asked = len(account.calls)
        moved = changed(seven.token_budget_exceeded(), notice=9)
        await told(notifier, moved, receipt=receipt)
        assert (len(notes(page)), len(account.calls)) == (1, asked)

    async def test_the_end_is_noted_on_the_resolved_page_and_opens_nothing(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        account.resolve(page, next(iter(account.integrations.values())))
        await told(notifier, lives.resolved(), receipt=receipt)
        assert "recovered: -250 → 1400 tokens" in notes(page)[1]
        assert [one.status for one in account.incidents] == ["resolved"]

    async def test_what_came_back_is_noted_on_its_new_page(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        first = opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        account.resolve(first, next(iter(account.integrations.values())))
        second = opened()
        await told(notifier, lives.came_back(), receipt=receipt)
        assert (len(notes(first)), len(notes(second))) == (1, 1)

    async def test_what_ended_without_a_note_gets_none(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        opened()
        await told(notifier, lives.not_investigated(), lives.resolved())
        assert writes(account) == []


class TestWhoHasIt:
    async def test_taking_it_here_acknowledges_there_once(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        mine = changed(seven.token_budget_exceeded(), taken_by=TAKEN)
        await told(notifier, seven.token_budget_exceeded(), mine, mine)
        assert page.status == "acknowledged"
        assert writes(account).count("PUT /incidents/one 200") == 1

    async def test_taking_it_there_is_not_told_there(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        opened()
        theirs = changed(seven.token_budget_exceeded(), taken_by=person("PANA001", "Ana Ruiz"))
        await told(notifier, seven.token_budget_exceeded(), theirs)
        assert "PUT /incidents/one 200" not in account.calls

    async def test_a_page_that_is_over_is_left_alone(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        account.resolve(page, account.users[0])
        mine = changed(seven.token_budget_exceeded(), taken_by=TAKEN)
        await told(notifier, mine, receipt=receipt)
        assert [one.status for one in account.incidents] == ["resolved"]


class TestFailures:
    async def test_a_note_whose_answer_was_lost_is_not_written_twice(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        page = opened()
        account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /incidents/notes"))
        with pytest.raises(PartlyTold) as partly:
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
        receipt = await notifier.tell(seven.token_budget_exceeded(), partly.value.receipt, sure=False)
        await told(notifier, lives.silenced(), receipt=receipt)
        assert len(notes(page)) == 2

    async def test_what_was_acknowledged_is_kept_when_the_note_fails(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        opened()
        account.faults.add(Fault(FaultKind.HTTP, "POST /incidents/notes", status=503))
        mine = changed(seven.token_budget_exceeded(), taken_by=TAKEN)
        with pytest.raises(PartlyTold) as partly:
            await notifier.tell(mine, None, sure=True)
        assert partly.value.receipt.data["acknowledged"] == TAKEN
        await notifier.tell(mine, partly.value.receipt, sure=False)
        assert writes(account).count("PUT /incidents/one 200") == 1

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            (Fault(FaultKind.RATE_LIMIT, "GET /incidents"), Reason.RATE_LIMITED),
            (Fault(FaultKind.HTTP, "GET /incidents", status=502), Reason.SERVER_ERROR),
            (Fault(FaultKind.REFUSE, "GET /incidents", error="no"), Reason.REFUSED),
        ],
    )
    @pytest.mark.usefixtures("opened")
    async def test_are_told_by_their_reason(
        self, notifier: PageNotes, account: Account, fault: Fault, reason: Reason
    ) -> None:
        account.faults.add(fault)
        with pytest.raises(AdapterError) as failed:
            await notifier.tell(seven.token_budget_exceeded(), None, sure=True)
        assert failed.value.reason is reason

    async def test_a_page_that_was_deleted_is_looked_for_anew(
        self, notifier: PageNotes, opened: Open, account: Account
    ) -> None:
        opened()
        receipt = await told(notifier, seven.token_budget_exceeded())
        account.incidents.clear()
        page = opened()
        await told(notifier, lives.silenced(), receipt=receipt)
        assert len(notes(page)) == 1


def test_a_page_is_waited_for_longer_than_a_group_may_wait() -> None:
    """Alertmanager's group_wait is minutes at most."""
    assert timedelta(minutes=10) < WAITS_FOR_PAGE


async def test_a_note_that_was_written_twice_is_taken_away(
    notifier: PageNotes, opened: Open, account: Account
) -> None:
    """Two replicas wrote it; the first one stays, and so does what a person wrote."""
    page, notice = opened(), seven.token_budget_exceeded()
    receipt = await told(notifier, notice)
    account.note(page, account.users[0], "I am on it.")
    await told(notifier, notice)
    before = notes(page)
    assert len(before) == 3
    incident = notice.incident
    assert await notifier.tidy(incident.id, incident.opened_at, receipt) == 1
    assert notes(page) == before[:2]
    assert await notifier.tidy(incident.id, incident.opened_at, receipt) == 0


async def test_without_a_page_there_is_nothing_to_take_away(notifier: PageNotes) -> None:
    incident = seven.token_budget_exceeded().incident
    assert await notifier.tidy(incident.id, incident.opened_at, Receipt()) == 0
