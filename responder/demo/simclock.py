"""Simulated time: how the demo makes a day pass in minutes, and what that means for each number.

With a factor F one real second is F simulated seconds. Prometheus lives in real time, and every duration of
rules and playbooks is divided by F. So that these look at the same life, only shorter:

- **When things happen** is scaled. A window of 5 m becomes 5 m / F and sees the same number of runs; a
  budget's day lasts 24 h / F.
- **What is observed is not scaled.** A stage of 420 s goes into its histogram as 420 s, though the agent took
  420 s / F: long stages are observed, not slept.
- **Rates with a threshold per second are not scaled either**, for "2 switches a second" stays 2 in the
  rule. Agents hand over so that the rate is the same number in each *real* second at any factor; the
  cooldown is in real seconds.
- **Tokens** are per period and per run: the same numbers, in a shorter time. "In 60 min" is in 60 min / F.

Simulated seconds count from a midnight UTC. The moment the demo goes live is always the same hour of the
simulated day (`LIVE_HOUR`), whatever the wall clock says, so that a demo at night looks like one at noon.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
HISTORY_DAYS: Final = 8
LIVE_HOUR: Final = 14.0
"""Ten simulated hours before the budgets are filled again: more than a run of all scenarios takes."""

LIVE: Final = HISTORY_DAYS * DAY + LIVE_HOUR * HOUR
"""The simulated second at which history ends and live begins."""

HISTORY_START: Final = LIVE - HISTORY_DAYS * DAY


@dataclass(frozen=True)
class SimClock:
    """Translates between the wall and the simulation.

    Args:
        live_from: the wall's time when live begins.
        factor: simulated seconds a real second.
    """

    live_from: datetime
    factor: float

    def simulated(self, moment: datetime) -> float:
        """The simulated second at this moment."""
        return LIVE + (moment - self.live_from).total_seconds() * self.factor

    def moment(self, simulated: float) -> datetime:
        """The wall's time at this simulated second."""
        return self.live_from + timedelta(seconds=(simulated - LIVE) / self.factor)
