"""Realistic notices with their incidents and reports: for tests, for looking at renderers, for the docs.

`NOTICES` names them all; each is made anew by a call, at the same moment (`NOW`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from responder.domain.incident import Ending
from responder.domain.notice import Notice
from responder.domain.storm import StormNotice
from responder.testing.samples import lives, seven, storms
from responder.testing.samples.fixes import WITH_FIXES as WITH_FIXES
from responder.testing.samples.parts import NOW as NOW

SEVEN: Final[Mapping[str, Callable[[], Notice]]] = {
    "TokenBudgetExceeded": seven.token_budget_exceeded,
    "HighQualityGateFailureRate": seven.high_quality_gate_failure_rate,
    "ExcessivePersonaSwitching": seven.excessive_persona_switching,
    "SlowWorkflowStage": seven.slow_workflow_stage,
    "TokenBudgetDepletionPredicted": seven.token_budget_depletion_predicted,
    "HypertoolMetricsNotReported": seven.hypertool_metrics_not_reported,
    "LangfuseIntegrationFailing": seven.langfuse_integration_failing,
}
"""One notice an alert, by its name."""

NOTICES: Final[Mapping[str, Callable[[], Notice]]] = {
    **SEVEN,
    "partial": lives.partial,
    "not investigated": lives.not_investigated,
    "unmeasured": lives.unmeasured,
    "unknown alert": lives.unknown_alert,
    "500 alerts": lives.five_hundred_alerts,
    "nasty": lives.nasty,
    "nasty and long": partial(lives.nasty, lives.NASTY + lives.LONG),
    "silenced": lives.silenced,
    "inhibited": lives.inhibited,
    "recovered": lives.resolved,
    "gone": partial(lives.resolved, Ending.GONE),
    "ended unknown": partial(lives.resolved, Ending.UNKNOWN),
    "resolved in a storm": lives.resolved_in_a_storm,
    "just closed": partial(lives.resolved, None),
    "came back": lives.came_back,
    "came back after a lease": lives.came_back_after_a_lease,
    "raised again and again": lives.raised_again_and_again,
    "flapping": lives.flapping,
    **WITH_FIXES,
}
"""Everything there is, by a name for a test's table."""

STORMS: Final[Mapping[str, Callable[[], StormNotice]]] = {
    "storm": storms.storm,
    "storm over": storms.storm_over,
    "many kinds": storms.many_kinds,
    "nasty storm": storms.nasty_storm,
    "nasty and long storm": partial(storms.nasty_storm, lives.NASTY + lives.LONG),
}
"""The same of storms."""
