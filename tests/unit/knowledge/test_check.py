"""What `responder check` finds beyond the loader: metrics, labels and rules that don't agree."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from responder.knowledge.check import Checked, check
from responder.playbook.diagnostic import Diagnostic
from responder.resources import resource_dir

Kinds = Mapping[str, type[Diagnostic]]
Amend = Callable[[str, str], Checked]

GATES = "high-quality-gate-failure-rate.yaml"


@pytest.fixture
def amend(tmp_path: Path, kinds: Kinds, rules_dir: Path) -> Amend:
    """Checks the product's own playbooks with one text replaced by another, against its rules."""

    def amended(before: str, after: str) -> Checked:
        folder = tmp_path / "playbooks"
        shutil.copytree(resource_dir("playbooks"), folder)
        path = folder / GATES
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        return check(folder, kinds, rules_dir / "hypertool.rules.yml")

    return amended


def test_what_we_ship_has_no_problem(kinds: Kinds, rules_dir: Path) -> None:
    found = check(resource_dir("playbooks"), kinds, rules_dir, resource_dir("dashboards"))
    assert found.problems == ()
    assert found.summary == "7 playbooks, 2 rule files, 3 dashboards, no problem"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("severity: warning", "severity: info", 'severity: the rule says "warning", not "info"'),
        ("category: quality", "category: cost", 'category: the rule says "quality", not "cost"'),
        ("threshold: 0.2", "threshold: 0.3", "measure.threshold: the rule's threshold is above 0.2"),
        ("direction: above", "direction: below", "measure.threshold: the rule's threshold is above 0.2"),
    ],
)
def test_a_playbook_says_of_its_alert_what_the_rule_says(
    amend: Amend, before: str, after: str, told: str
) -> None:
    assert [f"{problem.key}: {problem.message}" for problem in amend(before, after).problems] == [told]


def test_a_playbook_without_a_rule_and_a_rule_without_a_playbook_are_told(amend: Amend) -> None:
    found = amend("alert: HighQualityGateFailureRate", "alert: HighQualityGateFailures")
    told = [str(problem) for problem in found.problems]
    assert any('there is no rule for "HighQualityGateFailures"' in line for line in told)
    assert found.summary == f"{len(told)} problems in 1 of 7 playbooks, 1 of 1 rule file"


def test_a_playbook_that_nobody_wrote_is_missed(tmp_path: Path, kinds: Kinds, rules_dir: Path) -> None:
    folder = tmp_path / "playbooks"
    shutil.copytree(resource_dir("playbooks"), folder)
    (folder / "hypertool-metrics-not-reported.yaml").unlink()
    (folder / "langfuse-integration-failing.yaml").unlink()  # it is related to the other
    (problem, other) = check(folder, kinds, rules_dir / "hypertool.rules.yml").problems
    assert 'there is no playbook for "HypertoolMetricsNotReported"' in str(problem)
    assert other.file == "rules/hypertool.rules.yml"


def test_a_variable_is_a_label_that_the_rules_alerts_have(amend: Amend) -> None:
    found = amend("variables: [workflow, stage]", "variables: [workflow, stage, persona]")
    assert any('the rule\'s alerts have no label "persona"' in str(one) for one in found.problems)


def test_the_runbooks_general_part_is_checked_as_well(tmp_path: Path, kinds: Kinds) -> None:
    """The server loads it with the playbooks: a mistake in it must not be found there first."""
    folder = tmp_path / "playbooks"
    shutil.copytree(resource_dir("playbooks"), folder)
    path = folder / "runbook" / "general.yaml"
    text = path.read_text().replace("ALERTS{", "ALERT{").replace("intro:", "inrto:")
    path.write_text(text)
    assert {one.key for one in check(folder, kinds).problems} == {"intro", "inrto"}
    path.write_text(text.replace("inrto:", "intro:"))
    (problem,) = check(folder, kinds).problems
    assert problem.file == "playbooks/runbook/general.yaml"
    assert 'no metric "ALERT" (did you mean "ALERTS"?)' in str(problem)
