"""The incident's page: complete, harmless, and needing nothing but itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from responder.domain.asked import silence_asked
from responder.domain.clock import utc
from responder.domain.fix import FixState, extended
from responder.domain.incident import Event, EventKind
from responder.domain.marks import AskedSilence
from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.render.html import TIMELINE, incident_page, incidents_page
from responder.testing.fixes import a_lease
from responder.testing.samples import NOTICES, lives, seven
from responder.testing.samples.lives import happened
from responder.testing.samples.parts import NOW

VOID = {"meta", "br", "link", "img", "hr", "input", "polyline", "polygon", "line"}


class Page(HTMLParser):
    """Elements with their attributes, and the text people read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "title"}:
            self.text += data

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.mark.parametrize("name", NOTICES)
def test_every_sample_is_a_whole_page_that_runs_and_loads_nothing(name: str) -> None:
    """All that a policy of `default-src 'none'; style-src 'nonce-…'` would block isn't there."""
    page = Page(incident_page(NOTICES[name](), nonce="n0nce"))
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert [style["nonce"] for style in page.named("style")] == ["n0nce"]
    for _, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on") or key == "style"]


@pytest.mark.parametrize("name", ["nasty", "nasty and long"])
def test_hostile_text_stays_text(name: str) -> None:
    page = Page(incident_page(NOTICES[name]()))
    assert "<script>alert(1)</script>" in page.text
    assert "{{ jinja }}" in page.text
    assert len(page.text) < 100_000


def test_links_lead_to_http_addresses_only() -> None:
    page = Page(incident_page(lives.nasty("javascript:alert(1)")))
    assert all(re.match(r"https?://|/", link["href"] or "") for link in page.named("a"))


def test_the_first_screen_says_what_and_how_bad_and_why_and_what_to_do() -> None:
    text = Page(incident_page(seven.token_budget_exceeded())).text
    words = [
        "critical",
        "backend-engineer 250 tokens over 2000",
        "-250 tokens, threshold 0 tokens",
        "prompt bloat",
        "If you do nothing",
        "Raise the budget by 500 tokens",
    ]
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert places[-1] < text.index("Causes")


def test_evidence_is_told_in_words() -> None:
    text = Page(incident_page(seven.token_budget_exceeded())).text
    assert all(f"{word}:" in text for word in ("for", "against", "not so", "not measured"))


def test_the_course_of_the_measure_is_drawn_and_told() -> None:
    page = Page(incident_page(seven.token_budget_exceeded()))
    [picture] = page.named("svg")
    assert picture["role"] == "img"
    assert (
        picture["aria-label"]
        == "In 59 min the measure went from 1640 tokens to -250 tokens; the threshold is 0 tokens."
    )
    assert len(list(page.named("polyline"))) == 1


def test_a_measure_without_a_value_draws_nothing() -> None:
    assert list(Page(incident_page(lives.unmeasured())).named("svg")) == []


def test_times_are_written_alike_also_in_what_was_said_of_an_event() -> None:
    """No reader should have to read both "2 Mar 13:00 UTC" and what machines write."""
    until = NOW + timedelta(hours=1)
    notice = seven.token_budget_exceeded()
    silence = AskedSilence(id="s1", by="ann", at=NOW, until=until, due_at=NOW)
    (asked,) = silence_asked(notice.incident, silence).events
    longer = extended(replace(a_lease(), state=FixState.IN_FORCE), until, "ann", NOW)
    events = [asked, Event(kind=EventKind.FIX_EXTENDED, at=NOW, text=longer.text)]
    told = incident_page(notice, events)
    assert f"ann, until {utc(until)}" in told
    assert f"the quick fix was extended: until {utc(until)}" in told
    outside_of_tags = re.sub(r"<[^>]*>", "", told)
    assert not re.search(r"\d{4}-\d\d-\d\dT", outside_of_tags)


def test_the_timeline_names_the_alert_an_event_is_about() -> None:
    notice = seven.token_budget_exceeded()
    [fingerprint] = notice.incident.alerts
    events = [happened(EventKind.ALERT_JOINED, 1, fingerprint), happened(EventKind.INVESTIGATED, 2)]
    text = Page(incident_page(notice, events)).text
    assert "an alert joined: backend-engineer 250 tokens over 2000" in text
    assert fingerprint not in text


