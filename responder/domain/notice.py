"""What a notifier is told to say: the incident as it is now, its report, and what must reach everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from responder.domain.errors import AdapterError, ResponderError
from responder.domain.fix import Fix
from responder.domain.incident import Event, Incident
from responder.domain.report import Report, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a notifier must remember about what it said, as plain JSON: Slack's channel and timestamps."""

    data: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Another incident that this one grew out of, or that grew out of it."""

    incident: str
    alert_name: str
    open: bool
    grew_from: bool
    """Whether this one grew out of it; else it is the other way round."""
    url: str = ""
    """Where it is shown: its message, else its page; empty where neither is known."""
    receipt: Receipt = field(default_factory=Receipt)
    """What the notifier that is told of this remembers of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One incident, ready to be rendered."""

    incident: Incident
    report: Report | None
    """None: not investigated yet."""
    replies: tuple[Event, ...] = ()
    """Every event of the incident that is told by a broadcast reply of its own, oldest first."""
    page_url: str = ""
    """The incident's page, signed and read-only; empty where no public address is configured."""
    fixes: tuple[Fix, ...] = ()
    """Its quick fixes, in the order of their proposals; none where they are only described."""
    kin: tuple[Kin, ...] = ()
    """Incidents that it grew out of, or that grew out of it."""
    at: datetime | None = None
    """When it is told: what is left of a fix's time is counted from then."""
    asked: bool = False
    """Somebody asked for a diagnosis: there is no alert, and the incident is imagined."""


class DeliveryState(StrEnum):
    """What became of telling one notifier about one incident."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    WAITING = "waiting"
    """There is nothing to say it to yet, or its turn has not come: no failure, it is looked at again."""
    FAILED = "failed"
    """Refused: it will not get better by itself; the next change of the incident tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far one notifier is with one incident, or with a storm's summary."""

    about: str
    """The incident's id, or the storm's."""
    notifier: str
    state: DeliveryState
    notice: int
    """The newest notice it has told."""
    receipt: Receipt
    attempts: int = 0
    error: str = ""


class NotYet(ResponderError):  # noqa: N818 - reads as what it is
    """It can't be said yet, and nothing failed.

    Args:
        receipt: to be kept, and given back when it is looked at again.
        why: in words.
        wait: seconds until then; None: as after so many failures.
    """

    def __init__(self, receipt: Receipt, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.receipt = receipt
        self.wait = wait


class PartlyTold(ResponderError):  # noqa: N818 - reads as what it is
    """Some of it was said before another system failed us.

    Args:
        receipt: how far it came; to be kept, and given back with the next attempt.
        cause: why it went no further, and whether another try is worth it.
    """

    def __init__(self, receipt: Receipt, cause: AdapterError) -> None:
        super().__init__(str(cause))
        self.receipt = receipt
        self.cause = cause
