"""What people are told of a lost watchdog."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from responder.domain.watchdog import LossNotice
from responder.storage import watchdog


@dataclass(frozen=True, slots=True)
class LossBulletin:
    """Composes it. `list_url` answers where all incidents are listed."""

    list_url: Callable[[], str]

    def __call__(self, connection: sa.Connection, loss_id: str) -> LossNotice | None:
        """The loss as it is now; None: there is none of this id."""
        loss = watchdog.one(connection, loss_id)
        return None if loss is None else LossNotice(loss=loss, list_url=self.list_url())
