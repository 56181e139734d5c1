"""What `why NAME` asks, on the real PromQL engine: newborn counters, both spellings, several instances."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from responder.engine.commands.questions import QUESTIONS
from responder.playbook.promql import parsed, selectors, substitute

USED: Final = "hypertool_persona_tokens_used_total"
GATE: Final = "hypertool_workflow_quality_gate_total"
STAGE: Final = "hypertool_workflow_stage_duration_seconds"
OF: Final = 'workflow="bug-fix",stage="patch",persona="be"'
VALUES: Final = {"persona": ["be"], "workflow": ["bug-fix"]}
LABELS: Final = '{persona="be", workflow="bug-fix", stage="patch"}'

Row = tuple[str, str, Mapping[str, str], Mapping[str, float]]
"""Of what, which question, what there is (a value a minute for two hours), the answers at their end."""

ROWS: Final[list[Row]] = [
    (
        "persona",
        "left",
        {'hypertool_persona_token_budget_remaining{persona="be",instance="a"}': "-250x130"},
        {'{persona="be"}': -250},
    ),
    (  # one that is old, and one that was born a minute ago with all it has
        "persona",
        "spend",
        {
            f'{USED}{{persona="be",model="gpt-4",chatmode="bug-fix"}}': "0+10x130",
            f'{USED}{{persona="be",model="gpt-4-mini",chatmode="other"}}': "_x119 500x10",
        },
        {
            '{persona="be", model="gpt-4", chatmode="bug-fix"}': 600,
            '{persona="be", model="gpt-4-mini", chatmode="other"}': 500,
        },
    ),
    ("persona", "rate", {f'{USED}{{persona="be"}}': "0+10x130"}, {'{persona="be"}': 10}),
    (
        "persona",
        "stages",
        {f"{STAGE}_sum{{{OF}}}": "0+90x130", f"{STAGE}_count{{{OF}}}": "0+1x130"},
        {LABELS: 90},
    ),
    (  # as client libraries write the bound, and half of the stages above it
        "persona",
        "slow",
        {f'{STAGE}_bucket{{{OF},le="300.0"}}': "0+1x130", f"{STAGE}_count{{{OF}}}": "0+2x130"},
        {LABELS: 0.5},
    ),
    (
        "workflow",
        "slow",
        {f'{STAGE}_bucket{{{OF},le="300"}}': "0+2x130", f"{STAGE}_count{{{OF}}}": "0+2x130"},
        {'{workflow="bug-fix", stage="patch"}': 0},
    ),
    (  # both spellings, on two instances
        "workflow",
        "gates",
        {
            f'{GATE}{{workflow="bug-fix",stage="patch",result="failed",instance="a"}}': "0+1x130",
            f'{GATE}{{workflow="bug-fix",stage="patch",result="passed",instance="a"}}': "0+1x130",
            f'{GATE}{{workflow="bug-fix",stage="patch",result="fail",instance="b"}}': "0+1x130",
            f'{GATE}{{workflow="bug-fix",stage="patch",result="pass",instance="b"}}': "0+1x130",
        },
        {'{workflow="bug-fix", stage="patch"}': 0.5},
    ),
    (  # that none failed is an answer, too
        "workflow",
        "gates",
        {f'{GATE}{{workflow="bug-fix",stage="patch",result="pass"}}': "0+1x130"},
        {'{workflow="bug-fix", stage="patch"}': 0},
    ),
    (
        "workflow",
        "checked",
        {f'{GATE}{{workflow="bug-fix",stage="patch",result="pass"}}': "0+1x130"},
        {'{workflow="bug-fix", stage="patch"}': 60},
    ),
    (
        "workflow",
        "stages",
        {f"{STAGE}_sum{{{OF}}}": "0+90x130", f"{STAGE}_count{{{OF}}}": "0+1x130"},
        {LABELS: 90},
    ),
    (
        "workflow",
        "spend",
        {f'{USED}{{persona="be",model="gpt-4",chatmode="bug-fix"}}': "0+10x130"},
        {'{workflow="bug-fix", persona="be", model="gpt-4"}': 600},
    ),
]


def query_of(kind: str, name: str) -> str:
    (query,) = (spec.queries()["query"] for spec in QUESTIONS[kind] if spec.id == name)
    return query


@pytest.mark.parametrize("row", ROWS, ids=[f"{kind}-{name}" for kind, name, *_ in ROWS])
def test_a_question_is_answered_as_its_title_says(
    promtool: Callable[..., Any], tmp_path: Path, row: Row
) -> None:
    kind, name, series, answers = row
    asked = {
        "expr": f"round({substitute(query_of(kind, name), VALUES)}, 0.01)",
        "eval_time": "120m",
        "exp_samples": [{"labels": labels, "value": value} for labels, value in answers.items()],
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [asked],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    told = promtool("test", "rules", path)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_question_to_prometheus_is_proved_and_keeps_its_subject() -> None:
    """The answer is split by the label that is asked by: a query must keep it."""
    proved = {(kind, name) for kind, name, *_ in ROWS}
    asked = {(kind, spec.id) for kind, specs in QUESTIONS.items() for spec in specs if spec.queries()}
    assert asked == proved
    for kind, name in asked:
        assert all(selector.name for selector in selectors(parsed(query_of(kind, name))))
