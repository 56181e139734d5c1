"""What a case expects and the report does not say: named under its key, with what is there instead."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from responder.domain.alert import Alert, AlertStatus
from responder.domain.incident import opened
from responder.domain.report import Direction, Finding, FindingState, Reading, Row
from responder.domain.units import Unit
from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.run import Asked, judged
from responder.knowledge.playbook_tests.unproven import unproven
from responder.playbook.answers import Answers
from responder.playbook.model import Playbook

Suite = Callable[[str], Sequence[Loaded]]
Judge = Callable[[str], str]

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
UNTESTED = "untested (nothing measured speaks for a leading cause)"
ANN, BEN = (("persona", "ann"),), (("persona", "ben"),)


def finding(playbook: Playbook, name: str, *rows: Row, **more: Any) -> Finding:
    spec = next(one for one in playbook.diagnostics if one.id == name)
    state = FindingState.MEASURED if rows else FindingState.NO_DATA
    keys: Mapping[str, Any] = {"state": state, "rows": rows, **more}
    return Finding(diagnostic=name, title=spec.title, kind=spec.kind, unit=spec.unit, **keys)


def reading(value: float | None) -> Reading:
    reason = "" if value is not None else "no data"
    return Reading(
        value=value, unit=Unit.COUNT, threshold=1, direction=Direction.BELOW, as_of=NOW, reason=reason
    )


def asked(playbook: Playbook) -> Asked:
    """Ann has no budget left, ben has; nobody knows of the process, and Alertmanager of no alert."""
    answers = Answers(
        findings=(
            finding(
                playbook,
                "budget",
                Row(subject=ANN, values={"value": 0, "at_default": False}),
                Row(subject=BEN, values={"value": 300.0, "at_default": True}),
            ),
            finding(playbook, "process", state=FindingState.FAILED, detail="refused: no"),
            finding(playbook, "related", state=FindingState.MEASURED),
            finding(playbook, "before", Row(subject=ANN, values={"value": 12.5})),
        ),
        readings={ANN: reading(0.0), BEN: reading(None)},
        made_at=NOW,
    )
    alerts = [
        Alert(
            fingerprint=str(index),
            labels={"alertname": playbook.alert, "severity": "warning", "persona": name},
            annotations={},
            status=AlertStatus.FIRING,
            starts_at=NOW,
        )
        for index, name in enumerate(("ann", "ben"))
    ]
    return Asked(opened("test", alerts, NOW).incident, answers)


@pytest.fixture
def judge(suite: Suite) -> Judge:
    """What is missed of an expectation (one line of YAML), each with its key."""

    def judged_by(expect: str) -> str:
        text = "alert: PersonaStuck\ncases:\n  - name: a\n    alerts: [{persona: ann}, {persona: ben}]\n"
        (loaded,) = suite(f"{text}    expect: {expect}\n")
        problems = judged(loaded, asked(loaded.playbook)).problems
        return "; ".join(f"{one.key.removeprefix('cases[0].expect.')}: {one.message}" for one in problems)

    return judged_by


@pytest.mark.parametrize(
    "expect",
    [
        "{headline: ann finished 0 stages, measure: 0, first: no-budget, verdict: clear}",
        "{order: [no-budget, hanging, asleep]}",
        "{order: [no-budget, asleep]}",  # others may stand between
        "{each: [{alert: {persona: ben}, ruled_out: [no-budget]}]}",
        "{findings: {before: 12.4}}",  # 2 % off
        "{findings: {before: {value: 13, within: 0.5}}}",
        "{findings: {budget: {value: 0, at_default: false}}}",
        "{findings: {process: not measured, related: none}}",
        "{fixes: {raise-budget: answers, silence: buys time}, checks: [no-budget, hanging], related: []}",
        "{each: [{alert: {persona: ben}, measure: not measured, first: hanging, verdict: untested}]}",
        "{each: [{alert: {persona: ben}, findings: {before: not measured, budget: 300}}]}",
    ],
)
def test_what_is_as_expected_is_not_complained_about(judge: Judge, expect: str) -> None:
    assert judge(expect) == ""


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{headline: ann}", 'headline: it says "ann finished 0 stages", not "ann"'),
        ("{measure: 1}", "measure: it is 0, not 1 (within 0.02)"),
        ("{measure: not measured}", "measure: it is 0, and was expected not to be measured"),
        ("{first: hanging}", 'first: "no-budget" comes first, not "hanging"'),
        ("{verdict: untested}", f"verdict: the ranking is clear, not {UNTESTED}"),
        ("{tied: [no-budget, hanging]}", 'tied: these lead: "no-budget"; not "hanging", "no-budget"'),
        ("{order: [asleep, no-budget]}", "order: they come in the order no-budget, asleep"),
        ("{ruled_out: [asleep]}", 'ruled_out[0]: nothing that was measured speaks against "asleep"'),
        ("{findings: {before: 12}}", "findings.before: it is 12.5, not 12"),
        ("{findings: {before: {value: 12, within: 0.4}}}", "findings.before: it is 12.5, not value 12"),
        ("{findings: {before: not measured}}", "findings.before: it is measured: 12.5"),
        ("{findings: {before: none}}", "findings.before: there is something: 12.5"),
        # it was asked, and there is none: that is measured
        ("{findings: {related: not measured}}", "findings.related: it is measured: nothing about this alert"),
        (
            "{findings: {budget: {value: 0, at_default: true}}}",
            "findings.budget: it is value 0, at_default false, not value 0, at_default true",
        ),
        # 0 is not false
        ("{findings: {budget: false}}", "findings.budget: it is value 0, at_default false, not false"),
        (
            "{findings: {process: {running: true}}}",
            "findings.process: it is not measured (failed: refused: no), not running true",
        ),
        (
            "{fixes: {raise-budget: buys time}}",
            'fixes.raise-budget: it is shown as "answers", not as "buys time"',
        ),
        ("{changes: [Budget set]}", "changes[0]: no such change is named; named are: none"),
        ("{related: [TokenBudgetExceeded]}", 'related: active are: none; not "TokenBudgetExceeded"'),
        (
            "{each: [{alert: {persona: ben}, measure: 0}]}",
            "each[0].measure: it is not measured (no data), not 0",
        ),
        (
            "{each: [{alert: {persona: ben}, first: hanging}]}",
            f"each[0].first: the ranking is {UNTESTED}, not clear",
        ),
    ],
)
def test_what_is_not_as_expected_is_told_with_what_is_there(judge: Judge, expect: str, told: str) -> None:
    assert judge(expect) == told


def test_a_ranking_that_is_missed_is_explained_with_the_lines_of_the_playbook(suite: Suite) -> None:
    (loaded,) = suite("""\
