"""The demo's playbooks: every duration times the factor, nothing else."""

from fractions import Fraction

from responder.domain.report import Weight
from responder.playbook.model import FieldTest, Op, Playbook, Playbooks, Step
from responder.playbook.rules import queries_of
from responder.playbook.scale import scaled, scaled_steps


def durations(playbook: Playbook) -> dict[str, object]:
    """All that a playbook says of times beside its queries."""
    spans = {
        f"{one.id}.{key}": getattr(one, key)
        for one in playbook.diagnostics
        for key in ("range", "recent")
        if hasattr(one, key)
    }
    return {"measure.range": playbook.measure.range, **spans}


def test_every_duration_is_scaled(small: Playbook) -> None:
    fast = scaled(small, 1 / 60)
    assert durations(small) == {
        "measure.range": "1h",
        "budget.recent": "2h",
        "burn.range": None,
        "new_modes.range": None,
        "process.recent": "2h",
    }
    assert durations(fast) == {
        "measure.range": "1m",
        "budget.recent": "2m",
        "burn.range": None,
        "new_modes.range": None,
        "process.recent": "2m",
    }
    assert dict(queries_of(fast))["diagnostics", 1, "query"] == (
        '60 * sum by (persona) (rate(used{persona=~"${persona}"}[5s]))'
    )


def test_what_a_person_pastes_is_scaled_if_it_is_a_query() -> None:
    steps = (Step(do="Ask.", query="rate(used[5m])"), Step(do="Run.", run="curl example.org/?since=5m"))
    assert [step.query or step.run for step in scaled_steps(steps, Fraction(1, 60))] == [
        "rate(used[5s])",
        "curl example.org/?since=5m",
    ]


def test_a_test_by_time_is_scaled(small: Playbook) -> None:
    recent = FieldTest(
        says="a",
        weight=Weight.WEAK,
        finding="process",
        field="started_at",
        op=Op.CHANGED_WITHIN,
        value="10m",
    )
    cause = small.causes[0].model_copy(update={"for_": (recent,)})
    (fast, *_) = scaled(small.model_copy(update={"causes": (cause,)}), 0.1).causes
    (test,) = fast.for_
    assert isinstance(test, FieldTest)
    assert test.value == "1m"


def test_scaled_twice_is_scaled_there_and_back(shipped: Playbooks) -> None:
    for playbook in shipped.values():
        there = scaled(playbook, Fraction(1, 60))
        assert dict(queries_of(scaled(there, 60))) == dict(queries_of(scaled(playbook, 1)))
        assert dict(queries_of(there)) != dict(queries_of(playbook))


def test_words_names_and_the_version_stay(shipped: Playbooks) -> None:
    for playbook in shipped.values():
        fast = scaled(playbook, 1 / 60)
        assert fast.version == playbook.version
        assert [cause.title for cause in fast.causes] == [cause.title for cause in playbook.causes]
        assert fast.measure.threshold == playbook.measure.threshold


def test_all_times_of_a_fix_are_scaled(shipped: Playbooks) -> None:
    fast = scaled(shipped["TokenBudgetDepletionPredicted"], Fraction(1, 60))
    fix = next(one for one in fast.fixes if one.id == "raise-budget")
    waits = fix.undo_waits
    assert (fix.lasts, fix.check.settle, fix.check.deadline, waits and waits.at_most) == (
        "1m",
        "11s",
        "30s",
        "6m",
    )
    assert "[10s], 60)" in str(fix.check.query)
    slow = scaled(shipped["SlowWorkflowStage"], Fraction(1, 60))
    assert ["[10s]" in str(one.check.worse) for one in slow.fixes] == [True, True, False]
