"""The shipped queries on the real PromQL engine: newborn counters, both spellings, several instances."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from responder.playbook.model import Playbook, Playbooks
from responder.playbook.promql import substitute

VALUES = {
    "persona": ["be"],
    "workflow": ["bug-fix"],
    "stage": ["patch"],
}
TOKENS = "hypertool_persona_tokens_used_total"
GATE = "hypertool_workflow_quality_gate_total"
SWITCH = "hypertool_persona_switches_total"
TRACES = "langfuse_trace_created_total"
FIRED = 'ALERTS{alertname="TokenBudgetDepletionPredicted",alertstate="firing",persona="be"}'

LONG = 300
"""Steps of ten minutes: fifty hours, so that there is a day before."""

Series = Mapping[str, str]
Answers = Mapping[str, float]
Row = tuple[str, str, Series, Answers]
"""Alert, the query's diagnostic (or "measure"), what there is, and the answers rounded to two places."""


def query_of(playbook: Playbook, name: str) -> str:
    if name == "measure":
        return playbook.measure.query
    (query,) = (one.queries()["query"] for one in playbook.diagnostics if one.id == name)
    return query


def tokens(persona: str = "be", chatmode: str = "bug-fix", instance: str = "a") -> str:
    return f'{TOKENS}{{persona="{persona}",chatmode="{chatmode}",model="gpt-4",instance="{instance}"}}'


def gate(result: str, workflow: str = "bug-fix", stage: str = "patch") -> str:
    return f'{GATE}{{workflow="{workflow}",stage="{stage}",result="{result}"}}'


def switch(one: str, other: str) -> str:
    return f'{SWITCH}{{from_persona="{one}",to_persona="{other}",chatmode="bug-fix"}}'


ALWAYS = f"0+6x{LONG}"
BORN_NOW = "_x294 100"
"""Its first and only sample is the present one."""
FAILING_LATELY = "_x293 0 4"

BUDGET, PREDICTED = "TokenBudgetExceeded", "TokenBudgetDepletionPredicted"
GATES, SWITCHING, LANGFUSE = (
    "HighQualityGateFailureRate",
    "ExcessivePersonaSwitching",
    "LangfuseIntegrationFailing",
)
BE = '{persona="be"}'
REMAINING = f"hypertool_persona_token_budget_remaining{BE}"
PATCH = '{workflow="bug-fix",stage="patch"}'

ROWS: list[Row] = [
    # a chatmode whose counter was born with the burst counts with its whole value: 100 of 136 tokens
    (BUDGET, "new_chatmode_share", {tokens(): ALWAYS, tokens(chatmode="new"): BORN_NOW}, {BE: 0.74}),
    # only known chatmodes
    (BUDGET, "new_chatmode_share", {tokens(): ALWAYS}, {BE: 0.0}),
    # two instances of the known chatmode: 100 of 172
    (
        BUDGET,
        "new_chatmode_share",
        {tokens(): ALWAYS, tokens(instance="b"): ALWAYS, tokens(chatmode="new"): BORN_NOW},
        {BE: 0.58},
    ),
    # somebody else's new chatmode
    (
        BUDGET,
        "new_chatmode_share",
        {tokens(): ALWAYS, tokens(persona="ds", chatmode="new"): BORN_NOW},
        {BE: 0.0},
    ),
    # there was no day before, so nothing is new: not measured
    (BUDGET, "new_chatmode_share", {tokens(): "_x290 0+6x20"}, {}),
    # twice the use of the same hours a day before
    (BUDGET, "use_up", {tokens(): "0+6x250 1506+12x60"}, {BE: 2.0}),
    (BUDGET, "use_up", {tokens(): "_x290 0+6x20"}, {}),
    # both ways in which the gauge shows it, and the worst of two instances
    (
        BUDGET,
        "measure",
        {
            f'hypertool_persona_token_budget_remaining{{persona="be",instance="{one}"}}': f"{value}x{LONG}"
            for one, value in (("a", -250), ("b", 900))
        },
        {BE: -250.0},
    ),
    # four days of the last seven, whatever happens today
    (
        PREDICTED,
        "days_fired",
        {FIRED: "_x30 " + "1x5 _x138 " * 4 + "_x600", REMAINING: "9x1200"},
        {BE: 4.0},
    ),
    (PREDICTED, "days_fired", {REMAINING: "9x1200"}, {BE: 0.0}),
    # both spellings
    *(
        (GATES, "measure", {gate(good): "0+3x300", gate(bad): "0+1x300"}, {PATCH: 0.25})
        for good, bad in (("pass", "fail"), ("passed", "failed"))
    ),
    # nothing ever failed: that is 0, not "no data"
    (GATES, "measure", {gate("passed"): "0+3x300"}, {PATCH: 0.0}),
    # no gate ran: that is "no data", not 0
    (GATES, "measure", {gate("passed"): "3x300"}, {}),
    # one of two workflows fails lately; nothing failed the day before
    (
        GATES,
        "workflows_dropped",
        {gate("passed"): ALWAYS, gate("failed"): FAILING_LATELY, gate("passed", "package-release"): ALWAYS},
        {"{}": 1.0},
    ),
    (GATES, "workflows_dropped", {gate("passed"): ALWAYS}, {"{}": 0.0}),
    (GATES, "workflows_dropped", {gate("passed"): "_x290 0+6x20"}, {}),
    # there and back make one pair: 16 of 20
    (
        SWITCHING,
        "pair_share",
        {switch("a", "b"): "0+8x300", switch("b", "a"): "0+8x300", switch("b", "c"): "0+4x300"},
        {"{}": 0.8},
    ),
    # in one direction only
    (SWITCHING, "pair_share", {switch("a", "b"): "0+8x300", switch("b", "c"): "0+8x300"}, {"{}": 0.5}),
    # traces: none, a flat counter, a rising one, and one that has no label
    (LANGFUSE, "measure", {tokens(): ALWAYS}, {"{}": 6.0}),
    (LANGFUSE, "measure", {tokens(): ALWAYS, f"{TRACES}{BE}": f"7x{LONG}"}, {"{}": 6.0}),
    (LANGFUSE, "measure", {tokens(): ALWAYS, f"{TRACES}{BE}": ALWAYS}, {"{}": 0.0}),
    (LANGFUSE, "measure", {tokens(): ALWAYS, TRACES: ALWAYS}, {"{}": 0.0}),
]
AT = {"days_fired": "191h"}
CLOSE = {"measure", "pair_share"}
"""Windows of five minutes need samples that are closer than ten minutes."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_query_answers_as_its_title_says(
    shipped: Playbooks, promtool: Callable[..., Any], tmp_path: Path, row: Row
) -> None:
    alert, name, series, answers = row
    query = substitute(query_of(shipped[alert], name), VALUES)
    minutes = 1 if name in CLOSE else 10
    test = {
        "interval": f"{minutes}m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"round({query}, 0.01)",
                "eval_time": AT.get(name, f"{294 * minutes}m"),
                "exp_samples": [{"labels": one, "value": value} for one, value in answers.items()],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    told = promtool("test", "rules", path)
    assert told.returncode == 0, told.stdout + told.stderr
