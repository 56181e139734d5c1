"""The lock screen's line and the lines of the message at 03:00."""

import textwrap
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from responder.domain.alert import AlertStatus
from responder.domain.clock import utc
from responder.domain.notice import Kin, Notice
from responder.domain.report import Answer, Direction, Report, Trend, Verdict
from responder.domain.units import Unit
from responder.render.lines import PHONE_LINES, PHONE_WIDTH, Line, Part, To, within
from responder.render.phrases import permanent_words
from responder.render.text import LOCK_SCREEN, lock_screen, message_lines, message_text
from responder.render.view import trend_words, view
from responder.testing.samples import NOTICES, SEVEN, lives, seven
from responder.testing.samples.parts import NOW, reading


def report_of(notice: Notice) -> Report:
    assert notice.report is not None
    return notice.report


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "TokenBudgetExceeded",
            "[critical] backend-engineer 250 tokens over 2000, rising; likely prompt bloat",
        ),
        (  # a tie names both
            "SlowWorkflowStage",
            (
                "[warning] feature-implementation/implement takes between 5 and 10 min, rising; "
                "likely large prompts or long completions"
            ),
        ),
        ("HypertoolMetricsNotReported", "[critical] no metrics from hypertool; likely process crashed"),
        (  # nothing was measured: no cause is called likely
            "unmeasured",
            "[critical] backend-engineer is over its token budget",
        ),
        ("not investigated", "[critical] TokenBudgetExceeded backend-engineer"),
        ("unknown alert", "[warning] DiskAlmostFull db-1:9100 /var"),
        (
            "500 alerts",
            "[critical] persona-000 500 tokens over 2000, rising; likely prompt bloat; +499 more",
        ),
        (
            "silenced",
            "[critical, silenced] backend-engineer 250 tokens over 2000, rising; likely prompt bloat",
        ),
        (
            "came back",
            "[critical] came back: backend-engineer 250 tokens over 2000, rising; likely prompt bloat",
        ),
        (
            "came back after a lease",
            "[critical] came back: backend-engineer 250 tokens over 2000, rising; likely prompt bloat",
        ),
        (
            "flapping",
            "[critical] flapping: backend-engineer 250 tokens over 2000, rising; likely prompt bloat",
        ),
        (  # never the value it had while it fired alone
            "recovered",
            "[resolved] backend-engineer: token budget exceeded, recovered: -250 → 1400 tokens",
        ),
        (
            "gone",
            (
                "[resolved] backend-engineer: token budget exceeded, gone, not because it got better: "
                "hypertool stopped reporting at 03:01"
            ),
        ),
        (
            "ended unknown",
            "[resolved] backend-engineer: token budget exceeded, how it ended could not be measured",
        ),
        (
            "resolved in a storm",
            "[resolved] backend-engineer: TokenBudgetExceeded, its end was not measured: it came in a storm",
        ),
        ("just closed", "[resolved] backend-engineer: token budget exceeded"),
    ],
)
def test_the_lock_screen_says_what_and_how_bad_and_why(name: str, line: str) -> None:
    assert lock_screen(NOTICES[name]()) == line


@pytest.mark.parametrize("name", NOTICES)
def test_the_lock_screen_is_short_and_starts_with_the_severity_and_has_no_id(name: str) -> None:
    notice = NOTICES[name]()
    line = lock_screen(notice)
    assert len(line) <= LOCK_SCREEN
    assert line.startswith(("[critical", "[warning", "[info", "[resolved"))
    assert notice.incident.id not in line


@pytest.mark.parametrize("name", NOTICES)
def test_the_message_fits_a_phone(name: str) -> None:
    shown = [textwrap.wrap(line, PHONE_WIDTH) or [""] for line in message_text(NOTICES[name]()).split("\n")]
    assert sum(map(len, shown)) <= PHONE_LINES


