"""The report on a terminal."""

import io

import pytest
from rich.console import Console

from responder.domain.notice import Notice
from responder.render.limits import safe_url
from responder.render.terminal import report_view
from responder.testing.samples import NOTICES, lives, seven


def printed(notice: Notice, *, colour: bool = False, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None).print(
        report_view(notice)
    )
    return out.getvalue()


@pytest.mark.parametrize("name", NOTICES)
def test_every_sample_can_be_printed(name: str) -> None:
    """Also to a terminal that takes no Unicode beyond UTF-8, and 100 KB are not poured out."""
    assert 0 < len(printed(NOTICES[name]()).encode()) < 60_000


def test_it_has_the_message_the_causes_the_findings_and_the_links() -> None:
    text = printed(seven.token_budget_exceeded())
    words = [
        "[critical]",
        "Most likely: prompt bloat",
        "Course: █",
        "Causes",
        "Findings",
        "31.5 tokens a minute",
        "Links",
    ]
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_a_link_that_wraps_leads_to_the_whole_address() -> None:
    """Terminals that know links (OSC 8) get it with each of its lines; a pipe gets the address as text."""
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    address = max((safe_url(link.url) for link in notice.report.links), key=len)
    assert len(address) > 40
    assert printed(notice, colour=True, width=40).count(f";{address}\x1b\\") > 1
    assert "\x1b" not in printed(notice)


def test_text_from_outside_is_no_markup_and_no_escape_sequence() -> None:
    text = printed(lives.nasty(), colour=True)
    assert "[red]rich[/red]" in text.replace("\n", "")
    assert "\x1b[31mred" not in text
    assert "\x07" not in text


def test_quick_fixes_have_the_ids_that_commands_take_and_what_happened() -> None:
    text = printed(NOTICES["fix in force"]())
    words = ["Quick fixes", "in force (fx4n7t2raise)", "42 min left", "approved by ann", "works: -250 → 240"]
    places = [text.index(word) for word in words[:2]]
    assert places == sorted(places)
    assert all(word in text for word in words)
