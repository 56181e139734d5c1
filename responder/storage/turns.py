"""Writers of one SQLite file take turns in this process.

SQLite lets a writer that finds the lock taken sleep, longer each time, and wakes nobody: with several
writers most of the time is slept away. A lock of our own hands over at once. It is a courtesy: who
waits in vain goes on without it, and SQLite's own lock decides, as it does between processes.
"""

import threading
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

_MINE: Final = "responder_turn"


class Turns:
    """Whose turn it is to write."""

    def __init__(self, wait_seconds: float) -> None:
        self._wait = wait_seconds
        self._lock = threading.RLock()

    def take(self, connection: sa.Connection) -> None:
        """Wait for the turn; it is kept until the connection goes back to its pool."""
        if _MINE not in connection.info and self._lock.acquire(timeout=self._wait):
            connection.info[_MINE] = True

    def give_back_on_return(self, engine: sa.Engine) -> None:
        """Have the turn given back whenever a connection of this engine returns to its pool."""

        @event.listens_for(engine, "checkin")
        def give_back(_: object, entry: ConnectionPoolEntry) -> None:
            if entry.info.pop(_MINE, False):
                self._lock.release()
