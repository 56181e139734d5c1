"""Why a fix is not applied: every gate, and what comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from responder.domain.fix import FixMode
from responder.policy.gates import WORDS, Ask, Facts, Limits, Refusal, decide

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ASK = Ask(fix="raise-budget", target="personas/backend-engineer/budget", after=2500, automatic=False)
ITSELF = replace(ASK, automatic=True)
FINE = Facts(now=NOW, clear_cause_answered=True)
APPROVE = Limits(mode=FixMode.APPROVE)
AUTO = Limits(mode=FixMode.AUTO, auto=frozenset({"raise-budget"}))


@pytest.mark.parametrize(
    ("ask", "facts", "limits", "refusal"),
    [
        (ASK, FINE, APPROVE, None),
        (ITSELF, FINE, AUTO, None),
        (ASK, FINE, Limits(mode=FixMode.OFF), Refusal.MODE),
        (ASK, FINE, Limits(mode=FixMode.SUGGEST), Refusal.MODE),
        (ITSELF, FINE, APPROVE, Refusal.MODE),  # nobody approved it
        (ITSELF, FINE, replace(AUTO, auto=frozenset()), Refusal.MODE),  # not one of those named
        (ASK, FINE, replace(APPROVE, approvers=False), Refusal.NOBODY_MAY_APPROVE),
        (ITSELF, FINE, replace(AUTO, approvers=False), None),  # nobody is asked
        (ASK, FINE, replace(AUTO, approvers=False), None),  # at its proposal: it will be applied by itself
        (ASK, replace(FINE, breaker_open=True), APPROVE, Refusal.BREAKER_OPEN),
        (ASK, replace(FINE, held_by="another"), APPROVE, Refusal.TARGET_TAKEN),
        (ASK, replace(FINE, in_force=3), APPROVE, Refusal.TOO_MANY_IN_FORCE),
        (ASK, replace(FINE, in_force=2), APPROVE, None),
        (ASK, replace(FINE, at_ceiling=True), APPROVE, Refusal.CEILING_REACHED),
        (ASK, FINE, replace(APPROVE, ceilings={"budget": 2499}), Refusal.CEILING_REACHED),
        (ASK, FINE, replace(APPROVE, ceilings={"budget": 2500}), None),
        (ASK, replace(FINE, muted=True), APPROVE, Refusal.SILENCED),
        (ASK, replace(FINE, firing=False), APPROVE, Refusal.ALERT_RESOLVED),
        (ASK, replace(FINE, precondition=False), APPROVE, Refusal.PRECONDITION),
        # the evidence refuses only what nobody approved
        (ASK, replace(FINE, clear_cause_answered=False), APPROVE, None),
        (ITSELF, replace(FINE, clear_cause_answered=False), AUTO, Refusal.EVIDENCE),
        (ITSELF, replace(FINE, came_back=True), AUTO, Refusal.CAME_BACK),
        (ASK, replace(FINE, came_back=True), APPROVE, None),
        # of several the first one is named
        (ASK, replace(FINE, breaker_open=True, firing=False), APPROVE, Refusal.BREAKER_OPEN),
    ],
)
def test_every_gate_refuses_by_its_name(
    ask: Ask, facts: Facts, limits: Limits, refusal: Refusal | None
) -> None:
    assert decide(ask, facts, limits) is refusal


@pytest.mark.parametrize(
    ("since", "refusal"),
    [
        (timedelta(0), Refusal.COOLING_DOWN),  # just ended
        (timedelta(minutes=29, seconds=59), Refusal.COOLING_DOWN),
        (timedelta(minutes=30), None),  # the boundary is open
    ],
)
def test_a_cooldown_ends_exactly_on_time(since: timedelta, refusal: Refusal | None) -> None:
    """A fix may be applied again at the very second its cooldown ends."""
    assert decide(ASK, replace(FINE, ended_at=NOW - since), APPROVE) is refusal


def test_without_a_word_in_the_configuration_nothing_is_applied() -> None:
    assert decide(ASK, FINE, Limits()) is Refusal.MODE


def test_every_refusal_has_words_for_people() -> None:
    assert set(WORDS) == set(Refusal)
