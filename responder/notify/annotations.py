"""Shows on Grafana's panels when quick fixes were in force.

Grafana has no idempotency key: the annotation is looked for by its tag before one is made, so that a lost
answer makes no second one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from responder.clients.grafana import Grafana
from responder.domain.annotation import Annotation

WITHIN: Final = 5.0
"""Seconds for each request."""
EXACT: Final = timedelta(milliseconds=1)
"""Grafana keeps milliseconds."""


@dataclass(frozen=True, slots=True)
class GrafanaAnnotations:
    """Makes an annotation when a fix begins, and gives it its end."""

    grafana: Grafana

    async def show(self, annotation: Annotation) -> None:
        """Have Grafana show exactly this, whatever it shows of it already.

        Raises:
            AdapterError: it could not be asked, or did not take it.
        """
        found = await self.grafana.annotation(annotation.tag, within=WITHIN)
        if found is None:
            await self.grafana.annotate(annotation, within=WITHIN)
        elif annotation.ends is not None and abs(found.ends - annotation.ends) >= EXACT:
            await self.grafana.end_annotation(found.id, annotation, within=WITHIN)
