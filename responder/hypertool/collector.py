"""The knobs of a collector that stands already: the budgets of its personas, and nothing else.

The collector that runs in the field keeps what remains in its gauge alone, never below 0, and has no way to
set a budget. So this moves the gauge itself, by the difference, and remembers what the clamp at 0 swallows:
else a budget that is set too low by mistake and right again would come back fuller than it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from prometheus_client import Gauge

from responder.hypertool.desk import utc_now
from responder.hypertool.knobs import Board, Dial
from responder.hypertool.resources import BUDGET

OWED_FOR: Final = timedelta(hours=1)
"""The collector doesn't tell when its budgets are filled again. What the clamp swallowed longer ago than this
may have been forgiven since then."""


class Collector(Protocol):
    """What the collector in the field has."""

    _token_budgets: dict[str, int]
    persona_token_budget: Gauge

    def get_remaining_budget(self, persona: str) -> int:
        """Tokens left."""


@runtime_checkable
class KeepsBudgets(Protocol):
    """A collector that can set a budget itself, as our own can."""

    def get_budget(self, persona: str) -> int:
        """Tokens a period."""

    def set_budget(self, persona: str, tokens: int) -> None:
        """Set them; what remains moves by the difference at once."""


def collector_knobs(collector: Collector, now: Callable[[], datetime] = utc_now) -> Board:
    """The knobs of this collector; other resources of the contract answer 501.

    Args:
        collector: the one in the field, our own, or any that has the same three names.
        now: answers an aware datetime.
    """
    budgets = collector._token_budgets  # noqa: SLF001 - the field's collector tells its budgets nowhere else
    keeper = collector if isinstance(collector, KeepsBudgets) else _Gauges(collector, now)
    return Board([budget_dial(keeper, persona, tokens, now) for persona, tokens in budgets.items()])


def budget_dial(keeper: KeepsBudgets, persona: str, default: int, now: Callable[[], datetime]) -> Dial:
    """The knob of one persona's budget."""
    return Dial(
        BUDGET.resource(persona=persona),
        BUDGET.unit,
        default,
        BUDGET.bounds,
        get=lambda: keeper.get_budget(persona),
        put=lambda tokens: keeper.set_budget(persona, tokens),
        now=now,
    )


@dataclass(frozen=True)
class _Owed:
    tokens: int
    since: datetime


class _Gauges:
    """Sets the budgets of a collector that has no way to."""

    def __init__(self, collector: Collector, now: Callable[[], datetime]) -> None:
        self._collector = collector
        self._now = now
        self._owed: dict[str, _Owed] = {}

    def get_budget(self, persona: str) -> int:
        return self._collector._token_budgets[persona]  # noqa: SLF001 - see above

    def set_budget(self, persona: str, tokens: int) -> None:
        """Only a move up, or the collector's own reset, brings a gauge at 0 above it again."""
        budgets, gauge = self._collector._token_budgets, self._collector.persona_token_budget  # noqa: SLF001 - see above
        by = tokens - budgets[persona]
        remaining = self._collector.get_remaining_budget(persona)
        exact = remaining + by - self._still_owed(persona, remaining)
        budgets[persona] = tokens
        # moved, not set: what another thread takes from it at this moment stays taken
        gauge.labels(persona=persona).inc(max(0, exact) - remaining)
        self._owed[persona] = _Owed(max(0, -exact), self._now())

    def _still_owed(self, persona: str, remaining: int) -> int:
        owed = self._owed.get(persona)
        if owed is None or remaining > 0 or self._now() - owed.since > OWED_FOR:
            return 0
        return owed.tokens
