"""The receivers of Alertmanager's that send to us: only their alerts can have been missed."""

import sqlalchemy as sa

from responder.storage import upsert
from responder.storage.keys import text_key
from responder.storage.tables import receivers


def put(connection: sa.Connection, receiver: str) -> None:
    """Remember that this receiver sends to us."""
    upsert.put(connection, receivers, {"receiver_key": text_key(receiver), "receiver": receiver})


def known(connection: sa.Connection) -> frozenset[str]:
    """All that ever sent to us."""
    return frozenset(connection.scalars(sa.select(receivers.c.receiver)))
