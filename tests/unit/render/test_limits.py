"""Cutting, cleaning and escaping of text from outside."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.render.limits import (
    URL_LONGEST,
    clean,
    cut,
    escape,
    escape_within,
    lower_first,
    people,
    safe_url,
)
from responder.testing.samples.lives import LONG, NASTY


@given(st.text(), st.integers(1, 200))
def test_cut_text_is_never_longer_than_asked(text: str, most: int) -> None:
    assert len(cut(text, most)) <= most


@given(st.text(alphabet="a&<> ;", max_size=300), st.integers(1, 200))
def test_escaped_text_is_never_cut_inside_an_entity(text: str, most: int) -> None:
    """What is left reads as the beginning of what was there."""
    shown = escape_within(text, most)
    assert len(shown) <= most
    words = html.unescape(shown).removesuffix("…")
    assert text.startswith(words)
    assert escape(words) == shown.removesuffix("…")


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_cleaned_text_is_one_line_that_can_be_sent(text: str) -> None:
    shown = clean(text)
    shown.encode()  # no lone surrogate
    assert shown.splitlines() in ([], [shown])
    assert not any(letter < " " or letter in "\u202e\u2066\x7f" for letter in shown)


def test_cleaning_100_kb_keeps_the_beginning() -> None:
    assert clean("start " + LONG, 20) == "start xxxxxxxxxxxxx…"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://g.example.org/d/x?a=b&c=d#e", "https://g.example.org/d/x?a=b&c=d#e"),
        ("http://g.example.org/a|b>c<d", "http://g.example.org/a%7Cb%3Ec%3Cd"),  # mrkdwn's own signs
        ("http://g.example.org/%7Ba%7D", "http://g.example.org/%7Ba%7D"),  # encoded already: left alone
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.example", ""),
        ("", ""),
        ("http://[not-an-address", ""),
        ("java\nscript:alert(1)", ""),
        ("https://g.example.org/" + "x" * URL_LONGEST, ""),  # cutting it would make another address
    ],
)
def test_a_link_is_an_http_address_or_nothing(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def test_a_hostile_address_holds_nothing_that_ends_a_link() -> None:
    assert not set(safe_url(f"https://x.example/{NASTY}")) & set('<>|"` \n')


@pytest.mark.parametrize(
    ("title", "inside"),
    [
        ("Prompt bloat", "prompt bloat"),
        ("SDK missing", "SDK missing"),
        ("SlowStage", "SlowStage"),
        ("A", "a"),
        ("", ""),
    ],
)
def test_a_title_inside_a_sentence_starts_small_unless_it_is_an_acronym(title: str, inside: str) -> None:
    assert lower_first(title) == inside


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("slack:U024BE7LH (ann)", "ann"),
        ("Raise (2000 → 2500) by slack:W0 (ann lee): late", "Raise (2000 → 2500) by ann lee: late"),
        ("slack:U024BE7LH", "slack:U024BE7LH"),  # the name isn't known
        ("slack:nobody (ann)", "slack:nobody (ann)"),  # no id of Slack's
        ("on-call", "on-call"),
    ],
)
def test_people_are_told_by_their_names(text: str, told: str) -> None:
    assert people(text) == told
