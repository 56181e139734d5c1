"""Everything that can go wrong, as one tree.

* ResponderError
  x ConfigError      the operator must edit a file; carries every problem at once
  x BadInput         what was sent can never be understood; carries a word for the metric
  x Busy             it can't be kept safe now; whoever sent it must send it again
  x Unusable         what the process needs can't be used as it is: it ends, and is started again
  x AdapterError     another system failed us; carries one word, its name, and what an order has done
    - Unreachable    worth another try: no answer, an answer too late, overload, their fault
    - Refused        will not get better by itself: a wrong token, a channel that isn't there
  x NotYet           a notifier can't say it yet (`responder/domain/notice.py`); carries receipt and wait
  x PartlyTold       a notifier came part of the way (`responder/domain/notice.py`); carries receipt and cause

Errors of libraries are translated where they enter (`responder/clients`), never later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ResponderError(Exception):
    """Something the responder knows how to speak about."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file the operator wrote: where it is, under which key, and what to do.

    `rule` is the linter's name for it (`responder.domain.lint`), where it has one.
    """

    file: str
    line: int
    key: str
    message: str
    rule: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(ResponderError):
    """Files can't be used as they are; `problems` has every mistake, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class BadInput(ResponderError):  # noqa: N818 - reads as what it is
    """What was sent can never be understood; `reason` is a metric label."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Busy(ResponderError):  # noqa: N818 - reads as what it is
    """It can't be kept safe at the moment: nothing was accepted, send it again."""


class Unusable(ResponderError):  # noqa: N818 - reads as what it is
    """What the process needs (its database, its address) can't be used as it is.

    Another try in this process is not worth it; one that is started later may find it changed.
    """


class Reason(StrEnum):
    """Why another system failed us. Values are metric labels and are shown to people: never rename one."""

    TIMEOUT = "timeout"
    NO_CONNECTION = "no_connection"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    BAD_QUERY = "bad_query"
    BAD_ANSWER = "bad_answer"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    OUT_OF_BOUNDS = "out_of_bounds"
    CHANGED = "changed"
    REFUSED = "refused"
    NOT_CONFIGURED = "not_configured"


class Effect(StrEnum):
    """What an order that failed has done to the other system."""

    NONE = "none"
    """Surely nothing: it was not sent, or it was refused before anything happened."""

    UNKNOWN = "unknown"
    """It may have been carried out: to be settled by reading, never by ordering it again blindly."""


class AdapterError(ResponderError):
    """Another system failed us.

    Args:
        system: its name as people know it, for example "Prometheus".
        reason: one word of a closed vocabulary.
        detail: what it said itself, for people; never a secret.
        effect: what is known of an order's effect; of no meaning where something was only read.
    """

    def __init__(
        self, system: str, reason: Reason, detail: str = "", *, effect: Effect = Effect.UNKNOWN
    ) -> None:
        super().__init__(f"{system}: {reason.replace('_', ' ')}" + (f": {detail}" if detail else ""))
        self.system = system
        self.reason = reason
        self.detail = detail
        self.effect = effect


class Unreachable(AdapterError):  # noqa: N818 - reads as what it is
    """Worth another try; not before `retry_after` seconds where the far side said so."""

    def __init__(
        self,
        system: str,
        reason: Reason,
        detail: str = "",
        retry_after: float | None = None,
        *,
        effect: Effect = Effect.UNKNOWN,
    ) -> None:
        super().__init__(system, reason, detail, effect=effect)
        self.retry_after = retry_after


class Refused(AdapterError):  # noqa: N818 - reads as what it is
    """Will not get better by itself: a person has to change something."""
