"""What a person asks by `/hypertool`, kept until it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

URL_LASTS: Final = timedelta(minutes=30)
"""So long after it was asked an answer may go to its answer address."""
URL_USES: Final = 5
"""So often."""


class Verb(StrEnum):
    """What can be asked. Values are what people write, metric labels, and kept: never rename one."""

    HELP = "help"
    STATUS = "status"
    DIAGNOSE = "diagnose"
    INCIDENT = "incident"
    WHY = "why"
    FIX = "fix"
    FIXES = "fixes"
    PAUSE = "pause"
    RESUME = "resume"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    SHARE = "share"
    """Show everybody in the channel what only one person was shown: a button, not a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What was asked.

    `subject` is an alert's name, an incident's id, a persona or a workflow; for `share` it is another
    command's id. `text` is what follows in a person's own words.
    """

    verb: Verb
    subject: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    shared: bool = False
    """The answer is for the whole channel."""


class AskedState(StrEnum):
    """How far it is. Values are kept: never rename one."""

    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"
    """Nobody could be told."""


class Way(StrEnum):
    """How an answer can reach whoever asked."""

    URL = "url"
    """The answer address that came with the command."""
    CHANNEL = "channel"
    """The channel it was asked in, by the bot."""


Said = Mapping[str, Any]
"""An answer in words: `text` and `blocks` as Slack takes them, and whether it is for `everybody`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with who asked, and where; `answer_url` lets anybody answer, and goes once it is answered."""

    id: str
    command: Command
    who: str
    """For records: id and name."""
    user: str
    channel: str
    at: datetime
    answer_url: str
    due_at: datetime | None = None
    """When it is answered next; None once that is over."""
    uses: int = 0
    """How often the answer address was tried."""
    attempts: int = 0
    state: AskedState = AskedState.ASKED
    said: Said | None = None
    """The answer, once it was worked out: every attempt says the same."""

    def ways(self, now: datetime) -> tuple[Way, ...]:
        """How it can be answered now, the better way first."""
        good = bool(self.answer_url) and self.uses < URL_USES and now - self.at < URL_LASTS
        return (Way.URL, Way.CHANNEL) if good else (Way.CHANNEL,)
