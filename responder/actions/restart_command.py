"""A restart of Hypertool by the configured command, where there is no supervisor."""

from typing import ClassVar, Final

from responder.actions.action import NotCalledFor, OneShot
from responder.actions.probes import NOT_SEEN, probe, still_unanswered, unanswered
from responder.actions.tools import Tools
from responder.clients import command
from responder.domain.clock import utc
from responder.domain.errors import AdapterError, Effect, Reason, Refused
from responder.domain.fix import Change, Fix, FixState, Look, Seen
from responder.policy.target import How

COMMAND_SECONDS: Final = 60.0
"""How long the command may take."""
SENT: Final = frozenset({FixState.APPLYING, FixState.SETTLING})
"""In these it was run, or may have been."""


class RestartByCommand(OneShot):
    """It has no memory, so it is run once a fix; that Hypertool answers again tells that it worked."""

    name: ClassVar = "restart"

    def __init__(self, tools: Tools, seconds: float = COMMAND_SECONDS) -> None:
        self._tools = tools
        self._seconds = seconds
        self._ended: dict[str, str] = {}
        """By fix, how its command ended, as far as this process ran it; empty: well, or nobody knows."""

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """Raises `NotCalledFor` if Hypertool answers, or nothing is configured that we could probe."""
        del how, ceiling
        if not await unanswered(self._tools):
            raise NotCalledFor(NOT_SEEN)
        return Change(action=self.name, target=target)

    async def look(self, fix: Fix) -> Look:
        """Where nothing answers it can't be told whether the command was run: then it counts as run."""
        found = await probe(self._tools)
        if found.answering:
            old = found.started_at is not None and found.started_at < fix.proposed_at
            began = f", began at {utc(found.started_at)}" if found.started_at else ""
            return Look(Seen.UNTOUCHED if old else Seen.OURS, text=f"{found.answering[0]} answers{began}")
        failed = self._ended.get(fix.id)
        if fix.state not in SENT or failed:
            return Look(Seen.UNTOUCHED, text=failed or "nothing answers")
        return Look(Seen.OURS, text="nothing answers yet; the command is not run twice")

    async def apply(self, fix: Fix) -> str:
        """Run the command, once.

        Raises:
            Refused: it was run before, can't be run, took too long, or ended with another code than 0.
        """
        if fix.id in self._ended:
            said = self._ended[fix.id] or "it was run"
            raise Refused(command.SYSTEM, Reason.REFUSED, f"{said}; it is not run twice", effect=Effect.NONE)
        await still_unanswered(self._tools)
        self._ended[fix.id] = ""
        try:
            ran = await command.run(self._tools.restart_command, within=self._seconds)
        except AdapterError as error:
            if error.effect is Effect.NONE:
                self._ended[fix.id] = error.detail
            raise
        if ran.code:
            self._ended[fix.id] = f"exit code {ran.code}: {ran.last_line}"
            raise Refused(command.SYSTEM, Reason.REFUSED, self._ended[fix.id])
        return f"done: {ran.last_line}" if ran.last_line else "done"
