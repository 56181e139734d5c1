"""The watchdog: when it was heard, since when it could be, and the times that it stopped coming."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder.domain.watchdog import Listening, Loss
from responder.storage import upsert
from responder.storage.bulletins import Bulletins
from responder.storage.tables import listening, loss_deliveries, losses, watchdogs

BULLETINS: Final = Bulletins("watchdog", losses, loss_deliveries, "loss", "lost_at")
_ON: Final = "on"
_OVER: Final = "over"
_CURRENT: Final = sa.select(losses).where(losses.c.state == sa.literal_column(f"'{_ON}'"))


def heard_at(connection: sa.Connection) -> datetime | None:
    """When it was last heard, by whichever receiver; None: never."""
    newest: datetime | None = connection.scalar(sa.select(sa.func.max(watchdogs.c.received_at)))
    return newest


def heard_from(connection: sa.Connection) -> Listening | None:
    """Since when it could be heard; None: nobody has looked yet."""
    row = connection.execute(sa.select(listening)).mappings().first()
    return None if row is None else Listening(since=row["since"], looked_at=row["looked_at"])


def put_listening(connection: sa.Connection, listens: Listening) -> None:
    """Keep that a replica can hear it."""
    row = {"id": 1, "since": listens.since, "looked_at": listens.looked_at}
    upsert.put(connection, listening, row)


def current(connection: sa.Connection) -> Loss | None:
    """The loss that isn't over, or None."""
    row = connection.execute(_CURRENT).mappings().first()
    return None if row is None else _loss(row)


def one(connection: sa.Connection, loss: str) -> Loss | None:
    row = connection.execute(sa.select(losses).where(losses.c.id == loss)).mappings().first()
    return None if row is None else _loss(row)


def begin(connection: sa.Connection, new: Loss) -> bool:
    """Keep that it stopped coming; False: another replica has noticed."""
    inserted = upsert.insert(losses, connection.dialect.name).on_conflict_do_nothing()
    return connection.execute(inserted.returning(losses.c.id), _row(new)).first() is not None


def end(connection: sa.Connection, loss: Loss) -> bool:
    """Keep that it is over, with its next notice; False: another replica has."""
    before = sa.and_(losses.c.id == loss.id, losses.c.notice == loss.notice - 1)
    return connection.execute(losses.update().where(before).values(_row(loss))).rowcount > 0


def _row(loss: Loss) -> dict[str, object]:
    return {
        "id": loss.id,
        "heard_at": loss.heard_at,
        "lost_at": loss.lost_at,
        "over_at": loss.over_at,
        "came_back": loss.came_back,
        "state": _OVER if loss.over else _ON,
        "notice": loss.notice,
        "changed_at": loss.changed_at,
    }


def _loss(row: sa.RowMapping) -> Loss:
    return Loss(
        id=row["id"],
        heard_at=row["heard_at"],
        lost_at=row["lost_at"],
        over_at=row["over_at"],
        came_back=row["came_back"],
        notice=row["notice"],
        changed_at=row["changed_at"],
    )
