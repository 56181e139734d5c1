"""Storms, the incidents of each, and their summaries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder.domain.alert import AlertStatus, Severity
from responder.domain.incident import IncidentState
from responder.domain.storm import Kind, Member, Storm
from responder.storage import upsert
from responder.storage.bulletins import Bulletins
from responder.storage.tables import alerts, incidents, storm_deliveries, storms

SUMMARIES: Final = Bulletins("storm", storms, storm_deliveries, "storm", "began_at")

_ON: Final = "on"
_OVER: Final = "over"
_IS_OPEN: Final = incidents.c.state == IncidentState.OPEN
_DEFERRED: Final = incidents.c.deferred.is_(sa.true())
_RANK: Final = sa.case(*((incidents.c.severity == one, one.rank) for one in Severity))
_CURRENT: Final = sa.select(storms).where(storms.c.state == sa.literal_column(f"'{_ON}'"))


def current(connection: sa.Connection) -> Storm | None:
    """The storm that is on, or None."""
    row = connection.execute(_CURRENT).mappings().first()
    return None if row is None else _storm(row)


def one(connection: sa.Connection, storm: str) -> Storm | None:
    row = connection.execute(sa.select(storms).where(storms.c.id == storm)).mappings().first()
    return None if row is None else _storm(row)


def begin(connection: sa.Connection, new: Storm) -> Storm:
    """Keep that a storm has begun; answers the one that is on, which another replica may have begun."""
    row = {"ended_at": None, "state": _ON, **_columns(new)}
    connection.execute(upsert.insert(storms, connection.dialect.name).on_conflict_do_nothing(), row)
    return current(connection) or new


def update(connection: sa.Connection, storm: Storm) -> bool:
    """Keep how it is now, with its next notice; False: another replica has told more of it meanwhile."""
    row = {"ended_at": storm.ended_at, "state": _OVER if storm.over else _ON, **_columns(storm)}
    before = sa.and_(storms.c.id == storm.id, storms.c.notice == storm.notice - 1)
    return connection.execute(storms.update().where(before).values(row)).rowcount > 0


def kinds(connection: sa.Connection, storm: Storm) -> tuple[Kind, ...]:
    """What a storm consists of, the worst first."""
    still_open = sa.func.sum(sa.case((_IS_OPEN, 1), else_=0)).label("open")
    number = sa.func.count().label("number")
    query = (
        sa.select(incidents.c.alert_name, incidents.c.severity, still_open, number)
        .where(_of(storm))
        .group_by(incidents.c.alert_name, incidents.c.severity)
        .order_by(_RANK, still_open.desc(), number.desc(), incidents.c.alert_name)
    )
    return tuple(
        Kind(
            alert_name=row.alert_name,
            severity=Severity(row.severity),
            open=int(row.open),
            closed=row.number - int(row.open),
        )
        for row in connection.execute(query)
    )


def members(connection: sa.Connection, storm: Storm, told_apart_by: Collection[str]) -> tuple[Member, ...]:
    """What its alerts are like by severity and by these labels, each sort once."""
    query = sa.select(incidents.c.severity, alerts.c.labels).distinct().join_from(incidents, alerts)
    if not told_apart_by:
        query = sa.select(incidents.c.severity, sa.literal(None, alerts.c.labels.type)).distinct()
    found = {
        (severity, tuple(sorted((name, labels[name]) for name in told_apart_by if name in (labels or ()))))
        for severity, labels in connection.execute(query.where(_of(storm)))
    }
    return tuple(
        Member(severity=Severity(severity), labels=dict(labels)) for severity, labels in sorted(found)
    )


def worst(connection: sa.Connection, since: datetime, limit: int) -> tuple[str, ...]:
    """Open incidents opened after then, or deferred by an earlier storm, the worst first.

    That is by severity, then the most alerts that aren't over, then the oldest.
    """
    standing = sa.and_(alerts.c.incident == incidents.c.id, alerts.c.status != AlertStatus.RESOLVED)
    query = (
        sa.select(incidents.c.id)
        .outerjoin(alerts, standing)
        .where(_IS_OPEN, sa.or_(incidents.c.opened_at > since, _DEFERRED))
        .group_by(incidents.c.id, incidents.c.severity, incidents.c.opened_at)
        .order_by(_RANK, sa.func.count(alerts.c.fingerprint).desc(), incidents.c.opened_at, incidents.c.id)
        .limit(limit)
    )
    return tuple(connection.scalars(query))


def deferred(connection: sa.Connection, limit: int) -> tuple[str, ...]:
    """Open incidents that a storm deferred, the worst first."""
    query = (
        sa.select(incidents.c.id)
        .where(_DEFERRED, _IS_OPEN)
        .order_by(_RANK, incidents.c.opened_at, incidents.c.id)
        .limit(limit)
    )
    return tuple(connection.scalars(query))


def still_deferred(connection: sa.Connection, chosen: Sequence[str]) -> tuple[str, ...]:
    """Those of these incidents, in their order, that are open and deferred."""
    query = sa.select(incidents.c.id).where(incidents.c.id.in_(chosen), _DEFERRED, _IS_OPEN)
    found = frozenset(connection.scalars(query))
    return tuple(one for one in chosen if one in found)


def _of(storm: Storm) -> sa.ColumnElement[bool]:
    """The incidents that belong to it."""
    began = incidents.c.opened_at > storm.since
    return began if storm.ended_at is None else sa.and_(began, incidents.c.opened_at <= storm.ended_at)


def _columns(storm: Storm) -> dict[str, object]:
    return {
        "id": storm.id,
        "since": storm.since,
        "began_at": storm.began_at,
        "notice": storm.notice,
        "changed_at": storm.changed_at,
        "shown": storm.shown,
    }


def _storm(row: sa.RowMapping) -> Storm:
    return Storm(
        id=row["id"],
        since=row["since"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        notice=row["notice"],
        changed_at=row["changed_at"],
        shown=row["shown"],
    )