@pytest.mark.parametrize("name", SEVEN)
def test_the_message_of_each_alert_is_told_whole(name: str) -> None:
    """Nothing of an ordinary report has to give way."""
    assert "…" not in message_text(NOTICES[name]())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (  # no data is never 0
            {"daily": (), "percentile": None, "value": None},
            "backend-engineer budget raised 3 times in 7 days; what is used a day is not measured",
        ),
        (  # the budget is not what is wrong
            {"present": 3000},
            (
                "backend-engineer budget raised 3 times in 7 days, but 95th percentile of 7 days 2160 + 20 % "
                "is not above the present 3000 tokens: look at what uses it"
            ),
        ),
        (
            {"daily": (2160.5,), "about": ""},
            (
                "budget raised 3 times in 7 days: propose 2600 tokens permanently "
                "(95th percentile of 1 day 2160 + 20 %)"
            ),
        ),
    ],
)
def test_a_value_for_good_is_proposed_only_where_the_numbers_say_so(
    changed: dict[str, Any], words: str
) -> None:
    (one,) = report_of(lives.raised_again_and_again()).permanent
    assert permanent_words(replace(one, **changed)) == words


def test_the_message_says_everything_in_its_order() -> None:
    parts = [line.part for line in message_lines(seven.token_budget_exceeded())]
    assert parts == sorted(parts, key=list(Part).index)
    told = dict.fromkeys(parts)
    assert list(told) == [
        Part.HEADLINE,
        Part.ABOUT,
        Part.HOW_BAD,
        Part.WHY,
        Part.EVIDENCE,
        Part.IF_NOTHING,
        Part.CHANGED,
        Part.SEEN,
        Part.RELATED,
        Part.FIX,
        Part.CHECK,
        Part.LINKS,
        Part.NOT_MEASURED,
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "TokenBudgetExceeded",
            "How bad: -250 tokens, threshold 0 tokens, falling (getting worse), as of 14 Nov 03:04 UTC",
        ),
        (
            "TokenBudgetExceeded",
            "If you do nothing: At 41 tokens a minute it is over by another budget in 49 min.",
        ),
        ("TokenBudgetExceeded", "Changed: 14 Nov 02:40 UTC prompt of backend-engineer: version 14, was 13"),
        (
            "TokenBudgetExceeded",
            "Seen before: 2 times in 30 days, last 5 Nov 00:04 UTC: prompt bloat, recovered",
        ),
        (
            "came back after a lease",
            (
                "Came back: 12 min after the lease's end (Raise the budget by 500 tokens): "
                "see incident p3xw8rtn"
            ),
        ),
        (
            "raised again and again",
            (
                "For good: backend-engineer budget raised 3 times in 7 days: propose 2600 tokens permanently "
                "(95th percentile of 7 days 2160 + 20 %)"
            ),
        ),
        (  # a fix that answers no leading cause
            "TokenBudgetExceeded",
            (
                "Could do: Raise the budget by 500 tokens (buys time, does not cure): "
                "+500 tokens last about 12 min at this rate"
            ),
        ),
        (
            "HighQualityGateFailureRate",
            "Could do: Relax the gate one step, to normal: for 30 min",
        ),  # one that does
        ("TokenBudgetExceeded", "Not measured: Tokens a call (not configured)"),
        ("HighQualityGateFailureRate", "ana has it"),
        (
            "HighQualityGateFailureRate",
            (
                "In force: workflows/feature-implementation/stages/implement/model is best, was balanced, "
                "until 14 Nov 03:15 UTC"
            ),
        ),
        ("SlowWorkflowStage", "Likely: large prompts or long completions: can't tell them apart"),
        (  # a quantile is a bucket, not a time
            "SlowWorkflowStage",
            "How bad: between 5 and 10 min, threshold 5 min, rising (getting worse), as of 14 Nov 03:04 UTC",
        ),
        ("unmeasured", "How bad: not measured (Prometheus: no connection)"),
        ("unmeasured", "Why: not measured; most often prompt bloat"),
        ("partial", "So far: still investigating"),
        ("not investigated", "Why: investigating"),
        ("unknown alert", "Why: there is no playbook for this alert"),
        ("unknown alert", "Summary: 4 % left on /var"),
        (
            "unknown alert",
            "Labels: component=hypertool, instance=db-1:9100, mountpoint=/var",
        ),
        ("silenced", "Muted: silenced by ana until 14 Nov 04:04 UTC: rolling out"),
        ("inhibited", "Muted: by another alert (inhibited)"),
        ("500 alerts", "500 alerts; the worst:"),
        ("500 alerts", "• persona-001 499 tokens over 2000 (silenced)"),
        ("500 alerts", "+495 more"),
        ("recovered", "Ended: recovered: -250 → 1400 tokens"),
        ("gone", "Look: the series ended; see whether HypertoolMetricsNotReported fires"),
        ("just closed", "Ended: being measured"),
    ],
)
def test_the_message_says(name: str, sentence: str) -> None:
    assert sentence in message_text(NOTICES[name]()).split("\n")


