"""The action `reconnect`: Hypertool connects to Langfuse anew, with the credentials of now."""

from typing import ClassVar, Final, Self

from responder.actions.action import NotCalledFor, OneShot, reason
from responder.actions.tools import WITHIN, Tools
from responder.clients.hypertool import ControlApi, Knob
from responder.domain.fix import Change, Fix, Look, Seen
from responder.policy.target import How

CONNECTED: Final = "connected"


class Reconnect(OneShot):
    """That it is connected tells that it worked."""

    name: ClassVar = "reconnect"

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    @classmethod
    def build(cls, tools: Tools) -> Self | None:
        return cls(tools.control) if tools.control else None

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """Its `before` is why there is no connection.

        Raises:
            NotCalledFor: there is one.
        """
        del how, ceiling
        knob = await self._read(target)
        if knob.connected:
            raise NotCalledFor("Langfuse is connected")
        return Change(action=self.name, target=target, before=_state(knob))

    async def look(self, fix: Fix) -> Look:
        knob = await self._read(fix.change.target)
        return Look(
            Seen.OURS if knob.connected else Seen.UNTOUCHED, _state(knob), f"Langfuse: {_state(knob)}"
        )

    async def apply(self, fix: Fix) -> str:
        """That it still can't connect is an answer, no failure: the check will tell that it did not work."""
        knob = await self._control.reconnect(
            reason=reason(fix), incident=fix.incident, idempotency_key=fix.key, within=WITHIN
        )
        return f"Langfuse: {_state(knob)}"

    async def _read(self, target: str) -> Knob:
        return await self._control.resource((target,), within=WITHIN)


ACTION = Reconnect


def _state(knob: Knob) -> str:
    return CONNECTED if knob.connected else (knob.reason or "not connected").replace("_", " ")
