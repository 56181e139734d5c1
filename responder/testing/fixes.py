"""A quick fix to be changed: a lease that raises a budget by 500 tokens for half an hour."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from responder.domain.fix import Change, Fix, FixKind, FixState
from responder.testing.clock import NOON

BUDGET: Final = "personas/data-scientist/budget"
RAISE: Final = Change(action="control", target=BUDGET, before=1700, after=2200, unit="tokens")
LEASE: Final = Fix(
    id="f1",
    incident="i1",
    alert_name="TokenBudgetExceeded",
    fix="raise-budget",
    title="Raise the budget by 500 tokens",
    kind=FixKind.LEASE,
    labels={"alertname": "TokenBudgetExceeded", "persona": "data-scientist"},
    change=RAISE,
    lasts=timedelta(minutes=30),
    cause="budget-too-low",
    answers=True,
    playbook="p1",
    state=FixState.APPLYING,
    proposed_at=NOON,
    due_at=NOON,
    approved_by="ada",
    approved_at=NOON,
    expires_at=NOON + timedelta(minutes=30),
)


def a_lease(**changes: Any) -> Fix:  # noqa: ANN401 - fields of a fix
    """The lease, about to be applied at noon, with these fields changed."""
    return replace(LEASE, **changes)


def a_one_shot(action: str, **changes: Any) -> Fix:  # noqa: ANN401 - likewise
    """Something that is done once, about to be applied."""
    change = Change(action=action, target="process" if action == "restart" else "langfuse")
    once = {"kind": FixKind.ONE_SHOT, "change": change, "expires_at": None, "title": f"Do a {action}"}
    return replace(LEASE, **{**once, **changes})