def test_500_alerts_name_the_worst_five_only() -> None:
    lines = message_lines(lives.five_hundred_alerts())
    assert [line.text for line in lines if line.bullet and line.part is Part.ALERT][-1].startswith(
        "• persona-004"
    )


def test_an_alert_that_left_is_not_shown_any_longer() -> None:
    """Nothing was asked again: the incident knows which alerts stand, whatever the report had."""
    whole = lives.five_hundred_alerts()
    worst = report_of(whole).alerts[0].fingerprint
    gone = whole.incident.alerts[worst].with_status(AlertStatus.RESOLVED)
    now = replace(whole, incident=replace(whole.incident, alerts={**whole.incident.alerts, worst: gone}))
    assert lock_screen(now).startswith("[critical] persona-001 499 tokens over 2000")
    assert "persona-000" not in message_text(now)


def test_what_is_about_an_alert_that_left_is_not_said_of_another() -> None:
    whole = seven.token_budget_exceeded()
    other = lives.five_hundred_alerts()
    second = report_of(other).alerts[0]
    over = {f: a.with_status(AlertStatus.RESOLVED) for f, a in whole.incident.alerts.items()}
    standing = {second.fingerprint: other.incident.alerts[second.fingerprint]}
    found = replace(report_of(whole), alerts=(*report_of(whole).alerts, second))
    mixed = replace(whole, incident=replace(whole.incident, alerts=over | standing), report=found)
    assert "If you do nothing" not in message_text(mixed)


def test_an_untested_order_is_never_called_likely() -> None:
    whole = seven.token_budget_exceeded()
    first = report_of(whole).alerts[0]
    untested = replace(first, ranking=replace(first.ranking, verdict=Verdict.UNTESTED))
    notice = replace(whole, report=replace(report_of(whole), alerts=(untested,)))
    assert "likely" not in lock_screen(notice)


@pytest.mark.parametrize(
    ("headline", "direction", "trend", "words"),
    [
        ("3 switches a second", Direction.ABOVE, Trend.RISING, "rising"),
        ("3 switches a second", Direction.ABOVE, Trend.FALLING, "falling"),
        ("250 tokens over 2000", Direction.BELOW, Trend.FALLING, "rising"),  # what is over grows
        ("250 tokens over 2000", Direction.BELOW, Trend.RISING, "falling"),
        ("out of tokens in 40 min", Direction.BELOW, Trend.FALLING, "getting worse"),
        ("out of tokens in 40 min", Direction.BELOW, Trend.RISING, "getting better"),
        ("250 tokens over 2000", Direction.BELOW, Trend.STEADY, "steady"),
        ("250 tokens over 2000", Direction.BELOW, Trend.UNKNOWN, ""),
    ],
)
def test_the_trend_is_that_of_what_the_headline_counts(
    headline: str, direction: Direction, trend: Trend, words: str
) -> None:
    alert = view(seven.token_budget_exceeded()).worst
    measured = replace(reading(-1.0, Unit.TOKENS, 0.0, direction), trend=trend)
    assert trend_words(replace(alert, headline=headline, reading=measured)) == words


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_line_is_cut_to_its_room(most: int) -> None:
    line = within(Line(Part.WHY, ("word " * 100, "and the end"), "Why"), most)
    assert line.room <= most
    assert "…" in line.text


def test_without_a_playbook_no_annotation_repeats_the_headline_or_is_an_address() -> None:
    whole = lives.unknown_alert()
    said = {
        "zeta": "last",
        "description": "why",
        "summary": "DiskAlmostFull db-1:9100 /var",
        "runbook": "http://r",
    }
    notice = replace(whole, report=replace(report_of(whole), annotations=said))
    labels = [line.label for line in message_lines(notice) if line.part is Part.EVIDENCE]
    assert labels == ["Description", "Zeta", "Labels"]


