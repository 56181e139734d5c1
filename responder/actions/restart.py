"""The action `restart`: Hypertool's process begins anew, by its supervisor, else by a configured command.

It is for a Hypertool that is gone: as long as one of our own probes is answered it is not done.
"""

from typing import ClassVar

from responder.actions.action import Doing, NotCalledFor, OneShot, mark, reason
from responder.actions.probes import NOT_SEEN, still_unanswered, unanswered
from responder.actions.restart_command import RestartByCommand
from responder.actions.tools import WITHIN, Tools
from responder.clients.hypertool import SUPERVISOR, Process, Supervisor
from responder.domain.clock import instant, utc
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import Change, Fix, Look, Seen
from responder.policy.target import How


class Restart:
    """Which of the two it is."""

    name: ClassVar = "restart"

    @classmethod
    def build(cls, tools: Tools) -> Doing | None:
        if tools.supervisor is not None:
            return RestartBySupervisor(tools.supervisor, tools)
        return RestartByCommand(tools) if tools.restart_command else None


ACTION = Restart


class RestartBySupervisor(OneShot):
    """It tells when the process began: a later beginning, and running, is a restart that happened."""

    name: ClassVar = "restart"

    def __init__(self, supervisor: Supervisor, tools: Tools) -> None:
        self._supervisor = supervisor
        self._tools = tools

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """Its `before` is when the process began, as ISO 8601.

        Raises:
            NotCalledFor: Hypertool answers, or it runs and nothing is configured that we could probe.
        """
        del how, ceiling
        process = await self._supervisor.process(within=WITHIN)
        probes = await unanswered(self._tools)
        if process.running and not probes:
            raise NotCalledFor(NOT_SEEN)
        return Change(action=self.name, target=target, before=_began(process))

    async def look(self, fix: Fix) -> Look:
        process = await self._supervisor.process(within=WITHIN)
        later = _is_later(process, fix)
        return Look(
            Seen.OURS if later and process.running else Seen.UNTOUCHED, _began(process), _told(process)
        )

    async def apply(self, fix: Fix) -> str:
        """Order it, unless it was ordered already, or it answers again, or somebody restarted it since."""
        process = await self._supervisor.process(within=WITHIN)
        if process.restart is not None and mark(fix) in process.restart.reason:
            return f"ordered already: {_told(process)}"
        if _is_later(process, fix):
            said = f"it was restarted since: {_told(process)}"
            raise Refused(SUPERVISOR, Reason.CHANGED, said, effect=Effect.NONE)
        await still_unanswered(self._tools)
        await self._supervisor.restart(
            reason=reason(fix), incident=fix.incident, idempotency_key=fix.key, within=WITHIN
        )
        return "ordered"


def _began(process: Process) -> str | None:
    return process.started_at.isoformat() if process.started_at else None


def _is_later(process: Process, fix: Fix) -> bool:
    """Whether the process began after the one that the fix was proposed for."""
    if process.started_at is None:
        return False
    return fix.change.before is None or process.started_at > instant(str(fix.change.before))


def _told(process: Process) -> str:
    since = f" since {utc(process.started_at)}" if process.started_at else ""
    if process.running:
        return f"running{since}"
    ended = f", exit code {process.exit_code}" if process.exit_code is not None else ""
    under_way = process.restart is not None and process.restart.state == "under_way"
    return f"not running{ended}" + (", a restart is under way" if under_way else "")
