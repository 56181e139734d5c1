"""The action `control`: a knob of Hypertool's control API is set for a time, as a lease."""

from typing import ClassVar, Self

from responder.actions.action import MARK, NotCalledFor, mark, reason
from responder.actions.knobs import plain, seen, told
from responder.actions.tools import WITHIN, Tools
from responder.clients.hypertool import Changed, ControlApi, Knob
from responder.domain.clock import utc
from responder.domain.errors import Reason, Refused
from responder.domain.fix import Change, Fix, Look, Seen
from responder.domain.report import Scalar
from responder.policy.target import Bounds, How, target


class ControlAction:
    """Reads before it sets, and sets only what still is as it was read: nobody's change is overwritten."""

    name: ClassVar = "control"

    def __init__(self, control: ControlApi) -> None:
        self._control = control

    @classmethod
    def build(cls, tools: Tools) -> Self | None:
        return cls(tools.control) if tools.control else None

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change:
        """The value to set for the one that is read; both are the same where there is none beyond it.

        Raises:
            NotCalledFor: somebody's lease holds the knob: once it ends, what we would set back is not
                what was there before. (One of another fix is the gates' business.)
            ValueError: none can be computed.
        """
        knob = await self._read(target)
        if knob.lease is not None and MARK not in knob.reason:
            raise NotCalledFor(told(knob))
        after = _computed(how, knob, ceiling)
        return Change(
            action=self.name, target=target, before=plain(knob.value), after=after, unit=knob.unit or ""
        )

    async def look(self, fix: Fix) -> Look:
        try:
            return seen(fix, await self._read(fix.change.target))
        except Refused as error:
            if error.reason in {Reason.NOT_FOUND, Reason.UNSUPPORTED}:
                return Look(Seen.GONE, text=str(error))
            raise

    async def apply(self, fix: Fix) -> str:
        """Set it, if it still is as the fix found it.

        Raises:
            Changed: it isn't.
        """
        knob = await self._read(fix.change.target)
        found = seen(fix, knob)
        if found.seen is Seen.OURS:
            return f"it is {found.value} already"
        if found.seen is not Seen.UNTOUCHED:
            raise Changed(found.text, knob)
        return await self._lease(fix, knob, fix.key)

    async def undo(self, fix: Fix) -> str:
        """Set what was there before, and with that end the lease.

        Raises:
            Changed: it is no longer as the fix set it.
        """
        knob = await self._read(fix.change.target)
        found = seen(fix, knob)
        if found.seen in {Seen.UNTOUCHED, Seen.SET_BACK}:
            return f"it is {found.value} already"
        if found.seen is not Seen.OURS:
            raise Changed(found.text, knob)
        ends_as = f" ({fix.ends_as.replace('_', ' ')})" if fix.ends_as else ""
        set_back = await self._control.set(
            _path(fix.change.target),
            plain(fix.change.before),
            reason=f"the fix for incident {fix.incident} ends{ends_as} {mark(fix)}",
            incident=fix.incident,
            idempotency_key=fix.key,
            if_match=knob.etag,
            within=WITHIN,
        )
        return f"it is {plain(set_back.value)} again"

    async def renew(self, fix: Fix) -> str:
        """Have the lease end later, at the fix's `expires_at`.

        Raises:
            Changed: it is no longer as the fix set it.
        """
        knob = await self._read(fix.change.target)
        found = seen(fix, knob)
        if found.seen is not Seen.OURS:
            raise Changed(found.text, knob)
        until = fix.expires_at.isoformat() if fix.expires_at else ""
        return await self._lease(fix, knob, f"fix/{fix.id}/renew/{until}")

    async def _lease(self, fix: Fix, knob: Knob, key: str) -> str:
        if fix.expires_at is None:  # the control API would take it for a change for good
            raise ValueError(f"the lease of the fix {fix.id} has no end")
        held = await self._control.set(
            _path(fix.change.target),
            plain(fix.change.after),
            reason=reason(fix),
            incident=fix.incident,
            expires_at=fix.expires_at,
            idempotency_key=key,
            if_match=knob.etag,
            within=WITHIN,
        )
        return f"it is {plain(held.value)} until {utc(fix.expires_at)}"

    async def _read(self, target: str) -> Knob:
        return await self._control.resource(_path(target), within=WITHIN)


ACTION = ControlAction


def _computed(how: How, knob: Knob, ceiling: float | None) -> Scalar:
    bounds = Bounds(minimum=knob.minimum, maximum=knob.maximum, choices=knob.choices, ceiling=ceiling)
    after = target(how, knob.value, bounds)
    if after is None:
        raise ValueError("there is no value to set")
    return plain(after)


def _path(target: str) -> tuple[str, ...]:
    return tuple(target.split("/"))
