"""A responder as a process of its own: `replica.py DATABASE NAME MODE LEDGER PACE`.

It prints its address and serves. MODE is `send` (tell at once), `hang` (send, and hang before it is
recorded), `stall` (hang before sending), or the address of a Slack's API where everything is told instead.
PACE is `quick` (it waits for what is lost for seconds only), or `shipped` (as the product does).
"""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from responder import log
from responder.clients.slack import SlackClient
from responder.domain.notice import Notice, Receipt
from responder.engine.engine import Config, Engine, Ports
from responder.engine.ports import Notifier
from responder.notify.slack import SlackNotifier
from responder.render import slack
from responder.storage.database import Database
from responder.testing.engine import ScriptedAssessor, ScriptedInvestigator
from responder.testing.loopback import serving
from responder.testing.orphans import die_with_parent
from responder.testing.slack import TOKEN
from responder.web.factory import WebConfig, create_app

BEAT: Final = timedelta(seconds=0.5)


class LedgerNotifier:
    """Appends a line to a file for each new message; looks before it sends, as Slack's does."""

    name = "ledger"

    def __init__(self, file: Path, mode: str) -> None:
        self._file = file
        self._mode = mode

    async def tell(self, notice: Notice, previous: Receipt | None, *, sure: bool) -> Receipt:
        if self._mode == "stall":
            await asyncio.get_running_loop().create_future()
        if previous is None and (sure or not self._sent(notice.incident.id)):
            with self._file.open("a") as ledger:
                ledger.write(json.dumps({"incident": notice.incident.id}) + "\n")
        if self._mode == "hang":
            await asyncio.get_running_loop().create_future()
        return Receipt(data={"sent": True})

    def _sent(self, incident: str) -> bool:
        return self._file.exists() and incident in self._file.read_text()


def notifier(mode: str, ledger: Path) -> Notifier:
    """What tells people."""
    if mode.startswith("http"):
        return SlackNotifier(SlackClient(TOKEN, mode), slack, "#alerts")
    return LedgerNotifier(ledger, mode)


async def main(url: str, name: str, mode: str, ledger: str, pace: str) -> None:
    die_with_parent()
    log.configure(level="error")
    ports = Ports(
        investigator=ScriptedInvestigator(),
        assessor=ScriptedAssessor(),
        notifiers=[notifier(mode, Path(ledger))],
    )
    database, config = Database(url), Config(executor=name)
    if pace == "quick":
        database = Database(url, busy_seconds=1)
        config = replace(config, beat=BEAT, dead_after=timedelta(seconds=4), answer_within=3)
    engine = Engine(database, ports, config)
    async with serving(create_app(engine, WebConfig())) as address:
        print(address, flush=True)  # noqa: T201 - whoever started it waits for this line
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
