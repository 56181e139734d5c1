"""What people do to a page changes the incidents that it is about; by which keys a page is known."""

from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.domain.alert import Notification
from responder.domain.errors import Reason, Unreachable
from responder.domain.incident import EventKind, Incident
from responder.domain.notice import Delivery, DeliveryState, NotYet, Receipt
from responder.domain.page import PageEvent, PageEventKind, PageKeys, alertmanager_key, own_key, person
from responder.engine.asking import Asking
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.paged import AlertmanagerPages
from responder.engine.paging import Heard, Paging
from responder.engine.sweep import Sweep
from responder.engine.take_in import Taken
from responder.engine.telling import Telling
from responder.storage import deliveries, timeline
from responder.storage.database import Database
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import Orders, ScriptedNotifier, alert_of, minutes, notification_of
from responder.testing.loopback import serving

Take = Callable[[Notification], Taken]
Load = Callable[[str], Incident]
KEY = alertmanager_key("{}:{}")
ANA, BEN = person("PANA001", "Ana Ruiz"), person("PBEN002", "Ben Ito")


@pytest.fixture
def paging(desk: Desk) -> Paging:
    return Paging(desk)


def event(kind: PageEventKind, who: str = ANA, *, page: str = "PABC123", key: str = KEY) -> PageEvent:
    return PageEvent(id=f"{kind}/{who}", kind=kind, page=page, key=key, who=who, at=NOON)


class TestWhoHasIt:
    async def test_is_who_acknowledged_there(
        self, paging: Paging, incident: str, load: Load, orders: Orders
    ) -> None:
        orders.take()
        assert await paging.hear(event(PageEventKind.ACKNOWLEDGED)) is Heard.CHANGED
        assert load(incident).taken_by == "pagerduty:PANA001 (Ana Ruiz)"
        assert {order.args[1] for order in orders.take(Move.TELL)} == {"console", "slack"}

    async def test_is_who_it_was_assigned_to(
        self, paging: Paging, incident: str, load: Load, database: Database
    ) -> None:
        await paging.hear(event(PageEventKind.ACKNOWLEDGED))
        await paging.hear(event(PageEventKind.ASSIGNED, BEN))
        assert load(incident).taken_by == BEN
        with database.read() as connection:
            last = timeline.of(connection, incident)[-1]
        assert (last.kind, last.text) == (EventKind.TAKEN, f"{BEN}, assigned in PagerDuty")

    async def test_is_nobody_when_the_acknowledgement_times_out(
        self, paging: Paging, incident: str, load: Load
    ) -> None:
        await paging.hear(event(PageEventKind.ACKNOWLEDGED))
        await paging.hear(event(PageEventKind.RELEASED, ""))
        assert load(incident).taken_by == ""

    async def test_who_took_it_here_keeps_it(
        self, paging: Paging, incident: str, load: Load, desk: Desk
    ) -> None:
        """The acknowledgement that comes back is our own."""
        await Asking(desk).take(incident, "slack:U024BE7LH (ann)")
        for kind in (PageEventKind.ACKNOWLEDGED, PageEventKind.RELEASED):
            assert await paging.hear(event(kind)) is Heard.NO_CHANGE
        assert load(incident).taken_by == "slack:U024BE7LH (ann)"


class TestAResolvedPage:
    async def test_is_shown_while_it_fires_until_it_is_open_again(
        self, paging: Paging, incident: str, load: Load
    ) -> None:
        await paging.hear(event(PageEventKind.RESOLVED))
        assert load(incident).page_resolved_by == ANA
        await paging.hear(event(PageEventKind.REOPENED, BEN))
        assert load(incident).page_resolved_by == ""

    async def test_is_forgotten_when_it_comes_back(
        self, paging: Paging, incident: str, load: Load, take: Take
    ) -> None:
        await paging.hear(event(PageEventKind.RESOLVED))
        take(notification_of(alert_of(end=minutes(1)), at=minutes(1)))
        take(notification_of(alert_of(start=minutes(2)), at=minutes(2)))
        assert load(incident).page_resolved_by == ""

    async def test_says_nothing_of_what_is_over(self, paging: Paging, incident: str, take: Take) -> None:
        take(notification_of(alert_of(end=minutes(1)), at=minutes(1)))
        assert await paging.hear(event(PageEventKind.RESOLVED)) is Heard.NOT_OURS


