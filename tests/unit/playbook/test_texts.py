"""Placeholders: filled once, by a scanner, never by a format string."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.domain.units import Unit
from responder.playbook.texts import (
    LONGEST_VALUE,
    Measured,
    Placeholder,
    filled,
    first_filled,
    short,
    stray_braces,
)

KNOWN = {
    ("persona", None): Measured("backend-engineer"),
    ("over", None): Measured(250.0, Unit.TOKENS),
    ("burn", None): Measured(26.4, Unit.TOKENS_PER_MINUTE),
    ("process", "started_at"): Measured(0.0),
    ("gate", "at_default"): Measured(value=False),
    ("nan", None): Measured(math.nan, Unit.TOKENS),
    ("inf", None): Measured(math.inf, Unit.SECONDS),
    ("empty", None): Measured(""),
    ("zero", None): Measured(0.0, Unit.TOKENS),
}


def lookup(placeholder: Placeholder) -> Measured | None:
    return KNOWN.get((placeholder.name, placeholder.field))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{persona} {over} over", "backend-engineer 250 tokens over"),
        ("{over:n}", "250"),
        ("At {burn}.", "At 26.4 tokens a minute."),
        ("since {process.started_at}", "since 00:00 UTC"),
        ("{gate.at_default}", "no"),
        ("{zero}", "0 tokens"),  # 0 is a measured value
        ("{unknown}", None),
        ("{nan}", None),
        ("{inf}", None),
        ("{empty}", None),
        ("{persona} {unknown}", None),  # one missing is all missing
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_sentence_is_filled_or_left_out(text: str, words: str | None) -> None:
    assert filled(text, lookup) == words


def test_the_first_sentence_that_can_be_filled_is_taken() -> None:
    assert first_filled(("{unknown} a", "{persona} b", "c"), lookup) == "backend-engineer b"
    assert first_filled(("{unknown}",), lookup) == ""


@pytest.mark.parametrize("value", ["{persona}", "{over:n}", "{0}", "{0.__class__}", "%s", "${persona}"])
def test_a_filled_in_value_is_never_read_again(value: str) -> None:
    assert filled("<{x}>", lambda _: Measured(value)) == f"<{value}>"


@given(st.text())
def test_a_label_value_in_a_sentence_is_one_short_line(value: str) -> None:
    words = short(value)
    assert len(words) <= LONGEST_VALUE
    assert not set(words) & set("\n\r\t\x00\x1b\u202e\u2028")


def test_a_long_value_keeps_its_beginning_and_its_end() -> None:
    words = short("a" * 500 + "z" * 500)
    assert words.startswith("aaa")
    assert "…" in words
    assert words.endswith("zzz")


@pytest.mark.parametrize("text", ["{Persona}", "{a b}", "{over:x}", "{", "}", "{{over}}", "{a.b.c}"])
def test_a_brace_that_is_no_placeholders_is_noticed(text: str) -> None:
    assert stray_braces(text)
