"""Storms: at their height, over, and of alerts whose names mean something to those who render them."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from responder.domain.alert import Severity
from responder.domain.storm import Kind, Storm, StormNotice
from responder.testing.samples import lives, seven
from responder.testing.samples.parts import NOW

LIST: Final = "https://responder.example.org/?until=1763694260&signature=c2FtcGxl"


def storm() -> StormNotice:
    """Six minutes old, and still growing."""
    return StormNotice(
        storm=Storm(
            id="h3t5v7xa",
            since=NOW - timedelta(minutes=11),
            began_at=NOW - timedelta(minutes=6),
            notice=4,
            changed_at=NOW,
        ),
        kinds=(
            Kind(alert_name="TokenBudgetExceeded", severity=Severity.CRITICAL, open=311, closed=4),
            Kind(alert_name="HypertoolMetricsNotReported", severity=Severity.CRITICAL, open=1, closed=0),
            Kind(alert_name="SlowWorkflowStage", severity=Severity.WARNING, open=4_102, closed=40),
            Kind(alert_name="HighQualityGateFailureRate", severity=Severity.WARNING, open=220, closed=0),
        ),
        worst=(
            seven.token_budget_exceeded(),
            seven.hypertool_metrics_not_reported(),
            seven.slow_workflow_stage(),
        ),
        list_url=LIST,
    )


def storm_over() -> StormNotice:
    """The same once it is over: most resolved by themselves."""
    height = storm()
    kinds = tuple(
        replace(one, open=one.open // 10, closed=one.closed + one.open - one.open // 10)
        for one in height.kinds
    )
    ended = replace(height.storm, notice=9, ended_at=NOW + timedelta(minutes=20))
    return replace(height, storm=ended, kinds=kinds)


def many_kinds() -> StormNotice:
    """A thousand alert names, which are long."""
    kinds = tuple(
        Kind(
            alert_name=f"Alert{number:03d}{'OfAVeryLongName' * 5}",
            severity=Severity.WARNING,
            open=3,
            closed=1,
        )
        for number in range(1_000)
    )
    return replace(storm(), kinds=kinds, worst=(lives.five_hundred_alerts(),) * 5)


def nasty_storm(text: str = lives.NASTY) -> StormNotice:
    """Names from outside that are no names."""
    worst = replace(lives.nasty(text), page_url="javascript:alert(1)")
    kinds = (Kind(alert_name=text, severity=Severity.CRITICAL, open=30, closed=0),)
    return replace(storm(), kinds=kinds, worst=(worst,), list_url="javascript:alert(1)")
