"""What has happened on each of the days before: the past of a scenario whose cause is told by it."""

from functools import partial
from typing import Final

from responder.demo.reference import ReferenceHypertool
from responder.demo.scenarios import Director
from responder.demo.simclock import DAY, HISTORY_DAYS, HISTORY_START, HOUR

FROM: Final = 12 * HOUR
UNTIL: Final = 22 * HOUR
"""Seconds of a simulated day; a scenario that is played soon after the demo goes live lies between them."""


def play_every_day(hypertool: ReferenceHypertool, name: str) -> None:
    """Let a Hypertool at the start of history play this scenario on each whole day before it goes live.

    Raises:
        UnknownScenarioError: at that hour, if there is none of this name.
    """
    director = Director(hypertool)
    first = HISTORY_START - HISTORY_START % DAY + DAY
    for midnight in (first + day * DAY for day in range(HISTORY_DAYS - 1)):
        for hour, played in ((FROM, name), (UNTIL, None)):
            hypertool.timeline.after(midnight + hour - HISTORY_START, partial(director.play, played))
