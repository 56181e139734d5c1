"""The responder's own alerts: each leads to its paragraph and reads what is exported."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import responder.metrics  # noqa: F401 - its metrics are to be registered
from responder.knowledge.rules import DEMO_GRAFANA, DEMO_OPERATING
from responder.playbook.promql import matchers_of, parsed, selectors
from responder.resources import resource_dir

Rule = dict[str, Any]
OTHERS = {"up", "ALERTS", "alertmanager_alerts", "alertmanager_notifications_failed_total"}
"""What Prometheus and Alertmanager export, as asked of real ones by a contract test."""
OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"


@pytest.fixture(scope="module")
def rules(rules_dir: Path) -> dict[str, Rule]:
    loaded = yaml.safe_load((rules_dir / "responder.rules.yml").read_text())
    return {rule["alert"]: rule for group in loaded["groups"] for rule in group["rules"]}


def exported() -> dict[str, set[str]]:
    """The names of series that the responder exports, with the labels they have of their own."""
    found: dict[str, set[str]] = {}
    for collector, names in REGISTRY._collector_to_names.items():
        labels = set(getattr(collector, "_labelnames", ()))
        found |= {name: labels for name in names if name.startswith("responder_")}
    return found


def test_it_watches_all_that_can_go_wrong_on_the_way_to_people(rules: dict[str, Rule]) -> None:
    severities = {name: rule["labels"]["severity"] for name, rule in rules.items()}
    assert severities == {
        "ResponderDown": "critical",
        "ResponderReceivesNothing": "critical",
        "ResponderDeliveriesFailing": "critical",
        "ResponderQueueGrowing": "warning",
        "ResponderReloadFailed": "warning",
        "ResponderWatchdog": "none",
    }


def test_an_alert_carries_what_hypertools_alerts_carry(rules: dict[str, Rule]) -> None:
    for name, rule in rules.items():
        assert set(rule["labels"]) == {"severity", "component", "category"}, name
        assert rule["labels"]["component"] == "responder"
        texts = rule["annotations"]
        assert set(texts) == {"summary", "description", "action", "runbook_url", "dashboard_url"}
        numbers = [line.partition(". ")[0] for line in texts["action"].splitlines()]
        assert numbers == [str(number + 1) for number in range(len(numbers))]


def test_each_leads_to_the_panel_that_shows_its_measure(rules: dict[str, Rule]) -> None:
    dashboard = json.loads((resource_dir("dashboards") / "responder.json").read_text())
    queries = {
        panel["id"]: " ".join(target["expr"] for target in panel.get("targets", ()))
        for panel in dashboard["panels"]
    }
    for name, metric in {
        "ResponderDown": "up",
        "ResponderReceivesNothing": "responder_notifications_total",
        "ResponderDeliveriesFailing": "responder_deliveries_total",
        "ResponderQueueGrowing": "responder_orders_waiting",
        "ResponderReloadFailed": "responder_config_last_reload_successful",
        "ResponderWatchdog": "responder_notifications_total",
    }.items():
        address, _, panel = rules[name]["annotations"]["dashboard_url"].partition("?viewPanel=")
        assert address == f"{DEMO_GRAFANA}/d/{dashboard['uid']}"
        assert metric in queries[int(panel)]


def test_each_has_its_paragraph_with_meaning_and_what_to_do(rules: dict[str, Rule]) -> None:
    sections = dict(
        re.findall(r"^## (\w+)$(.*?)(?=^## |\Z)", OPERATING.read_text(), re.MULTILINE | re.DOTALL)
    )
    for name, rule in rules.items():
        assert rule["annotations"]["runbook_url"] == f"{DEMO_OPERATING}#{name.lower()}"
        assert all(word in sections[name] for word in ("**Meaning.**", "**Look at**", "**Do"))
    assert {name for name in sections if name.startswith("Responder")} == set(rules)


def test_they_read_only_what_is_exported_and_match_only_labels_it_has(rules: dict[str, Rule]) -> None:
    ours = exported()
    texts = [rule["expr"] for rule in rules.values()]
    actions = "\n".join(rule["annotations"]["action"] for rule in rules.values())
    texts += re.findall(r"^\d\. .*: (sum by .*)$", actions, re.MULTILINE)
    assert len(texts) > len(rules)
    for text in texts:
        for selector in selectors(parsed(text)):
            assert selector.name in OTHERS | set(ours), text
            if selector.name in ours:
                names = {matcher.name for matcher in matchers_of(selector)}
                assert names <= ours[selector.name] | {"job", "instance"}, text
