"""What people ask for: investigate again, this is mine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from responder.domain.incident import Absorbed, Incident, asked_again, taken
from responder.engine.desk import Desk
from responder.storage import incidents

Change = Callable[[Incident, datetime, str], Absorbed]


@dataclass(frozen=True, slots=True)
class Asking:
    """Changes an incident because a person wants it; None where there is no such incident."""

    desk: Desk

    async def investigate(self, incident: str, who: str) -> Incident | None:
        """Run the playbook again; where it is closed nothing is run."""
        return await self._change(incident, who, asked_again)

    async def take(self, incident: str, who: str) -> Incident | None:
        """Show everybody who has it."""
        return await self._change(incident, who, taken)

    async def _change(self, incident: str, who: str, change: Change) -> Incident | None:
        def call() -> Incident | None:
            with self.desk.work() as work:
                before = incidents.load(work.connection, incident, for_change=True)
                if before is None:
                    return None
                absorbed = change(before, self.desk.clock(), who)
                self.desk.keep(work, before, absorbed)
                return absorbed.incident

        return await self.desk.aside(call)
