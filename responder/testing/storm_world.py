"""A replica, or several on one database, in a storm: what comes in, the chore, and what people are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import Alert
from responder.domain.ids import new_notification_id
from responder.domain.incident import Incident
from responder.domain.notice import Delivery, DeliveryState, Receipt
from responder.domain.storm import Storm, StormNotice
from responder.engine.bulletins import BulletinTelling
from responder.engine.delivering import Told
from responder.engine.desk import Desk
from responder.engine.orders import Move, Topic
from responder.engine.storms.course import StormCourse
from responder.engine.storms.summary import StormSummary
from responder.engine.storms.watch import StormWatch
from responder.engine.take_in import take_in_all
from responder.storage import deliveries, incidents, storms, tables
from responder.storage.database import Database
from responder.testing.clock import ManualClock
from responder.testing.engine import Orders, alert_of, notification_of

LIMIT: Final = 4
"""More incidents than these within five minutes are a storm."""


@dataclass(slots=True)
class Teller:
    """Remembers how the storm was told; raises the errors it is given first."""

    name: str = "slack"
    errors: list[Exception] = field(default_factory=list)
    told: list[StormNotice] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)

    async def tell_storm(self, notice: StormNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self.sure.append(sure)
        if self.errors:
            raise self.errors.pop(0)
        self.told.append(notice)
        return Receipt(data={"told": len(self.told), "before": previous is not None})


class StormWorld:
    """A replica, or several on one database: what comes in, and the chore."""

    def __init__(self, database: Database, clock: ManualClock, orders: Orders) -> None:
        self.database, self.clock, self.orders = database, clock, orders
        self.desk = self.replica()
        self.teller = Teller()
        self._number = 0

    def replica(self) -> Desk:
        """Another one, or this one after a restart."""
        return Desk(self.database, self.orders, self.clock, ("slack",), StormWatch(LIMIT, ("slack",)))

    def come(self, number: int, severity: str = "warning", *, desk: Desk | None = None) -> list[str]:
        """So many groups of one alert each, in one batch; answers their incidents."""
        desk = desk or self.desk
        first, self._number = self._number, self._number + number
        alerts = [
            alert_of(f"f{n}", name=f"{severity}{n % 3}", severity=severity, start=self.clock.now)
            for n in range(first, first + number)
        ]
        return self.take(desk, *alerts)

    def take(self, desk: Desk, *alerts: Alert, group_key: str = "") -> list[str]:
        """Each a little later than the one before, so that it is known which is the oldest."""
        now = self.clock.now
        batch = [
            (
                new_notification_id(now),
                notification_of(
                    one, group_key=group_key or one.fingerprint, at=now + timedelta(milliseconds=place)
                ),
            )
            for place, one in enumerate(alerts)
        ]
        with desk.work() as work:
            return [incident for taken in take_in_all(desk, work, batch) for incident in taken.incidents]

    def fail(self) -> None:
        """A notification comes, and its transaction fails."""
        with self.desk.work() as work:
            take_in_all(self.desk, work, [("n", notification_of(alert_of()))])
            raise ZeroDivisionError

    def turn(self, desk: Desk | None = None, *, leads: bool = True, **later: float) -> None:
        """The chore's next turn, two seconds later or as much later as it says."""
        self.clock.forward(**(later or {"seconds": 2}))
        StormCourse(desk or self.desk, lambda: leads).run()

    def load(self, incident: str) -> Incident:
        with self.database.read() as connection:
            found = incidents.load(connection, incident)
        if found is None:
            raise LookupError(incident)
        return found

    def deferred(self, taken: list[str]) -> list[str]:
        return [one for one in taken if self.load(one).deferred]

    def storm(self) -> Storm | None:
        with self.database.read() as connection:
            return storms.current(connection)

    def tells(
        self,
        taken: Sequence[str],
        state: DeliveryState = DeliveryState.DELIVERED,
        *,
        attempts: int = 0,
        error: str = "",
        notifier: str = "slack",
    ) -> None:
        """What became of telling these."""
        with self.database.write() as connection:
            for one in taken:
                notice = self.load(one).notice if state is DeliveryState.DELIVERED else 0
                told = Delivery(
                    about=one, notifier=notifier, state=state, notice=notice, receipt=Receipt(),
                    attempts=attempts,
                    error=error,
                )  # fmt: skip
                deliveries.put(connection, told, self.clock.now)

    def investigated(self) -> list[str]:
        """Which were ordered since the last time, in the order of the orders."""
        return [str(order.args[0]) for order in self.orders.take(Move.INVESTIGATE)]

    def told(self) -> list[int]:
        """The notices of the summary that were ordered since the last time."""
        return [int(order.id.split("/")[4]) for order in self.orders.take(Move.TELL_STORM)]

    async def tell(self, *told_apart_by: str) -> Told:
        """Make the move as it would be ordered."""
        summary = StormSummary(lambda one: f"https://page/{one.id}", str, told_apart_by)
        tellers = {"slack": self.teller.tell_storm}
        telling = BulletinTelling(self.desk, Topic.STORM, storms.SUMMARIES, tellers, summary)
        storm = self.newest()
        return await telling(f"order/{self.clock.now}", storm.id, "slack", 1)

    def newest(self) -> Storm:
        """The one that began last, over or not."""
        newest = sa.select(tables.storms.c.id).order_by(tables.storms.c.began_at.desc()).limit(1)
        with self.database.read() as connection:
            found = storms.one(connection, connection.execute(newest).scalar_one())
        if found is None:
            raise LookupError("there was no storm")
        return found
