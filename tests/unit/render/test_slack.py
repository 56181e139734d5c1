"""What Slack is sent: within every limit, and unable to mention, link or format by what came from outside."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.domain.alert import Severity
from responder.domain.errors import Reason
from responder.domain.incident import Ending, EventKind
from responder.domain.notice import Notice
from responder.domain.report import Finding, FindingState, Likelihood, Link, Verdict
from responder.domain.units import Unit
from responder.render import slack
from responder.render.blocks import BLOCKS_MOST, JSON_LONGEST, TEXT_LONGEST, SlackMessage, text_length
from responder.render.limits import json_size
from responder.testing.samples import NOTICES, lives, seven
from responder.testing.samples import parts as make
from responder.testing.samples.fixes import hostile
from responder.testing.slack.check import block_faults

Faults = Callable[[SlackMessage], list[str]]


def messages(notice: Notice) -> list[SlackMessage]:
    replies = [slack.reply(notice, lives.happened(kind, 1, "why")) for kind in EventKind]
    return [slack.message(notice), slack.detail(notice), *replies]


def within_our_limits(message: SlackMessage) -> bool:
    sizes = (json_size(message.blocks) <= JSON_LONGEST, text_length(message.blocks) <= TEXT_LONGEST)
    return all(sizes) and 0 < len(message.blocks) <= BLOCKS_MOST and 0 < len(message.text) < 4000


@pytest.mark.parametrize("name", NOTICES)
def test_every_sample_is_within_slacks_limits(name: str, published_faults: Faults) -> None:
    for message in messages(NOTICES[name]()):
        assert within_our_limits(message)
        assert published_faults(message) == []
        assert block_faults(json.loads(json.dumps(message.blocks))) == []


NASTY_TEXT = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    st.text(alphabet="&<>|`*_~@#!:\n\\\"' ax", max_size=400),
    st.sampled_from([lives.NASTY, lives.LONG, "", " ", "\U0001f525" * 3000, "&" * 9000]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(NASTY_TEXT, min_size=1, max_size=5),
    counts=st.tuples(*[st.integers(0, 45)] * 4),
    verdict=st.sampled_from(list(Verdict)),
)
def test_any_report_with_any_text_is_within_slacks_limits(
    texts: list[str], counts: tuple[int, ...], verdict: Verdict, published_faults: Faults
) -> None:
    fixes = tuple(
        replace(fix, id=f"{place}{fix.id}") for place, text in enumerate(texts) for fix in hostile(text)
    )
    for message in messages(replace(random_notice(texts, counts, verdict), fixes=fixes, at=make.NOW)):
        assert within_our_limits(message)
        assert published_faults(message) == []
        assert block_faults(json.loads(json.dumps(message.blocks))) == []


def random_notice(texts: list[str], counts: tuple[int, ...], verdict: Verdict) -> Notice:
    """A report of so many alerts, causes, findings and rows, all of whose words are these."""
    alerts, causes, findings, rows = counts
    text = texts[0]
    other = texts[-1]
    fired = [make.alert("X", Severity.INFO, {"persona": f"{text}{i}"}) for i in range(alerts + 1)]
    ranked = make.ranking(
        *(
            make.cause(text, Likelihood.LOW, 1.0, *[make.yes(t) for t in texts] * 3, check=other)
            for _ in range(causes)
        ),
        verdict=verdict,
        leading=min(2, causes),
    )
    known = [
        make.alert_report(a, text, make.reading(-1.0, Unit.TOKENS, 0.0, before=4.0), ranked, ["persona"])
        for a in fired
    ]
    row = make.row(known[0].subject, {t: t for t in texts if t}, value=1.0, words=other)
    found = [make.finding("d", other, Unit.TOKENS, [row] * rows, query=text) for _ in range(findings)]
    broken = Finding(
        diagnostic="b",
        title=text,
        kind="http",
        state=FindingState.FAILED,
        reason=Reason.TIMEOUT,
        detail=other,
    )
    report = make.report(
        other,
        "cost",
        *known,
        findings=(*found, broken),
        if_nothing=tuple(texts),
        checks=tuple(texts),
        long_term=tuple(texts),
        related=tuple(texts),
        links=tuple(Link(title=t, url=f"https://x.example/{t}") for t in texts),
        annotations={t: t for t in texts},
        labels={t: t for t in texts},
        playbook=other[:1],
    )
    return make.notice(make.incident(*fired), report)


def strings(value: Any) -> Iterator[tuple[str, str]]:
    """Every string in a message with the kind of object it stands in."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield f"{value.get('type')}.{name}", inner
            else:
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


