"""How an incident takes in news: duplicates, old news, silence, flapping, truncation."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.incident import (
    BROADCAST,
    REOPENS_WITHIN,
    Ending,
    EventKind,
    Incident,
    IncidentState,
    absorb,
    ended,
    may_reopen,
    opened,
    taken,
)
from responder.testing.clock import NOON

MINUTE = timedelta(minutes=1)
K = EventKind


def alert(fingerprint: str = "a", *, start: int = 0, end: int | None = None, **labels: str) -> Alert:
    """An alert that began `start` minutes after noon, and ended `end` minutes after, if it did."""
    return Alert(
        fingerprint=fingerprint,
        labels={"alertname": "A", **labels},
        annotations={},
        status=AlertStatus.FIRING if end is None else AlertStatus.RESOLVED,
        starts_at=NOON + start * MINUTE,
        ends_at=None if end is None else NOON + end * MINUTE,
    )


def incident(*alerts: Alert, truncated: bool = False) -> Incident:
    return opened("i", alerts or (alert(),), NOON, truncated=truncated).incident


def kinds(before: Incident, news: Sequence[Alert], *, minutes: int = 1) -> tuple[Incident, list[EventKind]]:
    absorbed = absorb(before, news, NOON + minutes * MINUTE)
    return absorbed.incident, [event.kind for event in absorbed.events]


news_about_x = st.builds(
    lambda start, length: alert("x", start=start, end=None if length is None else start + length),
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(1, 5)),
)


@given(st.lists(news_about_x, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_news_comes_does_not_matter(news: list[Alert], shuffle: Random) -> None:
    """Whatever order a pair of Alertmanagers delivers in, the last word on an alert is the same."""
    mixed = list(news)
    shuffle.shuffle(mixed)
    one, other = incident(alert("stays")), incident(alert("stays"))
    for step in news:
        one = absorb(one, [step], NOON).incident
    for step in mixed:
        other = absorb(other, [step], NOON).incident
    assert one.alerts["x"].age == other.alerts["x"].age
    assert one.alerts["x"].status is other.alerts["x"].status


@given(st.lists(news_about_x, min_size=1, max_size=6))
def test_what_was_said_already_changes_nothing(news: list[Alert]) -> None:
    """A second delivery of everything ever said is a duplicate, and leaves the incident as it is."""
    known = incident(alert("stays"))
    for step in news:
        known = absorb(known, [step], NOON).incident
    again = absorb(known, news, NOON + MINUTE)
    assert not again.news
    assert again.incident == known


@given(st.lists(news_about_x, min_size=1, max_size=6))
def test_notices_and_revisions_never_fall(news: list[Alert]) -> None:
    known = incident(alert("stays"))
    for step in news:
        after = absorb(known, [step], NOON).incident
        assert after.notice >= known.notice
        assert after.revision >= known.revision
        known = after


@pytest.mark.parametrize(
    ("news", "happened", "revision"),
    [
        ([alert("b")], [K.ALERT_JOINED], 2),                                    # another instance
        ([alert("a", start=5)], [K.STATUS_CHANGED], 1),                         # a new episode
        ([alert("a", end=3)], [K.ALERT_RESOLVED, K.CLOSED], 1),                 # the last one resolved
        ([alert("b", severity="critical")], [K.ALERT_JOINED, K.SEVERITY_RAISED], 2),
        ([alert("b", severity="info")], [K.ALERT_JOINED], 2),                   # a lower one raises nothing
        ([alert("b", end=3)], [], 1),                                           # resolved, never seen to fire
        ([alert("a")], [], 1),                                                  # a duplicate
        ([alert("a", start=-5)], [], 1),                                        # older than what is known
    ],
)  # fmt: skip
def test_what_news_is(news: list[Alert], happened: list[EventKind], revision: int) -> None:
    """The revision rises when there is something new to investigate, and only then."""
    after, said = kinds(incident(), news)
    assert said == happened
    assert after.revision == revision
    assert after.notice == 1 + bool(happened)


def test_the_end_that_came_before_the_beginning_is_not_forgotten() -> None:
    """Resolved first, firing later: the late beginning is old news and opens nothing again."""
    known, _ = kinds(incident(alert("stays")), [alert("x", start=1, end=2)])
    after, said = kinds(known, [alert("x", start=1)])
    assert said == []
    assert after.alerts["x"].over


def test_duplicates_within_one_notification_keep_the_newest() -> None:
    twice = opened("i", [alert("a", start=3), alert("a", start=1, end=2)], NOON).incident
    assert twice.alerts["a"].starts_at == NOON + 3 * MINUTE
    assert twice.severity is Severity.WARNING


def test_the_severity_of_what_is_over_already_does_not_count() -> None:
    mixed = incident(alert("old", end=1, severity="critical"), alert("new", severity="info"))
    assert mixed.severity is Severity.INFO


def test_a_truncated_notification_closes_nothing() -> None:
    """Alerts were left out: what is resolved may not be all there is."""
    unsure = absorb(incident(), [alert(end=1)], NOON + MINUTE, truncated=True).incident
    assert unsure.open
    assert unsure.unsure
    settled = absorb(unsure, [], NOON + 2 * MINUTE, certain=True, full=True)
    assert settled.incident.state is IncidentState.CLOSED
    assert [event.kind for event in settled.events] == [K.CLOSED]


@pytest.mark.parametrize(
    ("after_close", "reopens"),
    [(timedelta(0), True), (REOPENS_WITHIN - timedelta(seconds=1), True), (REOPENS_WITHIN, False)],
)  # fmt: skip
def test_an_incident_reopens_within_thirty_minutes(after_close: timedelta, *, reopens: bool) -> None:
    closed, _ = kinds(incident(), [alert(end=1)])
    assert closed.closed_at is not None
    assert may_reopen(closed, closed.closed_at + after_close) is reopens


def flap(times: int, *, every: int) -> tuple[Incident, list[EventKind]]:
    """Resolve and fire again so many times, once every so many minutes; what was told to everybody."""
    known, told = incident(), []
    for number in range(times):
        at = every * (number + 1)
        known, _ = kinds(known, [alert(start=known_start(known), end=at)], minutes=at)
        known, said = kinds(known, [alert(start=at + 1)], minutes=at + 1)
        told += [kind for kind in said if kind in BROADCAST]
    return known, told


def known_start(known: Incident) -> int:
    return int((known.alerts["a"].starts_at - NOON) / MINUTE)


@pytest.mark.parametrize(
    ("times", "every", "told"),
    [
        (1, 5, [K.CAME_BACK]),
        (2, 5, [K.CAME_BACK, K.CAME_BACK]),
        (3, 5, [K.CAME_BACK, K.CAME_BACK, K.FLAPPING]),       # the third within 30 minutes is flapping
        (6, 5, [K.CAME_BACK, K.CAME_BACK, K.FLAPPING]),       # and is told once
        (4, 29, [K.CAME_BACK] * 4),                           # never three within 30 minutes
    ],
)  # fmt: skip
def test_flapping_is_told_once(times: int, every: int, told: list[EventKind]) -> None:
    assert flap(times, every=every)[1] == told


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        (1, K.ENDED),          # it flaps: only the message above changes
        (29, K.ENDED),
        (30, K.ENDED_GONE),    # it fired for half an hour, and this end is news again
    ],
)  # fmt: skip
def test_while_it_flaps_its_ends_are_told_by_edits_only(quiet: int, told: EventKind) -> None:
    known, _ = flap(3, every=5)
    assert known.flapping_since is not None
    (event,) = ended(known, known.returns[-1] + timedelta(minutes=quiet), Ending.GONE, "").events
    assert event.kind is told


def test_after_thirty_quiet_minutes_flapping_may_be_told_again() -> None:
    known, _ = flap(4, every=5)
    known, _ = kinds(known, [alert(start=known_start(known), end=60)], minutes=60)
    known, said = kinds(known, [alert(start=61)], minutes=61)
    assert K.CAME_BACK in said
    assert known.flapping_since is None


def test_taking_twice_changes_nothing() -> None:
    mine = taken(incident(), NOON, "ada").incident
    assert mine.taken_by == "ada"
    assert not taken(mine, NOON, "ada").news


def test_what_comes_back_is_nobodys() -> None:
    """Who had it was done with it at its end: a new page must not be acknowledged for them."""
    closed, _ = kinds(taken(incident(), NOON, "ada").incident, [alert(end=5)], minutes=5)
    assert closed.taken_by == "ada"
    again = absorb(closed, [alert(start=6)], NOON + timedelta(minutes=6))
    assert again.incident.taken_by == ""
    assert [event.text for event in again.events if event.kind is K.RELEASED] == ["ada"]


def test_who_takes_it_while_it_flaps_keeps_it() -> None:
    """It is told no more, and its returns call nobody anew."""
    known, _ = flap(3, every=5)
    known = taken(known, NOON, "ada").incident
    at = int((known.returns[-1] - NOON) / MINUTE)
    known, _ = kinds(known, [alert(start=known_start(known), end=at + 2)], minutes=at + 2)
    known, said = kinds(known, [alert(start=at + 3)], minutes=at + 3)
    assert known.taken_by == "ada"
    assert K.RELEASED not in said


@pytest.mark.parametrize("ending", Ending)
def test_only_an_ending_that_is_gone_is_told_to_everybody(ending: Ending) -> None:
    closed, _ = kinds(incident(), [alert(end=1)])
    after = ended(closed, NOON, ending, "250 then, 1800 now")
    assert after.incident.ending is ending
    assert any(event.kind in BROADCAST for event in after.events) is (ending is Ending.GONE)