class TestThePage:
    async def test_is_about_every_incident_of_its_group(self, paging: Paging, take: Take, load: Load) -> None:
        both = take(notification_of(alert_of(), alert_of("b", name="B"))).incidents
        await paging.hear(event(PageEventKind.ACKNOWLEDGED))
        assert {load(one).taken_by for one in both} == {ANA}

    @pytest.mark.parametrize("by", ["own key", "the page that was told"])
    async def test_is_known_by(
        self, paging: Paging, incident: str, database: Database, load: Load, by: str
    ) -> None:
        told = Delivery(
            about=incident,
            notifier="pagerduty",
            state=DeliveryState.DELIVERED,
            notice=1,
            receipt=Receipt(data={"pages": "POTHER PTOLD"}),
        )
        with database.write() as connection:
            deliveries.put(connection, told, NOON)
        page, key = ("PNEW", own_key(incident)) if by == "own key" else ("PTOLD", "")
        heard = await paging.hear(event(PageEventKind.ACKNOWLEDGED, page=page, key=key))
        assert heard is Heard.CHANGED
        assert load(incident).taken_by == ANA

    async def test_of_somebody_else_changes_nothing(self, paging: Paging, incident: str, load: Load) -> None:
        assert await paging.hear(event(PageEventKind.ACKNOWLEDGED, key="other")) is Heard.NOT_OURS
        assert load(incident).taken_by == ""


async def test_an_event_counts_once_over_all_replicas(
    paging: Paging, desk: Desk, incident: str, load: Load
) -> None:
    await paging.hear(event(PageEventKind.ACKNOWLEDGED))
    await paging.hear(event(PageEventKind.ACKNOWLEDGED, BEN))
    assert await Paging(desk).hear(event(PageEventKind.ACKNOWLEDGED)) is Heard.DUPLICATE
    assert load(incident).taken_by == BEN


class TestWaiting:
    """A notifier that can't say it yet is asked again, and nothing has failed."""

    @pytest.fixture
    def pager(self) -> ScriptedNotifier:
        return ScriptedNotifier("slack", errors=[NotYet(Receipt(data={"seen": 1}), "no page yet", 7.0)])

    @pytest.fixture
    def telling(self, desk: Desk, pager: ScriptedNotifier) -> Telling:
        return Telling(desk, {"slack": pager}, lambda _: "")

    async def test_is_an_order_for_later_with_what_it_remembers(
        self, telling: Telling, pager: ScriptedNotifier, incident: str, orders: Orders, clock: ManualClock
    ) -> None:
        orders.take()
        assert await telling("o1", incident, "slack", 1) is Told.NOT_YET
        [again] = orders.take(Move.TELL)
        assert again.delay == 7.0
        assert await telling("o2", incident, "slack", 1) is Told.WAITING
        clock.forward(seconds=7)
        assert await telling("o3", incident, "slack", int(again.args[2])) is Told.DELIVERED
        assert (pager.sure, pager.previous[-1]) == ([True, True], Receipt(data={"seen": 1}))

    @pytest.mark.parametrize(
        "error", [NotYet(Receipt(), "no page yet", 7.0), Unreachable("PagerDuty", Reason.TIMEOUT)]
    )
    async def test_is_not_ordered_a_second_time_by_the_sweep(  # noqa: PLR0913, PLR0917 - fixtures and the row
        self,
        telling: Telling,
        pager: ScriptedNotifier,
        incident: str,
        orders: Orders,
        clock: ManualClock,
        desk: Desk,
        error: Exception,
    ) -> None:
        """Its own order is due just then; two would each order the next one, and soon there were many."""
        pager.errors = [error]
        await telling("o1", incident, "slack", 1)
        [again] = orders.take(Move.TELL)[-1:]
        clock.forward(seconds=again.delay + 1)
        Sweep(desk).run()
        assert "slack" not in {order.args[1] for order in orders.take(Move.TELL)}
        clock.forward(seconds=30)
        Sweep(desk).run()
        assert "slack" in {order.args[1] for order in orders.take(Move.TELL)}

    async def test_is_shown_as_what_it_is(self, telling: Telling, incident: str, database: Database) -> None:
        await telling("o1", incident, "slack", 1)
        with database.read() as connection:
            stored = deliveries.one(connection, incident, "slack").delivery
        assert (stored.state, stored.error) == (DeliveryState.WAITING, "no page yet")

    async def test_leaves_in_doubt_what_was_in_doubt(
        self, telling: Telling, pager: ScriptedNotifier, incident: str
    ) -> None:
        pager.errors.insert(0, TimeoutError())
        await telling("o1", incident, "slack", 1)
        await telling("o2", incident, "slack", 2)
        await telling("o3", incident, "slack", 3)
        assert pager.sure == [True, False, False]


