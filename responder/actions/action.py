"""What every action is, and what those have in common that are done once."""

from typing import ClassVar, Final, Protocol, Self

from responder.actions.tools import Tools
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import Change, Fix, Look
from responder.policy.target import How

TITLE: Final = 200
NAME: Final = 80
"""Characters of a fix's title, and of a person's name, that a reason at a far side has room for."""


class NotCalledFor(ValueError):  # noqa: N818 - reads as what it is
    """It could be done, but what it is for is not so; the text says what is."""


class Doing(Protocol):
    """One thing that a fix can do. Raises `AdapterError`; never retries."""

    async def propose(self, target: str, how: How, ceiling: float | None) -> Change: ...

    async def look(self, fix: Fix) -> Look: ...

    async def apply(self, fix: Fix) -> str: ...

    async def undo(self, fix: Fix) -> str: ...

    async def renew(self, fix: Fix) -> str: ...


class Kind(Protocol):
    """A class of actions, as the registry finds it: a module's `ACTION`."""

    name: ClassVar[str]

    @classmethod
    def build(cls, tools: Tools) -> Doing | None:
        """The action, or None where it can't be offered with what is configured."""
        ...


class OneShot:
    """An action that is done once: there is nothing to undo, nor to renew."""

    name: ClassVar[str]

    async def undo(self, fix: Fix) -> str:
        """Raise `Refused`."""
        raise self._never(fix)

    async def renew(self, fix: Fix) -> str:
        """Raise `Refused`."""
        raise self._never(fix)

    def _never(self: Self, fix: Fix) -> Refused:
        said = f"{fix.title}: this is done once, and neither undone nor renewed"
        return Refused(self.name, Reason.UNSUPPORTED, said, effect=Effect.NONE)


MARK: Final = "[fix "
"""By this a far side's reason or comment is known to be of a fix."""


def mark(fix: Fix) -> str:
    """By this it is known to be of this fix."""
    return f"{MARK}{fix.id}]"


def reason(fix: Fix) -> str:
    """Why it is done, for whoever reads it at the far side: the same text at every try."""
    by = f"approved by {fix.approved_by[:NAME]}" if fix.approved_by else "approved by nobody"
    return f"{fix.title[:TITLE]}, for incident {fix.incident}, {by} {mark(fix)}"
