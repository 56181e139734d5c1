"""How far each notifier is with the bulletins of one kind: storms' summaries, or lost watchdogs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.storage import upsert
from responder.storage.leases import held_by_any


@dataclass(frozen=True, slots=True)
class Untold:
    """A bulletin whose newest notice a notifier has not told."""

    id: str
    notice: int


@dataclass(frozen=True, slots=True)
class Bulletins:
    """One kind of bulletins: the table of what they are about, and that of their deliveries.

    Args:
        kind: a word that names leases; never change one.
        about: has `id`, `notice` and `changed_at`.
        deliveries: has `notifier`, and in the column `key` the id of what it is about.
        key: the name of that column.
        began: the name of the column of `about` that says since when there is something to tell.
    """

    kind: str
    about: sa.Table
    deliveries: sa.Table
    key: str
    began: str

    def lease(self, about: str, notifier: str) -> str:
        """What is held by the one who is telling."""
        return f"tell/{self.kind}/{about}/{notifier}"

    def notice_of(self, connection: sa.Connection, about: str) -> int:
        """The newest notice; 0 where there is nothing of that id."""
        query = sa.select(self.about.c.notice).where(self.about.c.id == about)
        return connection.scalar(query) or 0

    def since(self, connection: sa.Connection, about: str) -> datetime | None:
        """Since when there is something to tell; None where there is nothing of that id."""
        query = sa.select(self.about.c[self.began]).where(self.about.c.id == about)
        found: datetime | None = connection.scalar(query)
        return found

    def delivery(self, connection: sa.Connection, about: str, notifier: str) -> Delivery:
        """How far one notifier is; where it told nothing yet, that."""
        query = sa.select(self.deliveries).where(self._key == about, self.deliveries.c.notifier == notifier)
        row = connection.execute(query).mappings().first()
        if row is None:
            begins = DeliveryState.RETRYING
            return Delivery(about=about, notifier=notifier, state=begins, notice=0, receipt=Receipt())
        return Delivery(
            about=about,
            notifier=notifier,
            state=DeliveryState(row["state"]),
            notice=row["notice"],
            receipt=Receipt(data=row["receipt"]),
            attempts=row["attempts"],
            error=row["error"],
        )

    def put_delivery(
        self, connection: sa.Connection, told: Delivery, now: datetime, due_at: datetime | None = None
    ) -> None:
        """Keep how far a notifier is, and when it will try again if it has to."""
        row = {
            self.key: told.about,
            "notifier": told.notifier,
            "state": told.state,
            "notice": told.notice,
            "receipt": told.receipt.data,
            "attempts": told.attempts,
            "error": told.error,
            "due_at": due_at,
            "changed_at": now,
        }
        upsert.put(connection, self.deliveries, row)

    def untold(
        self,
        connection: sa.Connection,
        notifier: str,
        changed_after: datetime,
        changed_before: datetime,
        now: datetime,
    ) -> Sequence[Untold]:
        """Those whose newest notice this notifier has not told, though nothing seems to be under way."""
        about, told = self.about.c, self.deliveries.c
        theirs = sa.and_(self._key == about.id, told.notifier == notifier)
        lease = sa.literal(f"tell/{self.kind}/", sa.Text) + about.id + sa.literal(f"/{notifier}", sa.Text)
        query = (
            sa.select(about.id, about.notice)
            .outerjoin(self.deliveries, theirs)
            .where(about.changed_at > changed_after, about.changed_at < changed_before)
            .where(sa.or_(told.notice.is_(None), told.notice < about.notice))
            .where(sa.or_(told.due_at.is_(None), told.due_at < now))
            .where(~held_by_any(lease, now))
            .order_by(about.changed_at)
        )
        return tuple(Untold(row.id, row.notice) for row in connection.execute(query))

    @property
    def _key(self) -> sa.Column[Any]:
        return self.deliveries.c[self.key]
