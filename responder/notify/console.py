"""Tells whoever watches the server: a full report once, then a line for every change; terminal or log."""

from collections.abc import Callable
from typing import Final, Protocol

from responder.domain.ids import content_digest
from responder.domain.incident import Incident
from responder.domain.notice import Notice, Receipt

TOLD: Final = "incident_told"
"""The log's action."""


class Voice(Protocol):
    """Where the words go."""

    def full(self, notice: Notice) -> None:
        """Everything that is known, shown once an incident."""

    def change(self, notice: Notice) -> None:
        """One line for what is different now."""


class Logger(Protocol):
    """As much of a structured logger as is needed."""

    def info(self, event: str, **facts: object) -> object: ...


class LogVoice:
    """Writes one structured event each time: the log is for machines first.

    Args:
        logger: where to.
        line: renders a notice in one line of plain text.
    """

    def __init__(self, logger: Logger, line: Callable[[Notice], str]) -> None:
        self._logger = logger
        self._line = line

    def full(self, notice: Notice) -> None:
        self._log(notice, page=notice.page_url)

    def change(self, notice: Notice) -> None:
        self._log(notice)

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