def test_a_measure_of_yes_or_no_adds_nothing_to_the_headline() -> None:
    whole = seven.hypertool_metrics_not_reported()
    known = replace(
        report_of(whole).alerts[0], reading=reading(0.0, Unit.YES_NO, 1.0, Direction.BELOW, before=1.0)
    )
    notice = replace(whole, report=replace(report_of(whole), alerts=(known,)))
    assert lock_screen(notice) == "[critical] no metrics from hypertool; likely process crashed"
    assert Part.HOW_BAD not in {line.part for line in message_lines(notice)}


def test_no_fix_is_belittled_while_no_cause_is_known() -> None:
    assert "does not cure" in message_text(seven.token_budget_exceeded())
    assert "does not cure" not in message_text(lives.unmeasured())


def test_what_somebody_asked_for_is_no_alert() -> None:
    """A diagnosis names no severity, says when it was asked, and that a good measure would fire nothing."""
    asked = replace(SEVEN["TokenBudgetExceeded"](), asked=True)
    report = report_of(asked)
    worst = report.alerts[0]
    good = replace(worst, reading=reading(858, Unit.TOKENS, 0, Direction.BELOW), headline="858 tokens left")
    fine = replace(asked, report=replace(report, alerts=(good,)))
    assert lock_screen(asked).startswith("[asked] backend-engineer 250 tokens over 2000")
    assert "asked 14 Nov" in message_text(asked)
    assert "no alert would fire now" not in message_text(asked)
    assert "no alert would fire now" in message_text(fine)
    assert "no alert would fire now" not in message_text(replace(fine, asked=False))
    assert "Could do" not in message_text(fine)
    assert "If you do nothing" not in message_text(fine)


def test_measured_without_a_hint_is_not_called_unmeasured() -> None:
    """Every test said no: that is known, and is no gap in what could be measured."""
    notice = SEVEN["TokenBudgetExceeded"]()
    report = report_of(notice)
    worst = report.alerts[0]
    refuted = tuple(
        replace(cause, evidence=tuple(replace(e, answer=Answer.NO) for e in cause.evidence))
        for cause in worst.ranking.causes
    )
    untested = replace(worst.ranking, verdict=Verdict.UNTESTED, causes=refuted, leading=0)
    told = replace(notice, report=replace(report, alerts=(replace(worst, ranking=untested),)))
    assert "Why: nothing measured speaks for a known cause; most often prompt bloat" in message_text(told)


@pytest.mark.parametrize(
    ("name", "fixes"), [("TokenBudgetExceeded", True), ("silenced", False), ("inhibited", False)]
)
def test_what_is_muted_gets_no_fix(name: str, *, fixes: bool) -> None:
    assert (Part.FIX in {line.part for line in message_lines(NOTICES[name]())}) is fixes


def test_what_it_grew_out_of_and_into_is_named_with_its_state() -> None:
    """Also once it is over, and whatever is in the name."""
    kin = (
        Kin(incident="a", alert_name="Early", open=False, grew_from=True, url="https://r.example/a"),
        Kin(incident="b", alert_name=lives.NASTY, open=True, grew_from=False, url="javascript:alert(1)"),
    )
    for notice in (seven.token_budget_exceeded(), lives.resolved()):
        said = [line for line in message_lines(replace(notice, kin=kin)) if line.part is Part.KIN]
        assert said[0].text == "Grew from: Early, resolved"
        assert said[1].text.startswith("Grew into: ")
        assert [span.url for line in said for span in line.spans if isinstance(span, To)] == [
            "https://r.example/a"
        ]


def test_once_over_it_says_how_long_it_fired() -> None:
    over = lives.resolved()
    began = over.incident.opened_at
    assert f"Fired for 2 min, from {utc(began)}" in message_text(over).splitlines()


def test_what_came_back_did_not_fire_all_the_time_in_between() -> None:
    """How long it was quiet isn't kept: from when to when is said, and when it came back last."""
    over = lives.resolved()
    began, returned = over.incident.opened_at, NOW - timedelta(minutes=1)
    again = replace(over, incident=replace(over.incident, returns=(returned,)))
    said = f"On and off for 2 min, from {utc(began)}; came back last {utc(returned)}"
    assert said in message_text(again).splitlines()
    assert "Fired for" not in message_text(again)
