"""Alertmanager's answers, as its versions from 0.25 to 0.34 write them, become our alerts."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher
from responder.clients.http import Http
from responder.domain.alert import Alert, AlertStatus
from responder.domain.errors import Reason, Refused

LISTED = {
    "annotations": {"summary": "It is over."},
    "endsAt": "2026-01-10T03:04:00.000Z",  # when it would time out: it hasn't ended
    "fingerprint": "7f4d3ed1e5bd8b6f",
    "generatorURL": "http://prometheus/graph",
    "labels": {"alertname": "TokenBudgetExceeded", "persona": "a"},
    "receivers": [{"name": "responder"}],
    "startsAt": "2026-01-10T04:00:00.123456789+01:00",
    "updatedAt": "2026-01-10T03:00:00.000Z",
}


async def alerts(body: Any) -> tuple[Alert, ...]:
    async with Http(httpx.MockTransport(lambda _: httpx.Response(200, json=body))) as http:
        return await Alertmanager(http, "http://alertmanager/").alerts(within=5)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"state": "active", "silencedBy": [], "inhibitedBy": []}, AlertStatus.FIRING),
        # not yet through the pipeline, shortly after a start
        ({"state": "unprocessed", "silencedBy": [], "inhibitedBy": []}, AlertStatus.FIRING),
        ({"state": "suppressed", "silencedBy": ["s"], "inhibitedBy": []}, AlertStatus.SILENCED),
        ({"state": "suppressed", "silencedBy": [], "inhibitedBy": ["f"]}, AlertStatus.INHIBITED),
        # both: a person has silenced it, that is worth more to say
        ({"state": "suppressed", "silencedBy": ["s"], "inhibitedBy": ["f"]}, AlertStatus.SILENCED),
        # 0.28 and later: muted by a time interval; it fires all the same
        ({"state": "suppressed", "silencedBy": [], "inhibitedBy": [], "mutedBy": ["n"]}, AlertStatus.FIRING),
        ({"state": "active", "silencedBy": None, "inhibitedBy": None}, AlertStatus.FIRING),
    ],
)  # fmt: skip
async def test_what_suppresses_an_alert_is_its_status(status: dict[str, Any], expected: AlertStatus) -> None:
    (alert,) = await alerts([LISTED | {"status": status}])
    assert alert == Alert(
        fingerprint="7f4d3ed1e5bd8b6f",
        labels=LISTED["labels"],  # type: ignore[arg-type]  # a dict of several types
        annotations={"summary": "It is over."},
        status=expected,
        starts_at=datetime(2026, 1, 10, 3, 0, 0, 123456, tzinfo=UTC),
        ends_at=None,
        generator_url="http://prometheus/graph",
    )


@pytest.mark.parametrize("body", [{}, [1], [{"labels": {}}], "text", None])
async def test_an_answer_of_another_shape_is_no_answer(body: Any) -> None:
    with pytest.raises(Refused) as caught:
        await alerts(body)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("matcher", "written"),
    [
        (Matcher("a", "b"), 'a="b"'),
        (Matcher("a", "b", is_equal=False), 'a!="b"'),
        (Matcher("a", "b|c", is_regex=True), 'a=~"b|c"'),
        (Matcher("a", "b", is_regex=True, is_equal=False), 'a!~"b"'),
        (Matcher("a", 'q"\\\n'), r'a="q\"\\\n"'),
    ],
)
def test_a_matcher_is_written_as_alertmanager_reads_it(matcher: Matcher, written: str) -> None:
    assert str(matcher) == written
