"""What Alertmanager says now, asked of its API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_filters import narrowing
from responder.domain.alert import Alert
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

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        """The alerts that have exactly these labels."""
        filters = narrowing({name: {value} for name, value in labels.items()})
        found = await self.alertmanager.alerts(filters, within=WITHIN)
        return [alert for alert in found if alert.labels == labels]
