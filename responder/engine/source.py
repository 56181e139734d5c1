"""What Alertmanager says now, asked of its API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from responder.clients.alertmanager import Alertmanager
from responder.engine.ports import Listed

WITHIN: Final = 20.0
"""Seconds: in a storm the list is long."""


@dataclass(frozen=True, slots=True)
class AlertmanagerSource:
    """The port `AlertSource` on the real thing."""

    alertmanager: Alertmanager

    async def listed(self) -> Sequence[Listed]:
        """Every alert for every receiver it goes to."""
        groups = await self.alertmanager.groups(within=WITHIN)
        return [Listed(group.receiver, alert, group.labels) for group in groups for alert in group.alerts]
