"""A replica whose housekeeping is written down: a line of the ledger is who did what.

    housekeeping_replica.py DATABASE NAME LEDGER      prints its address and serves

It compares twice a second with an Alertmanager that lists nothing, and misses the watchdog after two seconds.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from responder import log
from responder.domain.alert import Alert
from responder.domain.notice import Notice, Receipt
from responder.domain.watchdog import LossNotice
from responder.engine.engine import Config, Engine, Ports
from responder.engine.ports import Listed
from responder.engine.watchdog.course import WatchdogRule
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.loopback import serving
from responder.testing.orphans import die_with_parent
from responder.web.factory import WebConfig, create_app

OFTEN = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Ledger:
    """Alertmanager as it is asked, and a notifier."""

    file: Path
    by: str
    name: str = "ledger"

    async def listed(self) -> Sequence[Listed]:
        self._write("compared")
        return []

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        return []

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        return Receipt(data={"told": True})

    async def tell_loss(self, notice: LossNotice, previous: Receipt | None, *, sure: bool) -> Receipt:
        self._write("told the loss" if previous is None else "edited it")
        return Receipt(data={"told": True})

    def _write(self, did: str) -> None:
        with self.file.open("a") as lines:
            lines.write(json.dumps({"by": self.by, "did": did}) + "\n")


async def main(url: str, name: str, file: str) -> None:
    die_with_parent()
    log.configure(level="error")
    ledger = Ledger(Path(file), name)
    ports = Ports(
        investigator=ScriptedInvestigator(),
        assessor=ScriptedAssessor(),
        notifiers=[ledger],
        source=ledger,
    )
    config = Config(
        executor=name,
        beat=OFTEN,
        dead_after=8 * OFTEN,
        compare_every=OFTEN,
        watchdog=WatchdogRule(lost_after=4 * OFTEN),
    )
    async with serving(create_app(Engine(Database(url), ports, config), WebConfig())) as address:
        print(address, flush=True)  # noqa: T201 - whoever started it waits for this line
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
