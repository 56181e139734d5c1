"""The alert that looks back on itself, as Prometheus would have written it down on the days before.

Of the playbooks' questions one asks on which days an alert fired. A Prometheus that starts with a past has no
`ALERTS` of it, so the past brings it along: where the rule's condition held then, by the same reckoning.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from statistics import linear_regression
from typing import Any, Final

import yaml

from responder.demo.simclock import HOUR
from responder.resources import resource_dir

ALERT: Final = "TokenBudgetDepletionPredicted"
WINDOW: Final = 0.5 * HOUR
AHEAD: Final = HOUR
HELD: Final = HOUR / 6
"""Simulated seconds, those of the rule: what it looks at, how far ahead it looks, how long it must hold."""


class Predictions:
    """Watches what remains of the budgets, and says whose alert fires."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Mapping[str, int]]] = deque()
        self._since: dict[str, float] = {}

    def firing(self, now: float, remaining: Mapping[str, int]) -> Iterator[str]:
        """The personas that are predicted to run out, and were for long enough.

        Args:
            now: a simulated second, later than at the last call.
            remaining: tokens by persona.
        """
        self._seen.append((now, remaining))
        while self._seen[0][0] <= now - WINDOW:
            self._seen.popleft()
        for persona, left in remaining.items():
            if left > 0 and self._left_in_an_hour(now, persona) < 0:
                since = self._since.setdefault(persona, now)
                if now - since >= HELD:
                    yield persona
            else:
                self._since.pop(persona, None)

    def _left_in_an_hour(self, now: float, persona: str) -> float:
        if len(self._seen) < 2:  # noqa: PLR2004 - a line has two points
            return 0.0
        times = [when - now for when, _ in self._seen]
        slope, level = linear_regression(times, [remaining[persona] for _, remaining in self._seen])
        return level + slope * AHEAD


def written_labels(persona: str) -> dict[str, str]:
    """The labels of the series `ALERTS` of this persona's alert."""
    return {"alertname": ALERT, "alertstate": "firing", "persona": persona, **_labels_of_the_rule()}


def _labels_of_the_rule() -> Mapping[str, str]:
    rules: Any = yaml.safe_load((resource_dir("rules") / "hypertool.rules.yml").read_text(encoding="utf-8"))
    found = (rule for group in rules["groups"] for rule in group["rules"] if rule["alert"] == ALERT)
    labels: Mapping[str, str] = next(found)["labels"]
    return labels
