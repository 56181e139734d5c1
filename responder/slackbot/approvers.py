"""Who may decide about quick fixes: users and user groups that are named; nobody where none is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from responder.domain.clock import Clock
from responder.domain.errors import AdapterError

KNOWN_FOR: Final = timedelta(seconds=60)
"""How long the members of a group are taken to be the same."""
PATIENCE: Final = 1.0
"""Seconds that Slack has to say who is in a group."""


class Standing(StrEnum):
    """Whether somebody may decide, and why not."""

    MAY = "may"
    NOT_NAMED = "not_named"
    NOBODY_MAY = "nobody_may"
    CANT_BE_ASKED = "cant_be_asked"


@dataclass(frozen=True, slots=True)
class Approvers:
    """Knows who may.

    Args:
        named: what is configured: ids of users (`U…`, `W…`) and of user groups (`S…`).
        members: asks Slack who is in a group; raises `AdapterError`.
        clock: what time it is.
    """

    named: Callable[[], Sequence[str]]
    members: Callable[[str], Awaitable[frozenset[str]]]
    clock: Clock
    _known: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)

    async def standing(self, user: str) -> Standing:
        """Whether this user may; where Slack can't be asked about a group, not."""
        named = self.named()
        if not named:
            return Standing.NOBODY_MAY
        if user in named:
            return Standing.MAY
        groups = [one for one in named if one.startswith("S")]
        found = await asyncio.gather(*(self._is_in(group, user) for group in groups))
        if any(found):
            return Standing.MAY
        return Standing.CANT_BE_ASKED if None in found else Standing.NOT_NAMED

    async def _is_in(self, group: str, user: str) -> bool | None:
        """Whether this user is in the group; None: Slack didn't say."""
        try:
            async with asyncio.timeout(PATIENCE):
                return user in await self._members(group)
        except (AdapterError, TimeoutError):
            return None

    async def _members(self, group: str) -> frozenset[str]:
        asked_at, members = self._known.get(group, (None, frozenset()))
        now = self.clock()
        if asked_at is None or now - asked_at >= KNOWN_FOR:
            members = await self.members(group)
            self._known[group] = (now, members)
        return members