class TestUntrustedText:
    def test_stands_only_where_nothing_is_parsed(self) -> None:
        """Rich text and plain text show what they are given; mrkdwn is used nowhere."""
        for message in messages(lives.nasty()):
            blocks = json.loads(json.dumps(message.blocks))
            kinds = {kind for kind, text in strings(blocks) if "<!channel>" in text}
            shown_as_it_is = {"text.text", "plain_text.text", "link.text"}
            assert kinds <= shown_as_it_is | {"button.value", "button.accessibility_label"}
            assert "mrkdwn" not in json.dumps(blocks)

    def test_is_escaped_in_the_text_that_slack_parses(self) -> None:
        for message in messages(lives.nasty()):
            assert "<" not in message.text
            assert ">" not in message.text

    def test_cannot_make_an_element_that_mentions_somebody(self) -> None:
        for message in messages(lives.nasty()):
            blocks = json.dumps(message.blocks)
            assert not any(
                f'"type": "{kind}"' in blocks for kind in ("broadcast", "user", "usergroup", "channel")
            )

    def test_is_no_emoji_in_plain_text(self) -> None:
        [header, *_] = json.loads(json.dumps(slack.message(lives.nasty()).blocks))
        assert header["text"]["emoji"] is False


class TestTheMessage:
    def test_has_the_lock_screen_as_its_text(self) -> None:
        text = slack.message(seven.token_budget_exceeded()).text
        assert text == "[critical] backend-engineer 250 tokens over 2000, rising; likely prompt bloat"

    def test_shows_moments_in_the_readers_zone(self) -> None:
        blocks = json.dumps(slack.message(seven.token_budget_exceeded()).blocks)
        moment = f'"timestamp": {int(make.STARTED.timestamp())}, "format": "{{date_short_pretty}} {{time}}"'
        assert f'{moment}, "fallback": "14 Nov 03:02 UTC"' in blocks

    def test_names_the_severity_in_words(self) -> None:
        assert "[critical]" in json.dumps(slack.message(seven.token_budget_exceeded()).blocks[0])

    def test_is_the_same_for_the_same_notice(self) -> None:
        """An edit that changes nothing can be left out."""
        assert slack.message(seven.slow_workflow_stage()) == slack.message(seven.slow_workflow_stage())


class TestTheDetail:
    def test_has_every_finding_with_its_rows_and_query(self) -> None:
        detail = json.dumps(slack.detail(seven.token_budget_exceeded()).blocks)
        assert "Tokens used" in detail
        assert "feature-implementation" in detail
        assert "31.5 tokens a minute" in detail
        assert '"text": "query"' in detail
        assert "not measured, not configured" in detail

    def test_has_the_evidence_for_against_and_not_measured(self) -> None:
        detail = json.dumps(slack.detail(seven.token_budget_exceeded()).blocks)
        assert all(f'"{word}: "' in detail for word in ("for", "against", "not so", "not measured"))

    def test_says_when_it_had_to_leave_something_out(self) -> None:
        full = random_notice(["word " * 30], (0, 40, 40, 8), Verdict.CLEAR)
        detail = slack.detail(full)
        assert "There is more than fits here" in json.dumps(detail.blocks[-1])

    def test_shows_fewer_rows_before_it_leaves_findings_out(self) -> None:
        full = random_notice(["chatmode"], (0, 1, 20, 8), Verdict.CLEAR)
        shown = json.dumps(slack.detail(full).blocks)
        assert shown.count("rich_text_preformatted") == 20
        assert "more" in shown

    def test_leaves_long_addresses_of_queries_out_before_it_leaves_findings_out(self) -> None:
        """The incident's page has every query."""
        one = make.finding("d", "Burn", Unit.TOKENS, [make.row((), {}, value=4.0)], query="q")
        many = tuple(replace(one, link="http://p.example/graph?" + "q" * 800) for _ in range(20))
        whole = seven.token_budget_exceeded()
        assert whole.report is not None
        shown = json.dumps(slack.detail(replace(whole, report=replace(whole.report, findings=many))).blocks)
        assert shown.count('"Burn"') == shown.count(": 4 tokens") == 20
        assert "http://p.example" not in shown