ONE = """
route: {receiver: none, group_by: [alertname], routes: [{matchers: [severity="critical"], receiver: oncall}]}
receivers:
- name: none
- name: oncall
  webhook_configs: [{url: <secret>}]
  pagerduty_configs: [{routing_key: <secret>}]
"""
APART = """
route:
  receiver: responder
  group_by: [alertname]
  routes:
  - {matchers: ['team=~"a|b"', severity="critical"], receiver: pages, continue: true, group_by: [...]}
  - {receiver: responder, continue: true}
receivers:
- name: responder
  webhook_configs: [{url: <secret>}]
- name: pages
  pagerduty_configs: [{routing_key: <secret>}]
"""


class TestTheKeys:
    @pytest.fixture
    def configuration(self) -> dict[str, str]:
        return {"original": ONE}

    @pytest.fixture
    async def pages(
        self, database: Database, clock: ManualClock, configuration: dict[str, str]
    ) -> AsyncIterator[AlertmanagerPages]:
        app = FastAPI()

        @app.get("/api/v2/status")
        async def status() -> dict[str, object]:
            return {"config": configuration, "versionInfo": {"version": "0.25"}}

        async with serving(app) as url, Http() as http:
            yield AlertmanagerPages(database, Alertmanager(http, url), clock)

    async def test_are_those_of_the_receiver_that_pages_and_sends_to_us(
        self, pages: AlertmanagerPages, take: Take, load: Load
    ) -> None:
        group = '{}/{severity="critical"}:{alertname="A"}'
        alert = alert_of(severity="critical")
        [found] = take(notification_of(alert, group_key=group, receiver="oncall")).incidents
        assert await pages.keys(load(found)) == PageKeys((alertmanager_key(group),))

    async def test_are_none_where_nobody_is_paged(
        self, pages: AlertmanagerPages, take: Take, load: Load
    ) -> None:
        [found] = take(notification_of(alert_of(severity="info"), receiver="none")).incidents
        assert await pages.keys(load(found)) == PageKeys()

    async def test_of_a_route_of_its_own_are_others(
        self, pages: AlertmanagerPages, configuration: dict[str, str], take: Take, load: Load
    ) -> None:
        configuration["original"] = APART
        alert = alert_of(severity="critical", team="a", text='say "hi" \\ ü')
        [found] = take(notification_of(alert, receiver="responder")).incidents
        group = (
            '{}/{severity="critical",team=~"a|b"}:'
            r'{alertname="A", severity="critical", team="a", text="say \"hi\" \\ ü"}'
        )
        assert await pages.keys(load(found)) == PageKeys(apart=(alertmanager_key(group),))

    async def test_are_those_of_the_notifications_where_alertmanager_can_not_be_asked(
        self, database: Database, clock: ManualClock, incident: str, load: Load
    ) -> None:
        async with Http() as http:
            pages = AlertmanagerPages(database, Alertmanager(http, "http://127.0.0.1:1"), clock)
            assert await pages.keys(load(incident)) == PageKeys((KEY,), certain=False)
