"""Tells whoever watches the server: a full report once, then a line for every change; terminal or log."""

from collections.abc import Callable
from typing import Final, Protocol

from responder.domain.ids import content_digest
from responder.domain.incident import Incident
from responder.domain.notice import Notice, Receipt
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice

TOLD: Final = "incident_told"
STORM_TOLD: Final = "storm_told"
WATCHDOG_TOLD: Final = "watchdog_told"
"""The log's actions."""


class Voice(Protocol):
    """Where the words go."""

    def full(self, notice: Notice) -> None:
        """Everything that is known, shown once an incident."""

    def change(self, notice: Notice) -> None:
        """One line for what is different now."""

    def storm(self, notice: StormNotice) -> None:
        """One line for how a storm is now."""

    def loss(self, notice: LossNotice) -> None:
        """One line for a watchdog that stopped coming, or for the end of that."""


class Logger(Protocol):
    """As much of a structured logger as is needed."""

    def info(self, event: str, **facts: object) -> object: ...


class LogVoice:
    """Writes one structured event each time: the log is for machines first.

    Args:
        logger: where to.
        line: renders a notice in one line of plain text.
        storm_line: does so with a storm.
        loss_line: does so with a lost watchdog.
    """

    def __init__(
        self,
        logger: Logger,
        line: Callable[[Notice], str],
        storm_line: Callable[[StormNotice], str],
        loss_line: Callable[[LossNotice], str],
    ) -> None:
        self._logger = logger
        self._line = line
        self._storm_line = storm_line
        self._loss_line = loss_line

    def full(self, notice: Notice) -> None:
        self._log(notice, page=notice.page_url)

    def change(self, notice: Notice) -> None:
        self._log(notice)

    def storm(self, notice: StormNotice) -> None:
        facts = {"storm": notice.storm.id, "over": notice.storm.over, "open": notice.open}
        self._logger.info(STORM_TOLD, text=self._storm_line(notice), **facts)

    def loss(self, notice: LossNotice) -> None:
        facts = {"loss": notice.id, "over": notice.loss.over}
        self._logger.info(WATCHDOG_TOLD, text=self._loss_line(notice), **facts)

    def _log(self, notice: Notice, **more: str) -> None:
        incident = notice.incident
        facts = {"incident": incident.id, "alert": incident.alert_name, "state": incident.state.value}
        self._logger.info(TOLD, text=self._line(notice), **facts, **more)


class ConsoleNotifier:
    """Never fails and never looks back: after a crash a line may come twice."""

    name = "console"

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    async def tell(
        self,
        notice: Notice,
        previous: Receipt | None,
        *,
        sure: bool,  # noqa: ARG002 - the port has it
    ) -> Receipt:
        """Show it in full when it is first fully known, later in a line where more than a value changed."""
        told = previous.data if previous else {}
        state = _state(notice.incident)
        full = notice.report is not None and notice.report.complete
        if full and not told.get("full"):
            self._voice.full(notice)
        elif state != told.get("state"):
            self._voice.change(notice)
        return Receipt(data={"full": bool(told.get("full")) or full, "state": state})

    async def tell_storm(
        self,
        notice: StormNotice,
        previous: Receipt | None,
        *,
        sure: bool,  # noqa: ARG002 - the port has it
    ) -> Receipt:
        """A line when it begins and when it is over: in between its numbers change all the time."""
        over = notice.storm.over
        if previous is None or previous.data.get("over") != over:
            self._voice.storm(notice)
        return Receipt(data={"over": over})

    async def tell_loss(
        self,
        notice: LossNotice,
        previous: Receipt | None,
        *,
        sure: bool,  # noqa: ARG002 - the port has it
    ) -> Receipt:
        """A line when the watchdog is lost and when that is over."""
        over = notice.loss.over
        if previous is None or previous.data.get("over") != over:
            self._voice.loss(notice)
        return Receipt(data={"over": over})


def _state(incident: Incident) -> str:
    """What makes a change worth a line: the values move all the time."""
    standing = sorted(f"{a.fingerprint}{a.status}" for a in incident.active)
    facts = (
        incident.state,
        incident.severity,
        incident.ending,
        incident.returns,
        incident.taken_by,
        standing,
    )
    return content_digest(repr(facts))