class TestAReply:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (EventKind.CAME_BACK, "came back"),
            (EventKind.FLAPPING, "flapping"),
            (EventKind.SEVERITY_RAISED, "severity rose (why)"),
            (EventKind.ENDED_GONE, "not because it got better"),
        ],
    )
    def test_says_what_happened_and_to_what(self, kind: EventKind, words: str) -> None:
        reply = slack.reply(seven.token_budget_exceeded(), lives.happened(kind, 3, "why"))
        assert reply.text.startswith("[critical] backend-engineer 250 tokens over 2000: ")
        assert words in reply.text


def test_a_return_after_a_leases_end_says_so_and_leads_to_the_incident_of_that_time() -> None:
    notice = lives.came_back_after_a_lease()
    url = "https://responder.example.org/incidents/p3xw8rtn?until=1&signature=2"
    assert url in json.dumps(slack.message(notice).blocks)
    again = replace(notice.incident, returns=(make.NOW,))
    reply = slack.reply(replace(notice, incident=again), lives.happened(EventKind.CAME_BACK, 3))
    assert "came back 12 min after the lease's end (Raise the budget by 500 tokens)" in reply.text


def test_a_reply_about_the_end_does_not_repeat_the_value_it_had_while_it_fired() -> None:
    reply = slack.reply(lives.resolved(Ending.GONE), lives.happened(EventKind.ENDED_GONE, 5))
    assert reply.text.startswith("[resolved] backend-engineer: token budget exceeded: ended, but not because")


def test_a_page_without_a_public_address_needs_no_link() -> None:
    notice = replace(lives.five_hundred_alerts(), page_url="")
    assert "+495 more" in json.dumps(slack.message(notice).blocks)
    assert "Incident page" not in json.dumps(slack.message(notice).blocks)


@pytest.mark.parametrize(
    ("ending", "mark"),
    [(Ending.RECOVERED, "✅"), (Ending.GONE, "⚠️"), (Ending.UNKNOWN, "✅"), (None, "✅")],
)
def test_no_tick_stands_before_what_ended_without_getting_better(ending: Ending | None, mark: str) -> None:
    told = slack.message(lives.resolved(ending))
    assert f'"{mark} [resolved]' in json.dumps(told.blocks[0], ensure_ascii=False)


@pytest.mark.parametrize(
    ("chatmodes", "shown"),
    [
        # as wide as a phone: columns
        (
            ["bug-fix", "docs"],
            ["chatmode  value\nbug-fix   9.2 tokens a minute\ndocs      9.2 tokens a minute"],
        ),
        # wider: a line a row, the first says what they are
        (
            ["feature-implementation", "docs"],
            [
                "chatmode: value",
                "feature-implementation: 9.2 tokens a minute",
                "docs: 9.2 tokens a minute",
            ],
        ),
    ],
)
def test_a_table_that_a_phone_would_break_is_a_line_a_row(chatmodes: list[str], shown: list[str]) -> None:
    rows = [make.row((), {"chatmode": name}, value=9.2) for name in chatmodes]
    found = make.finding("burn", "Tokens used", Unit.TOKENS_PER_MINUTE, rows)
    (block,) = slack.finding_blocks([found], 9, 900)
    told = [text for where, text in strings(block) if where.endswith("text")]
    assert told[1:] == shown
