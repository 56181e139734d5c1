"""A link in a message opens one incident's page for seven days, and nothing else."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from responder.testing.clock import ManualClock
from responder.web.links import Links


def parts(url: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(url).query)
    return query["until"][0], query["signature"][0]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def links(clock: ManualClock) -> Links:
    return Links("https://responder.example.org", b"key", clock)


def test_a_link_opens_its_incident_for_seven_days_and_the_rest_of_today(
    links: Links, clock: ManualClock
) -> None:
    until, signature = parts(links.incident("k7m2wq9p"))
    clock.forward(days=7)
    assert links.allows("k7m2wq9p", until, signature)
    clock.forward(days=1)
    assert not links.allows("k7m2wq9p", until, signature)


def test_a_link_stays_the_same_all_day_so_that_no_message_is_edited_for_it(
    links: Links, clock: ManualClock
) -> None:
    first = links.incident("k7m2wq9p")
    clock.forward(hours=11)
    assert links.incident("k7m2wq9p") == first


@pytest.mark.parametrize(
    ("incident", "change"),
    [
        # another incident
        ("otherone", lambda until, signature: (until, signature)),
        # a later end
        ("k7m2wq9p", lambda until, signature: (str(int(until) + 1), signature)),
        # no signature, half of one, letters that are none
        ("k7m2wq9p", lambda until, _: (until, "")),
        ("k7m2wq9p", lambda until, signature: (until, signature[:-1])),
        ("k7m2wq9p", lambda until, _: (until, "\udcff")),
        # times that are none
        ("k7m2wq9p", lambda _, signature: ("", signature)),
        ("k7m2wq9p", lambda _, signature: ("²", signature)),
        ("k7m2wq9p", lambda _, signature: ("9" * 5000, signature)),
    ],
)
def test_a_changed_link_opens_nothing(links: Links, incident: str, change: object) -> None:
    assert callable(change)
    until, signature = change(*parts(links.incident("k7m2wq9p")))
    assert not links.allows(incident, until, signature)


def test_another_key_opens_nothing(links: Links, clock: ManualClock) -> None:
    until, signature = parts(Links("https://x", b"other", clock).incident("k7m2wq9p"))
    assert not links.allows("k7m2wq9p", until, signature)


def test_without_a_public_address_there_are_no_links(clock: ManualClock) -> None:
    assert Links("", b"key", clock).incident("k7m2wq9p") == ""


def test_the_key_is_not_in_the_link(links: Links) -> None:
    assert not re.search("key", links.incident("k7m2wq9p"))
