"""The rules file says what the runbook's table says, and each alert carries what a person needs at night."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from responder.knowledge.rules import DEMO_GRAFANA, DEMO_RUNBOOK

Rule = dict[str, Any]

ALERTS = {
    # alert: (severity, category, for, group, interval of the group)
    "TokenBudgetExceeded": ("critical", "cost", "1m", "hypertool_persona_alerts", "30s"),
    "HighQualityGateFailureRate": ("warning", "quality", "5m", "hypertool_persona_alerts", "30s"),
    "ExcessivePersonaSwitching": ("warning", "performance", "5m", "hypertool_persona_alerts", "30s"),
    "SlowWorkflowStage": ("warning", "performance", "10m", "hypertool_persona_alerts", "30s"),
    "TokenBudgetDepletionPredicted": ("info", "cost", "10m", "hypertool_token_forecasting", "5m"),
    "HypertoolMetricsNotReported": ("critical", "availability", "2m", "hypertool_system_health", "1m"),
    "LangfuseIntegrationFailing": ("warning", "observability", "5m", "hypertool_system_health", "1m"),
}

PANELS = {
    "TokenBudgetExceeded": "hypertool-persona-overview?viewPanel=4",
    "HighQualityGateFailureRate": "hypertool-workflow-performance?viewPanel=2",
    "ExcessivePersonaSwitching": "hypertool-persona-overview?viewPanel=1",
    "SlowWorkflowStage": "hypertool-workflow-performance?viewPanel=1",
    "TokenBudgetDepletionPredicted": "hypertool-persona-overview?viewPanel=4",
    "HypertoolMetricsNotReported": "hypertool-persona-overview?viewPanel=1",
    "LangfuseIntegrationFailing": "hypertool-persona-overview?viewPanel=3",
}
"""Of these dashboards only hypertool-workflow-performance has variables: workflow and persona."""

HAVE_WORKFLOW = {"HighQualityGateFailureRate", "SlowWorkflowStage"}


@pytest.fixture(scope="module")
def groups(rules_dir: Path) -> list[dict[str, Any]]:
    loaded = yaml.safe_load((rules_dir / "hypertool.rules.yml").read_text())
    return list(loaded["groups"])


@pytest.fixture(scope="module")
def rules(groups: list[dict[str, Any]]) -> dict[str, Rule]:
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_there_are_exactly_the_seven_alerts_in_their_groups(groups: list[dict[str, Any]]) -> None:
    found = {
        rule["alert"]: (
            rule["labels"]["severity"],
            rule["labels"]["category"],
            rule["for"],
            group["name"],
            group["interval"],
        )
        for group in groups
        for rule in group["rules"]
    }
    assert found == ALERTS


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_carries_the_labels_and_annotations_that_all_carry(
    rules: dict[str, Rule], alert: str
) -> None:
    assert set(rules[alert]["labels"]) == {"severity", "component", "category"}
    assert rules[alert]["labels"]["component"] == "hypertool"
    assert set(rules[alert]["annotations"]) == {
        "summary",
        "description",
        "action",
        "runbook_url",
        "dashboard_url",
    }


@pytest.mark.parametrize("alert", ALERTS)
def test_next_steps_are_numbered_from_one(rules: dict[str, Rule], alert: str) -> None:
    lines = rules[alert]["annotations"]["action"].splitlines()
    assert [line.partition(". ")[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]


@pytest.mark.parametrize("alert", ALERTS)
def test_links_lead_to_the_alerts_own_panel_and_paragraph(rules: dict[str, Rule], alert: str) -> None:
    annotations = rules[alert]["annotations"]
    variables = "&var-workflow={{ $labels.workflow | urlquery }}" if alert in HAVE_WORKFLOW else ""
    assert annotations["runbook_url"] == f"{DEMO_RUNBOOK}#{alert.lower()}"
    assert annotations["dashboard_url"] == f"{DEMO_GRAFANA}/d/{PANELS[alert]}{variables}"


def test_the_prediction_is_silenced_by_the_very_expression_of_the_exceeded_budget(
    rules: dict[str, Rule],
) -> None:
    prediction = _one_line(rules["TokenBudgetDepletionPredicted"]["expr"])
    exceeded = _one_line(rules["TokenBudgetExceeded"]["expr"])
    assert prediction.endswith(f"unless on (persona) ( {exceeded} )")


def _one_line(query: str) -> str:
    return re.sub(r"\s+", " ", query).strip()
