"""The mark that what is here came from another database, where its orders stayed: they are given anew."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from responder.storage.tables import leases

KEY: Final = "moved in"
"""Among the leases: a lease that nobody has, which goes when everything is ordered."""
_MARKED: Final = sa.select(leases.c.key).where(leases.c.key == KEY)


def mark(connection: sa.Connection, at: datetime) -> None:
    """What is here has just come."""
    connection.execute(leases.insert().values(key=KEY, owner="import", until=at))


def marked(connection: sa.Connection) -> bool:
    """Whether orders are to be given anew."""
    return connection.scalar(_MARKED) is not None


def taken(connection: sa.Connection) -> bool:
    """The same, for whoever gives them in this transaction: nobody else does it again."""
    return connection.execute(leases.delete().where(leases.c.key == KEY)).rowcount > 0
