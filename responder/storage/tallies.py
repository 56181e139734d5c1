"""How often an alert was a false alarm, of the incidents that are kept."""

import sqlalchemy as sa

from responder.domain.marks import Tally
from responder.storage.keys import text_key
from responder.storage.tables import incidents


def all_of(connection: sa.Connection) -> dict[str, Tally]:
    """By alert name; names without an incident are not there."""
    query = sa.select(
        incidents.c.alert_name, sa.func.count(), sa.func.count(incidents.c.false_alarm)
    ).group_by(incidents.c.alert_name)
    return {name: Tally(total, false) for name, total, false in connection.execute(query)}


def of(connection: sa.Connection, alert_name: str) -> Tally:
    """Of one alert name."""
    query = sa.select(sa.func.count(), sa.func.count(incidents.c.false_alarm)).where(
        incidents.c.name_key == text_key(alert_name)
    )
    total, false = connection.execute(query).one()
    return Tally(total, false)
