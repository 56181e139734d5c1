"""The seven alerts' conditions in plain Python, judged on the samples of a simulated life.

Times are simulated seconds, so the windows are those of the rules as they are written; only a rate with a
threshold per second is taken per real second, as Prometheus would see it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final

import pytest

from responder.demo.exposed import Exposed
from responder.demo.reference import ReferenceHypertool
from responder.demo.scenarios import Director
from responder.demo.simclock import LIVE, LIVE_HOUR, SimClock
from responder.hypertool import Variant

FACTOR: Final = 60.0
STEP: Final = 30.0
LIVE_FROM: Final = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)

Labels = tuple[tuple[str, str], ...]
Series = dict[str, dict[Labels, list[tuple[float, float]]]]

NO_FILTER: Final[Mapping[str, str]] = {}


def _named(metric: str, labels: Mapping[str, str]) -> tuple[str, Labels]:
    return metric, tuple(sorted(labels.items()))


class Watched:
    """A Hypertool from this morning on, sampled from one hour before live."""

    def __init__(self, seed: int, variant: Variant = Variant.DESIGNED, factor: float = FACTOR) -> None:
        self.hypertool = ReferenceHypertool(
            SimClock(LIVE_FROM, factor), seed, variant, start=LIVE - LIVE_HOUR * 3600
        )
        self.director = Director(self.hypertool)
        self._exposed = Exposed(self.hypertool.metrics, _named)
        self.samples: Series = defaultdict(lambda: defaultdict(list))
        self.hypertool.advance(LIVE - 3600)
        self.live(3600)

    def live(self, seconds: float) -> None:
        """Go on for so many simulated seconds, scraping."""
        end = self.hypertool.timeline.now + seconds
        while self.hypertool.timeline.now < end:
            self.hypertool.advance(self.hypertool.timeline.now + STEP)
            self._scrape()

    def _scrape(self) -> None:
        now = self.hypertool.timeline.now
        for (metric, labels), value in self._exposed.values():
            self.samples[metric][labels].append((now, value))

    def firing(self, alert: str, since: float = LIVE) -> list[tuple[float, frozenset[Labels]]]:
        """At each evaluation since then, which instances of the alert fire."""
        condition, held, interval = ALERTS[alert]
        pending: dict[Labels, float] = {}
        states: list[tuple[float, frozenset[Labels]]] = []
        now = since - held - 3 * interval
        while now <= self.hypertool.timeline.now:
            true = condition(self, now)
            pending = {labels: pending.get(labels, now) for labels in true}
            fires = frozenset(labels for labels, began in pending.items() if now - began >= held)
            states.append((now, fires))
            now += interval
        return [state for state in states if state[0] >= since]

    def ever_firing(self, alert: str, since: float = LIVE) -> frozenset[Labels]:
        """All instances of the alert that fired since then."""
        return frozenset().union(*(fires for _, fires in self.firing(alert, since)))

    def window(
        self, metric: str, now: float, seconds: float, only: Mapping[str, str] = NO_FILTER
    ) -> Iterator[tuple[Labels, list[tuple[float, float]]]]:
        """The samples of each series in the window, of those with at least two."""
        for labels, samples in self.samples.get(metric, {}).items():
            if not all(dict(labels).get(name, "").startswith(value) for name, value in only.items()):
                continue
            first = bisect_left(samples, now - seconds, key=itemgetter(0))
            inside = samples[first : bisect_right(samples, now, lo=first, key=itemgetter(0))]
            if len(inside) > 1:
                yield labels, inside

    def rate(
        self, metric: str, now: float, seconds: float, by: tuple[str, ...], **only: str
    ) -> dict[Labels, float]:
        """Increase each simulated second, summed by these labels."""
        sums: dict[Labels, float] = defaultdict(float)
        for labels, inside in self.window(metric, now, seconds, only):
            kept = tuple(pair for pair in labels if pair[0] in by)
            sums[kept] += (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])
        return sums

    def latest(self, metric: str, now: float) -> dict[Labels, float]:
        """The newest value of each series."""
        return {labels: inside[-1][1] for labels, inside in self.window(metric, now, 300)}


def budget_exceeded(watched: Watched, now: float) -> set[Labels]:
    flowing = watched.rate("hypertool_persona_tokens_used_total", now, 300, ("persona",))
    remaining = watched.latest("hypertool_persona_token_budget_remaining", now)
    return {who for who, left in remaining.items() if left < 0 or (left == 0 and flowing.get(who, 0) > 0)}


def gates_failing(watched: Watched, now: float) -> set[Labels]:
    metric, by = "hypertool_workflow_quality_gate_total", ("workflow", "stage")
    failed = watched.rate(metric, now, 300, by, result="fail")
    return {
        which
        for which, every in watched.rate(metric, now, 300, by).items()
        if failed.get(which, 0) > 0.2 * every
    }


def switching(watched: Watched, now: float) -> set[Labels]:
    rates = watched.rate("hypertool_persona_switches_total", now, 60, ())
    return {labels for labels, rate in rates.items() if rate * watched.hypertool.clock.factor > 2}


def slow_stages(watched: Watched, now: float) -> set[Labels]:
    """The 95th percentile is above 300 s if less than 95 % of the runs ended within 300 s."""
    metric, by = "hypertool_workflow_stage_duration_seconds", ("workflow", "stage")
    within = watched.rate(f"{metric}_bucket", now, 900, by, le="300.0")
    runs = watched.rate(f"{metric}_count", now, 900, by)
    return {which for which, rate in runs.items() if rate > 0 and within.get(which, 0) < 0.95 * rate}


def depletion(watched: Watched, now: float) -> set[Labels]:
    windows = watched.window("hypertool_persona_token_budget_remaining", now, 1800)
    return {who for who, inside in windows if _in(3600, now, inside) < 0} - budget_exceeded(watched, now)


def _in(seconds: float, now: float, samples: list[tuple[float, float]]) -> float:
    """Prometheus's `predict_linear`."""
    n = len(samples)
    mean_t = sum(when - now for when, _ in samples) / n
    mean_v = sum(value for _, value in samples) / n
    spread = sum((when - now - mean_t) ** 2 for when, _ in samples)
    slope = sum((when - now - mean_t) * (value - mean_v) for when, value in samples) / spread
    return mean_v + slope * (seconds - mean_t)


def langfuse_failing(watched: Watched, now: float) -> set[Labels]:
    used = watched.rate("hypertool_persona_tokens_used_total", now, 300, ())
    traced = watched.rate("langfuse_trace_created_total", now, 300, ())
    return {labels for labels, rate in used.items() if rate > 0 and traced.get(labels, 0) <= 0}


Condition = Callable[[Watched, float], set[Labels]]
ALERTS: Final[Mapping[str, tuple[Condition, float, float]]] = {
    # condition, for, evaluated every
    "TokenBudgetExceeded": (budget_exceeded, 60, 30),
    "HighQualityGateFailureRate": (gates_failing, 300, 30),
    "ExcessivePersonaSwitching": (switching, 300, 30),
    "SlowWorkflowStage": (slow_stages, 600, 30),
    "TokenBudgetDepletionPredicted": (depletion, 600, 300),
    "LangfuseIntegrationFailing": (langfuse_failing, 300, 30),
}


@pytest.fixture(scope="session")
def alerts() -> tuple[str, ...]:
    """The alerts that can be judged on metrics alone; the other one is about the scrape."""
    return tuple(ALERTS)


@pytest.fixture(scope="session")
def watch() -> Callable[..., Watched]:
    """Start a life under observation."""
    return Watched
