"""What a storm's summary says."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from responder.domain.incident import Incident
from responder.domain.notice import Notice
from responder.domain.storm import StormNotice
from responder.engine.reports import report_of
from responder.storage import incidents, reports, storms

SHOWN: Final = 5
"""The worst incidents that a summary names."""


@dataclass(frozen=True, slots=True)
class StormSummary:
    """Composes it.

    Args:
        page_url: where one incident is shown.
        list_url: answers where all incidents are listed.
        told_apart_by: the labels by which it is chosen where alerts are told.
    """

    page_url: Callable[[Incident], str]
    list_url: Callable[[], str]
    told_apart_by: Collection[str] = ()

    def __call__(self, connection: sa.Connection, storm_id: str) -> StormNotice | None:
        """The storm as it is now; None: there is none of this id."""
        storm = storms.one(connection, storm_id)
        if storm is None:
            return None
        chosen = storms.worst(connection, storm.since, SHOWN)
        held = incidents.load_many(connection, chosen)
        worst = [(held[one], reports.newest(connection, one)) for one in chosen]
        return StormNotice(
            storm=storm,
            kinds=storms.kinds(connection, storm),
            members=storms.members(connection, storm, self.told_apart_by),
            worst=tuple(
                Notice(incident=one, report=report_of(stored), page_url=self.page_url(one))
                for one, stored in worst
            ),
            list_url=self.list_url(),
        )
