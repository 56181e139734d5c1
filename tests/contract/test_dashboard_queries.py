"""What the dashboards' queries make of difficult series, told by Prometheus itself (promtool)."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from responder.knowledge.dashboards import read_boards
from responder.resources import resource_dir
from responder.testing.grafana.macros import filled

pytestmark = pytest.mark.scenario

RunTool = Callable[..., subprocess.CompletedProcess[str]]
BOARDS: Final = {file.board.uid: file.board for file in read_boards(resource_dir("dashboards"))}
OVERVIEW: Final = "hypertool-persona-overview"
WORKFLOW: Final = "hypertool-workflow-performance"
GATES: Final = "hypertool_workflow_quality_gate_total"
STAGES: Final = "hypertool_workflow_stage_duration_seconds_bucket"
STAYS: Final = "hypertool_persona_duration_seconds_bucket"
SWITCHES: Final = "hypertool_persona_switches_total"
EVERY: Final = 15
"""Seconds between two samples."""
FLAT: Final = "5x300"
"""Series in promtool's notation: a value that stays, for 75 minutes."""


def rising(step: float, start: float = 0) -> str:
    return f"{start}+{step}x300"


@dataclass(frozen=True)
class Case:
    """Series, and what the panel's query answers after 70 minutes."""

    claim: str
    board: str
    panel: int
    ref: str
    series: Mapping[str, str]
    answer: Sequence[tuple[str, float]]


CASES: Final = (
    Case(
        "where nothing passed there is 0 %, not nothing",
        *(WORKFLOW, 2, "B"),
        {f'{GATES}{{workflow="bug-fix", stage="test", result="failed"}}': rising(1)},
        [('{workflow="bug-fix"}', 0)],
    ),
    Case(
        "both spellings of a result count, also side by side",
        *(WORKFLOW, 2, "A"),
        {
            f'{GATES}{{workflow="bug-fix", stage="test", result="pass"}}': rising(1),
            f'{GATES}{{workflow="bug-fix", stage="test", result="passed", instance="2"}}': rising(2),
            f'{GATES}{{workflow="bug-fix", stage="test", result="fail"}}': rising(1),
        },
        [("{}", 75)],
    ),
    Case(
        "failed gates are whole numbers, of all instances together",
        *(WORKFLOW, 3, "A"),
        {
            f'{GATES}{{workflow="bug-fix", stage="test", result="failed", instance="1"}}': rising(0.0125),
            f'{GATES}{{workflow="bug-fix", stage="test", result="failed", instance="2"}}': rising(0.0125),
            f'{GATES}{{workflow="bug-fix", stage="test", result="passed", instance="2"}}': rising(1),
        },
        [('{workflow="bug-fix", stage="test"}', 6)],
    ),
    Case(
        "a stage that did not run in the last hour is not among the slowest",
        *(WORKFLOW, 4, "A"),
        {
            f'{STAGES}{{workflow="bug-fix", stage="test", persona="a", le="30.0"}}': FLAT,
            f'{STAGES}{{workflow="bug-fix", stage="test", persona="a", le="+Inf"}}': FLAT,
            f'{STAGES}{{workflow="bug-fix", stage="plan", persona="a", le="300.0"}}': "0x300",
            f'{STAGES}{{workflow="bug-fix", stage="plan", persona="a", le="600.0"}}': "0x300",
            f'{STAGES}{{workflow="bug-fix", stage="plan", persona="a", le="+Inf"}}': rising(1),
        },
        [('{workflow="bug-fix", stage="plan", persona="a"}', 600)],
    ),
    Case(
        "a row of the heatmap is what is in its bucket, not what is below",
        *(OVERVIEW, 2, "C"),
        {
            f'{STAYS}{{persona="a", chatmode="x", le="0.5"}}': rising(2),
            f'{STAYS}{{persona="a", chatmode="x", le="1.0"}}': rising(5),
        },
        [('{persona="a"}', 15)],  # 3 in each of 5 scrapes
    ),
    Case(
        "however a client writes a whole bound, its bucket is found",
        *(OVERVIEW, 2, "D"),
        {
            f'{STAYS}{{persona="a", chatmode="x", le="1"}}': rising(1),
            f'{STAYS}{{persona="a", chatmode="x", le="2.5"}}': rising(2),
        },
        [('{persona="a"}', 5)],
    ),
    Case(
        "the lowest budget counts where there are several Hypertools",
        *(OVERVIEW, 4, "A"),
        {
            'hypertool_persona_token_budget_remaining{persona="a", instance="1"}': "-250x300",
            'hypertool_persona_token_budget_remaining{persona="a", instance="2"}': "1800x300",
        },
        [('{persona="a"}', -250)],
    ),
    Case(
        "switches that did not happen are no transitions",
        *(OVERVIEW, 5, "A"),
        {
            f'{SWITCHES}{{from_persona="a", to_persona="b", chatmode="x"}}': FLAT,
            f'{SWITCHES}{{from_persona="b", to_persona="a", chatmode="x"}}': rising(1),
        },
        [('{from_persona="b", to_persona="a", chatmode="x"}', 240)],
    ),
)


def query(case: Case) -> str:
    """As Grafana asks, with a point a minute."""
    panel = next(one for one in BOARDS[case.board].panels if one.id == case.panel)
    expr = next(target.expr for target in panel.targets if target.ref == case.ref)
    return filled(expr, {"workflow": None, "persona": None}, step=60, scrape=EVERY, span=3600)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.claim)
def test_a_panel_tells_the_truth(tmp_path: Path, promtool: RunTool, case: Case) -> None:
    test: dict[str, Any] = {
        "interval": f"{EVERY}s",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "promql_expr_test": [
            {
                "expr": query(case),
                "eval_time": "70m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in case.answer],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [test]}))
    told = promtool("test", "rules", tmp_path / "test.yml")
    assert told.returncode == 0, told.stdout + told.stderr + json.dumps(query(case))
