"""What our client makes of PagerDuty: events, what stands there, and failures in our own words."""

from dataclasses import replace
from functools import partial

import pytest

from responder.clients.http import Http
from responder.clients.pagerduty import PagerDutyApi, PagerDutyEvents, Trigger
from responder.clients.pagerduty_answers import PageStatus
from responder.domain.errors import Effect, Reason, Refused, Unreachable
from responder.testing.pagerduty import EMAIL, TOKEN, Account
from responder.testing.slack import Fault, FaultKind

BAD = Trigger(summary="backend-engineer 250 tokens over 2000", source="Hypertool", severity="critical")


class TestEvents:
    async def test_open_acknowledge_and_resolve_one_page(
        self, events: PagerDutyEvents, account: Account
    ) -> None:
        seen = []
        for send in (
            partial(events.trigger, "k", BAD),
            partial(events.acknowledge, "k"),
            partial(events.resolve, "k"),
        ):
            await send()
            seen.append([incident.status for incident in account.incidents])
        assert seen == [["triggered"], ["acknowledged"], ["resolved"]]

    async def test_say_where_to_look(self, events: PagerDutyEvents, account: Account) -> None:
        what = replace(
            BAD, links=(("https://x.example/1", "Incident page"),), details={"Most likely": "bloat"}
        )
        await events.trigger("k", what)
        [alert] = account.incidents[0].alerts
        assert alert.links == ({"href": "https://x.example/1", "text": "Incident page"},)
        assert alert.payload["custom_details"] == {"Most likely": "bloat"}

    async def test_what_is_invalid_is_refused_with_the_reasons(self, events: PagerDutyEvents) -> None:
        with pytest.raises(Refused, match=r"400 Bad Request: Event object is invalid; 'payload.summary'"):
            await events.trigger("k", replace(BAD, summary=" "))

    async def test_a_wrong_key_is_refused(self, events: PagerDutyEvents) -> None:
        with pytest.raises(Refused, match="Invalid routing key"):
            await replace(events, routing_key="short").trigger("k", BAD)


class TestTheApi:
    async def test_finds_a_page_by_its_key_resolved_ones_too(
        self, events: PagerDutyEvents, api: PagerDutyApi
    ) -> None:
        await events.trigger("k", BAD)
        await events.resolve("k")
        await events.trigger("k", BAD)
        newest, oldest = await api.of_key("k")
        assert (newest.status, oldest.status) == (PageStatus.TRIGGERED, PageStatus.RESOLVED)
        assert await api.of_key("K") == ()

    async def test_says_where_a_merged_page_went(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account
    ) -> None:
        await events.trigger("a", BAD)
        await events.trigger("b", BAD)
        source, target = account.incidents
        account.merge(source, target, account.users[0])
        [page] = await api.of_key("a")
        assert (page.open, page.merged_into) == (False, target.id)
        assert await api.keys(target.id) == {"a", "b"}

    async def test_lists_open_pages_with_the_number_of_their_alerts(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account
    ) -> None:
        account.grouping = True
        await events.trigger("a", BAD)
        await events.trigger("b", BAD)
        [page] = await api.open_pages()
        assert (page.key, page.alerts) == ("a", 2)

    async def test_notes_and_reads_notes(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account
    ) -> None:
        await events.trigger("k", BAD)
        page = account.incidents[0].id
        await api.add_note(page, "one\ntwo")
        (note,) = await api.notes(page)
        assert note.content == "one\ntwo"
        assert account.incidents[0].notes[0].user.email == EMAIL
        for _ in range(2):  # the second time it is gone already
            await api.delete_note(page, note.id)
        assert await api.notes(page) == ()

    async def test_acknowledges_as_the_configured_user(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account
    ) -> None:
        await events.trigger("k", BAD)
        await api.acknowledge(account.incidents[0].id)
        assert (await api.page(account.incidents[0].id)).status is PageStatus.ACKNOWLEDGED
        assert account.incidents[0].acknowledged_by == account.user(EMAIL)

    async def test_knows_its_user(self, api: PagerDutyApi) -> None:
        assert await api.user() == "Hypertool Responder"

    async def test_an_email_of_nobody_is_refused(
        self, events: PagerDutyEvents, api: PagerDutyApi, account: Account
    ) -> None:
        await events.trigger("k", BAD)
        nobody = replace(api, email="nobody@example.org")
        with pytest.raises(Refused, match="no user has the address"):
            await nobody.user()
        with pytest.raises(Refused, match="Requester User Not Found"):
            await nobody.add_note(account.incidents[0].id, "x")

    async def test_a_page_that_is_not_there_and_one_with_an_odd_name_are_not_found(
        self, api: PagerDutyApi
    ) -> None:
        for name in ("PNOTHERE", "../users"):
            with pytest.raises(Refused) as refused:
                await api.page(name)
            assert refused.value.reason is Reason.NOT_FOUND

    async def test_a_wrong_token_is_unauthorized(self, api: PagerDutyApi) -> None:
        with pytest.raises(Refused) as refused:
            await replace(api, token=TOKEN[1:]).user()
        assert refused.value.reason is Reason.UNAUTHORIZED
        assert TOKEN[1:] not in str(refused.value)


class TestFailures:
    @pytest.mark.parametrize(
        ("fault", "reason", "wait"),
        [
            (Fault(FaultKind.HTTP, status=500), Reason.SERVER_ERROR, None),
            (Fault(FaultKind.HTTP, status=503), Reason.OVERLOADED, None),
            # PagerDuty says when its limit is over in a header of its own
            (Fault(FaultKind.RATE_LIMIT, retry_after=17), Reason.RATE_LIMITED, 17),
            (Fault(FaultKind.LOST_ANSWER), Reason.NO_CONNECTION, None),
        ],
    )
    async def test_are_worth_another_try(
        self, api: PagerDutyApi, account: Account, fault: Fault, reason: Reason, wait: float | None
    ) -> None:
        account.faults.add(fault)
        with pytest.raises(Unreachable) as unreachable:
            await api.user()
        assert (unreachable.value.reason, unreachable.value.retry_after) == (reason, wait)

    async def test_what_a_limit_refused_was_not_done(self, events: PagerDutyEvents, account: Account) -> None:
        account.faults.add(Fault(FaultKind.RATE_LIMIT))
        with pytest.raises(Unreachable) as unreachable:
            await events.trigger("k", BAD)
        assert (unreachable.value.effect, account.incidents) == (Effect.NONE, [])

    async def test_a_page_of_a_proxy_is_no_answer(self, api: PagerDutyApi, account: Account) -> None:
        account.faults.add(Fault(FaultKind.GARBAGE))
        with pytest.raises(Refused) as refused:
            await api.user()
        assert refused.value.reason is Reason.BAD_ANSWER

    async def test_an_address_where_nobody_listens_is_unreachable(self, http: Http) -> None:
        with pytest.raises(Unreachable):
            await PagerDutyApi(http, "http://127.0.0.1:1", TOKEN, EMAIL).user()