alert: PersonaStuck
cases:
  - {name: a, alerts: [{persona: ann}, {persona: ben}], expect: {first: asleep}}
""")
    outcome = judged(loaded, asked(loaded.playbook))
    assert not outcome.passed
    assert outcome.why == (
        "ann:",
        "no-budget: score 16, begins with 2 (likelihood medium)",
        "  yes   for, strong: nothing is left: 0 tokens [budget.value le 0]  (site/persona-stuck.yaml:24)",
        "  no    against, strong: some is left: 0 tokens [budget.value gt 0]  (site/persona-stuck.yaml:25)",
        "asleep: score 1, begins with 1 (likelihood low)",
        "  no    for, strong: nothing was done then [before.value eq 0]  (site/persona-stuck.yaml:36)",
    )


def test_what_no_case_would_miss_is_named_with_its_line(suite: Suite) -> None:
    """That it is no-budget is expected; that ben has some is not, nor is anything of asleep."""
    cases = suite("""\
alert: PersonaStuck
cases:
  - name: a
    alerts: [{persona: ann}, {persona: ben}]
    expect: {first: no-budget, fixes: {raise-budget: answers}}
""")
    found = unproven([judged(loaded, asked(loaded.playbook)) for loaded in cases])
    assert [str(problem) for problem in found] == [
        "site/persona-stuck.yaml:25: causes[0].against[0]: no case would miss this: some is left",
        "site/persona-stuck.yaml:36: causes[2].for[0]: no case would miss this: nothing was done then",
    ]
