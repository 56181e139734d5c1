"""What is said of single queries: what is right stays unsaid, in every way of writing it."""

import pytest

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import carried
from responder.knowledge.lint.bounds import World
from responder.knowledge.lint.query import Asked, Use, problems_of_query
from responder.knowledge.lint.said import Facts
from responder.playbook.promql import parsed

BUDGET = "hypertool_persona_token_budget_remaining"
TOKENS = "hypertool_persona_tokens_used_total"
GATES = "hypertool_workflow_quality_gate_total"
INF = float("inf")


def rules(query: str, use: Use = Use.ANSWER, scrape_interval: float = 15.0) -> list[LintRule]:
    facts = Facts(scrape_interval=scrape_interval)
    return [said.rule for said in problems_of_query(Asked(query, use), facts)]


@pytest.mark.parametrize(
    "query",
    [
        f"{BUDGET} < 0 or {BUDGET} == 0",  # an alternative for the collector that stops at 0
        f"{BUDGET} < 0 or (sum by (persona) ({BUDGET}) == 0 and {BUDGET} < 1)",  # the same, further away
        f"{BUDGET} <= 0",
        f"predict_linear({BUDGET}[30m], 3600) < 0",  # a prediction goes on where the gauge stops
        f"{BUDGET} - 500 < 0",  # so does a difference
        f"deriv({BUDGET}[10m]) < 0",
        f'{GATES}{{result="fail"}} or {GATES}{{result="failed"}}',
        f'{GATES}{{result=~"fail|failed"}}',
        f'{GATES}{{result=~"fail.*"}}',
        f'{GATES}{{result!~"pass|passed"}}',
        f'{GATES}{{result=~"${{result}}"}}',  # nothing is known of a variable's value
        f'{{__name__="{BUDGET}"}}',
        '{__name__=~"hypertool_.*_total"}',
        'count({job="hypertool"})',  # whatever there is
        'langfuse_trace_created_total{persona=~".*"}',  # it matches where the label isn't
        "1 - absent(up)",
        "up > scalar(sum(up))",
        'ALERTS{alertstate="firing",team="whoever"}',  # alerts have whatever labels
        "sum by (le) (rate(hypertool_persona_duration_seconds_bucket[5m]))",
        "rate(hypertool_workflow_stage_duration_seconds_count[15m])",
        "max_over_time(up[7d:1d])",
        "time() - process_start_time_seconds > 60",
        f"{BUDGET} * on (persona) (sum by (persona) ({TOKENS}) or vector(1))",
        'label_join(up, "who", "-", "job") * on (who) label_replace(up, "who", "$1", "job", ".*")',
        "up * on (job) group_left (alertname) ALERTS",  # alerts have whatever labels
        "sum without (instance, job) (up)",
    ],
)
def test_nothing_is_said_of_what_is_right(query: str) -> None:
    assert rules(query) == []


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        (f"min({BUDGET}) < 0 or up > 1", LintRule.NEVER_TRUE),  # the alternative is none
        (f"{BUDGET} < 0 and up == 1", LintRule.NEVER_TRUE),
        (f"-{BUDGET} > 0", LintRule.NEVER_TRUE),
        (f"0 > {BUDGET}", LintRule.NEVER_TRUE),
        (f"min_over_time({BUDGET}[1h]) < 0", LintRule.NEVER_TRUE),
        (f"2 * sum({BUDGET}) < 0", LintRule.NEVER_TRUE),
        ("count(up) < 1", LintRule.NEVER_TRUE),  # of nothing there is no count
        (f'{GATES}{{result!="pass"}}', LintRule.ONE_SPELLING),
        (f'{GATES}{{result=~"passed"}}', LintRule.ONE_SPELLING),
        (f'{GATES}{{result="fail"}} or {GATES}{{result="passed"}}', LintRule.ONE_SPELLING),
        (f'{GATES}{{result=""}}', LintRule.NEVER_TRUE),
        ("resets(up[5m])", LintRule.RATE_OF_GAUGE),
        ("increase(up[1h:1m])", LintRule.RATE_OF_GAUGE),
        ("max_over_time(up[30s:10s])", LintRule.SHORT_WINDOW),
        ("rate(hypertool_workflow_stage_duration_seconds_sum[5m:1m])", LintRule.SHORT_STAGE_WINDOW),
        ('{__name__=~"hypertol_.*"}', LintRule.UNKNOWN_METRIC),
        ('langfuse_trace_created_total{persona="a"}', LintRule.OPTIONAL_LABEL),
        (f"{BUDGET} and on (persona, model) {TOKENS}", LintRule.UNKNOWN_LABEL),  # one side has it
        (f"{BUDGET} * on (persona) group_left (team) {TOKENS}", LintRule.UNKNOWN_LABEL),
        (f"{TOKENS} / ignoring (team) group_left () {TOKENS}", LintRule.UNKNOWN_LABEL),
        (f"sum without (pod) ({TOKENS})", LintRule.UNKNOWN_LABEL),
        (f'label_replace({TOKENS}, "who", "$1", "person", "(.*)")', LintRule.UNKNOWN_LABEL),
    ],
)
def test_a_mistake_is_found_however_it_is_written(query: str, rule: LintRule) -> None:
    assert rule in rules(query)


def test_evidence_has_to_be_able_to_say_yes() -> None:
    assert rules(f"{BUDGET} < bool 0", Use.EVIDENCE) == [LintRule.NEVER_TRUE]
    assert rules(f"{BUDGET} <= bool 0", Use.EVIDENCE) == []


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (15.0, []),  # four scrapes exactly
        (30.0, [LintRule.SHORT_WINDOW]),
    ],
)
def test_how_long_a_window_is_depends_on_the_scrape_interval(interval: float, said: list[LintRule]) -> None:
    assert rules("rate(hypertool_persona_switches_total[1m])", scrape_interval=interval) == said


@pytest.mark.parametrize(
    ("query", "bounds"),
    [
        ("up", (0, 1)),
        ("sum(up)", (0, INF)),
        ("up - up", (-1, 1)),
        ("up * -2", (-2, 0)),
        ("0 * sum(up)", (0, 0)),
        ("up > 0", (0, 1)),  # wider than the truth, never narrower
        ("up == 1", (1, 1)),
        ("1 < up or vector(7)", (7, 7)),  # the first part has no answer
        ("up > bool 3", (0, 0)),
        ("0 * sum(up) / sum(up)", (0, 0)),
        ("up / up", (0, INF)),
        ("up % 2", (-INF, INF)),
        ("vector(7)", (7, 7)),
        ("absent(up > 1)", (1, 1)),  # it answers because nothing is there
    ],
)
def test_what_an_answer_can_be(query: str, bounds: tuple[float, float]) -> None:
    assert World(carried()).bounds(parsed(query)) == bounds
