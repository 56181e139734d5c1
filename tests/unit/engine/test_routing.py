"""Where alerts go: one incident of an alert name and group is open at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from responder.domain.alert import Alert
from responder.domain.incident import Incident, absorb, opened
from responder.engine.routing import route
from responder.testing.clock import NOON
from responder.testing.engine import alert_of

AGAIN: Final = NOON + timedelta(minutes=20)
NOW: Final = AGAIN + timedelta(seconds=5)


def closed(name: str, fingerprint: str, at: datetime = NOON + timedelta(minutes=10)) -> Incident:
    """An incident of one alert that fired at noon and is over."""
    fired = opened(name, [alert_of(fingerprint)], NOON).incident
    return absorb(fired, [alert_of(fingerprint, end=at)], at).incident


BACK, NEW = alert_of("back", start=AGAIN), alert_of("new", start=AGAIN)


def test_without_an_open_one_an_alert_that_fires_again_opens_its_incident_again() -> None:
    assert route([BACK], {"back": closed("old", "back")}, None, NOW).known == {"old": [BACK]}


def test_an_alert_that_fires_again_joins_the_open_one_of_its_group() -> None:
    """A second open incident of the name would be a second message about one episode."""
    routed = route([BACK], {"back": closed("old", "back")}, "open", NOW)
    assert routed.known == {"open": [BACK]}
    assert routed.fresh == []


@pytest.mark.parametrize("alerts", [[BACK, NEW], [NEW, BACK]])
def test_what_fires_beside_it_joins_the_one_that_is_opened_again(alerts: list[Alert]) -> None:
    routed = route(alerts, {"back": closed("old", "back")}, None, NOW)
    assert routed.known == {"old": alerts}
    assert routed.fresh == []


def test_of_several_closed_ones_the_one_closed_last_is_opened_again() -> None:
    other = alert_of("other", start=AGAIN)
    holders = {
        "back": closed("earlier", "back"),
        "other": closed("later", "other", NOON + timedelta(minutes=15)),
    }
    assert route([BACK, other], holders, None, NOW).known == {"later": [BACK, other]}


def test_old_news_goes_to_the_closed_one_that_ignores_it_and_opens_nothing() -> None:
    old = alert_of("back", start=NOON)
    assert route([old, NEW], {"back": closed("old", "back")}, None, NOW).known == {"old": [old]}


def test_after_thirty_minutes_it_is_a_new_one() -> None:
    late = replace(BACK, starts_at=NOON + timedelta(minutes=50))
    routed = route([late], {"back": closed("old", "back")}, None, late.starts_at)
    assert routed.known == {}
    assert routed.fresh == [late]
