"""Finds the pages of an incident: by dedup keys, also where one was merged or grouped into another page."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from responder.clients.pagerduty_answers import Page
from responder.domain.clock import Clock
from responder.domain.errors import Reason, Refused

LOOKED_THROUGH: Final = timedelta(seconds=10)
"""Pages with several alerts are looked through once in so long, for all incidents together."""
MERGED_AT_MOST: Final = 5
"""Merges that are followed, one after the other."""


class Account(Protocol):
    """What is asked of PagerDuty. Raises `AdapterError`."""

    async def of_key(self, key: str) -> Sequence[Page]: ...

    async def open_pages(self) -> Sequence[Page]: ...

    async def page(self, page: str) -> Page: ...

    async def keys(self, page: str) -> frozenset[str]: ...


@dataclass(slots=True)
class Pages:
    """Looks pages up; remembers for a moment what stands in those with several alerts."""

    account: Account
    clock: Clock
    _grouped: dict[str, Page] = field(default_factory=dict)
    _looked_at: datetime | None = None
    _one_looks: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, keys: Sequence[str]) -> Mapping[str, Page]:
        """The open pages of these keys, by key; several keys may have the same."""
        found = {key: page for key in keys if (page := await self._of_key(key)) is not None}
        if len(found) < len(keys):
            grouped = await self._looked_through()
            found |= {key: grouped[key] for key in keys if key not in found and key in grouped}
        return found

    async def _of_key(self, key: str) -> Page | None:
        for page in await self.account.of_key(key):
            last = await self.followed(page)
            if last.open:
                return last
        return None

    async def now(self, name: str) -> Page | None:
        """A page that was known, or what it was merged into; None: it is no longer there."""
        try:
            return await self.followed(await self.account.page(name))
        except Refused as refused:
            if refused.reason is not Reason.NOT_FOUND:
                raise
            return None

    async def followed(self, page: Page) -> Page:
        """The page that took over this one's alerts, if one did."""
        for _ in range(MERGED_AT_MOST):
            if not page.merged_into:
                break
            page = await self.account.page(page.merged_into)
        return page

    async def _looked_through(self) -> dict[str, Page]:
        """Open pages with several alerts by the keys of these."""
        async with self._one_looks:
            now = self.clock()
            if self._looked_at is None or now - self._looked_at >= LOOKED_THROUGH:
                found: dict[str, Page] = {}
                for page in await self.account.open_pages():
                    if page.alerts > 1:
                        found |= dict.fromkeys(await self.account.keys(page.id), page)
                self._grouped, self._looked_at = found, now
            return self._grouped
