"""A replica of this version, or of one that is newer, that is stopped as Kubernetes does.

    python -m tests.durable.rolling_replica DATABASE NAME LEDGER CONTROL_API TOKEN [MIGRATIONS]

It prints its address and serves, applies quick fixes, and writes to the ledger what it tells. With a folder
for its MIGRATIONS it is the newer version.
"""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path

from responder import log
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi
from responder.domain.access import May
from responder.domain.notice import Notice, Receipt
from responder.domain.report import Scalar
from responder.engine.engine import Config, Engine, Ports
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.loopback import serving
from responder.testing.orphans import die_with_parent
from responder.web.access import Access, Token
from responder.web.factory import WebConfig, create_app
from tests.durable.fixing_replica import MANY, parts


class Teller:
    """Appends a line for each new message, with the name of whoever tells; looks only if it isn't sure."""

    name = "ledger"

    def __init__(self, file: Path, by: str, *, newer: bool) -> None:
        self._file = file
        self._by = by
        self._more: dict[str, Scalar] = {"mood": "of the new version"} if newer else {}

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        if previous is None and (sure or not self._sent(notice.incident.id)):
            with self._file.open("a") as ledger:
                ledger.write(json.dumps({"incident": notice.incident.id, "by": self._by}) + "\n")
        return Receipt(data={"sent": True, **self._more})

    def _sent(self, incident: str) -> bool:
        return self._file.exists() and incident in self._file.read_text()


async def main(  # noqa: PLR0913, PLR0917 - a command line
    url: str, name: str, ledger: str, control_url: str, token: str, migrations: str = ""
) -> None:
    die_with_parent()
    log.configure(level="info")
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    database = Database(url)
    if migrations:
        from tests.durable.newer import become_newer  # noqa: PLC0415 - the old version must not know it

        become_newer(database, Path(migrations))
    config = Config(executor=name, storm=MANY, beat=timedelta(seconds=0.5), dead_after=timedelta(seconds=4))
    async with Http() as http:
        ports = Ports(
            investigator=ScriptedInvestigator(),
            assessor=ScriptedAssessor(),
            notifiers=[Teller(Path(ledger), name, newer=bool(migrations))],
            fixes=parts(database, ControlApi(http, control_url, token), None),
        )
        access = Access((Token("ann", token, May.APPROVE),))
        async with serving(create_app(Engine(database, ports, config), WebConfig(access=access))) as address:
            print(address, flush=True)  # noqa: T201 - whoever started it waits for this line
            await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
