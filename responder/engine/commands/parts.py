"""What answering works with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from responder.diagnose.clients import Clients
from responder.domain.answers import Answer
from responder.domain.command import Asked, Said, Way
from responder.domain.notice import Notice

Diagnose = Callable[[str, Mapping[str, str]], Awaitable[Notice]]
"""Runs a playbook now. Raises `BadInput`."""


class Voice(Protocol):
    """Puts answers into words, and says them where they were asked. Raises `AdapterError`; never retries."""

    def worded(self, answer: Answer, asked: Asked) -> Said:
        """The answer as it is kept and said."""
        ...

    def shared(self, said: Said, asked: Asked) -> Said:
        """What one person was told, for everybody; `asked` is their command."""
        ...

    async def say(self, asked: Asked, said: Said, way: Way) -> None: ...


class Values(Protocol):
    """Knows which values labels have now. Raises `AdapterError`."""

    async def label_values(
        self, label: str, selectors: Sequence[str], *, start: datetime, end: datetime, within: float
    ) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandParts:
    """Everything it needs.

    Args:
        voice: says the answers.
        diagnose: runs a playbook.
        clients: the far sides.
        values: asks Prometheus for the values of labels.
    """

    voice: Voice
    diagnose: Diagnose
    clients: Clients
    values: Values
