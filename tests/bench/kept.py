"""What is in a database in the end: a figure counts only if all that was accepted is there."""

import asyncio
from typing import NamedTuple

import sqlalchemy as sa

from responder.storage.database import Database
from responder.storage.tables import alerts, incidents
from tests.bench.process import BenchFailed
from tests.bench.site import Site


class Kept(NamedTuple):
    """Rows."""

    incidents: int
    alerts: int


async def must_hold(site: Site, expected: Kept) -> None:
    """Look at what a site's database holds; no part of what is timed.

    Raises:
        BenchFailed: it isn't that.
    """
    found = await asyncio.to_thread(_count, site.url)
    if found != expected:
        raise BenchFailed(f"accepted were {expected}, kept are {found}")


def _count(url: str) -> Kept:
    database = Database(url)
    try:
        with database.read() as connection:
            found = (
                connection.scalar(sa.select(sa.func.count()).select_from(one)) for one in (incidents, alerts)
            )
            return Kept(*(number or 0 for number in found))
    finally:
        database.close()