def test_every_kind_of_event_has_words_of_its_own() -> None:
    assert set(TIMELINE) == set(EventKind)


def test_deliveries_say_how_far_they_are_and_what_failed() -> None:
    late = Delivery(
        about="k7m2wq9p",
        notifier="slack",
        state=DeliveryState.RETRYING,
        notice=1,
        receipt=Receipt(),
        error="Slack: rate limited",
    )
    text = Page(incident_page(seven.token_budget_exceeded(), deliveries=[late])).text
    assert "slack: retrying, notice 1 of 2 (Slack: rate limited)" in text


def test_the_list_has_a_line_and_a_link_for_each() -> None:
    page = Page(incidents_page([seven.token_budget_exceeded(), lives.resolved()], nonce="n"))
    assert [link["href"] for link in page.named("a")] == [seven.token_budget_exceeded().page_url] * 2
    assert "[critical] backend-engineer 250 tokens over 2000, rising; likely prompt bloat" in page.text


def test_the_list_says_when_it_is_empty() -> None:
    assert "No incident is known." in Page(incidents_page([])).text


class TestQuickFixes:
    def test_each_has_its_state_its_values_and_its_history(self) -> None:
        text = Page(incident_page(NOTICES["fix in force"]())).text
        words = [
            "Quick fixes",
            "Raise the budget by 500 tokens in force",
            "personas/backend-engineer/budget: 2000 → 2500 tokens, for 1 h",
            "42 min left",
            "proposed",
            "approved by ann",
            "applied",
            "works: -250 → 240 tokens",
            "responder fixes revert fx4n7t2raise",
            "Silence this alert proposed",
            "responder fixes approve fx4n7t2silence",
            "would be refused now",
            "another fix is in force there",
        ]
        places = [text.index(word, text.index("Quick fixes")) for word in words]
        assert places == sorted(places)

    def test_the_ended_ones_say_how_and_those_that_nobody_took_stand_apart(self) -> None:
        text = Page(incident_page(NOTICES["fixes ended"]())).text
        section = text[text.index("Quick fixes") :]
        assert (
            "failed: Hypertool's control API: no answer in 5 s" in section
        )  # the message has no room for it
        assert "rejected: not during the release" in section
        assert "1 proposal that nobody took" in section

    def test_there_is_no_such_section_where_there_is_none(self) -> None:
        assert "Quick fixes" not in Page(incident_page(seven.token_budget_exceeded())).text


def test_what_ended_without_getting_better_is_not_in_the_colour_of_what_is_well() -> None:
    gone, well = NOTICES["gone"](), NOTICES["recovered"]()
    assert '<p class="word warning">resolved' in incident_page(gone)
    assert '<p class="word resolved">resolved' in incident_page(well)
    listed = incidents_page([gone, well])
    assert re.findall(r'<span class="(\w+)">\[resolved', listed) == ["warning", "resolved"]


def test_of_many_alerts_only_the_worst_stand_before_the_causes() -> None:
    before, folded, after = re.split(
        r"<details>|</details>", incident_page(lives.five_hundred_alerts()), maxsplit=2
    )
    assert before.count("tokens over 2000</td>") == 5
    assert "<summary>495 more</summary>" in folded
    assert folded.count("tokens over 2000</td>") == 195
    assert "+300 more" in folded
    assert "Causes" in after


def test_a_query_keeps_its_lines_and_loses_what_turns_them_around() -> None:
    notice = seven.token_budget_exceeded()
    assert notice.report is not None
    first, *others = notice.report.findings
    turned = replace(first, query='sum(\n  x{persona="\u202ea\x07"}\n)')
    page = incident_page(replace(notice, report=replace(notice.report, findings=(turned, *others))))
    assert "<pre>sum(\n  x{persona=&#34;a &#34;}\n)</pre>" in page


def test_a_course_that_never_left_its_threshold_is_told_in_one_sentence() -> None:
    assert "Drawn from" not in incident_page(seven.langfuse_integration_failing())
