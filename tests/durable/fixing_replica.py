"""A responder that applies quick fixes, as a process of its own, which can be killed.

    fixing_replica.py DATABASE CONTROL_API TOKEN [NAME ALERTMANAGER]      prints its address and serves

Engine, API and the action `control` are the real ones, on Hypertool's real control API; playbook and
deadlines are scaled to seconds. Whatever fired goes on firing, and a budget that was raised helps.

With a NAME it is one of several replicas, each of which counts as dead after 4 seconds of silence. Then a
lease lasts for as long as a test does, and alerts and incidents can be silenced, too.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from responder import log
from responder.actions.control import ControlAction
from responder.actions.muting import Muting
from responder.actions.silence import Silence
from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi
from responder.diagnose.registry import specs
from responder.domain.access import May
from responder.domain.alert import Alert
from responder.domain.clock import system_clock
from responder.domain.errors import AdapterError
from responder.domain.fix import Fix, FixKind, FixMode
from responder.engine.engine import Config, Engine, Ports
from responder.engine.fixing.parts import FixParts, Measured, Times
from responder.engine.ports import FixAction, Listed
from responder.playbook.fixes import Check
from responder.playbook.load import load
from responder.playbook.model import Fix as Declared
from responder.policy.gates import Limits
from responder.resources import resource_dir
from responder.storage import incidents
from responder.storage.database import Database
from responder.testing.engine import RECEIVER, ScriptedAssessor, ScriptedInvestigator, ScriptedNotifier
from responder.testing.fix_world import DECLARED, NAME
from responder.testing.loopback import serving
from responder.testing.orphans import die_with_parent
from responder.web.access import Access, Token
from responder.web.factory import WebConfig, create_app

QUICK = DECLARED.model_copy(
    update={"lasts": "6s", "check": Check(settle="100ms", deadline="1m"), "undo_waits": None}
)
LONG = QUICK.model_copy(update={"lasts": "2m"})
SILENCE = Declared(
    id="silence",
    title="Silence this alert",
    kind=FixKind.ONE_SHOT,
    action="silence",
    lasts="1h",
    check=QUICK.check,
)
OFTEN = timedelta(milliseconds=200)
TIMES = Times(look_every=OFTEN, poll=OFTEN, patience=OFTEN)
MANY = 1000
"""No storm, and no limit of fixes in force, stands in the way."""


@dataclass(frozen=True)
class StillFiring:
    """Alertmanager, as far as fixes ask it: every alert of an open incident fires."""

    database: Database

    async def listed(self) -> Sequence[Listed]:
        return [Listed(RECEIVER, alert) for alert in self._firing()]

    async def with_labels(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        return [alert for alert in self._firing() if alert.labels == labels]

    def _firing(self) -> list[Alert]:
        with self.database.read() as connection:
            still = incidents.load_many(connection, incidents.open_notices(connection))
        return [alert for one in still.values() for alert in one.alerts.values()]


@dataclass(frozen=True)
class ByTheKnob:
    """Measures by where the knob stands: raised, the budget is enough."""

    control: ControlApi

    async def measure(self, fix: Fix) -> Measured:
        try:
            knob = await self.control.resource(fix.change.target.split("/"), within=5)
        except AdapterError:
            return Measured()
        return Measured(works=knob.value == fix.change.after, needs=True, returns=False)


def parts(database: Database, control: ControlApi, alertmanager: Alertmanager | None) -> FixParts:
    actions: dict[str, FixAction] = {"control": ControlAction(control)}
    declared = [QUICK]
    if alertmanager is not None:
        actions["silence"], declared = Silence(alertmanager, system_clock), [LONG, SILENCE]
    shipped = load(resource_dir("playbooks"), specs())[NAME]
    playbook = shipped.model_copy(update={"fixes": tuple(declared)})
    return FixParts(
        actions=actions,
        measurer=ByTheKnob(control),
        playbooks=lambda: {NAME: playbook},
        limits=lambda: Limits(mode=FixMode.APPROVE, in_force=MANY),
        source=StillFiring(database),
        times=TIMES,
    )


def config(name: str) -> Config:
    if not name:
        return Config(storm=MANY)
    return Config(storm=MANY, executor=name, beat=timedelta(seconds=0.5), dead_after=timedelta(seconds=4))


async def main(url: str, control_url: str, token: str, name: str = "", alertmanager_url: str = "") -> None:
    die_with_parent()
    log.configure(level="error")
    database = Database(url)
    async with Http() as http:
        alertmanager = Alertmanager(http, alertmanager_url) if alertmanager_url else None
        ports = Ports(
            investigator=ScriptedInvestigator(),
            assessor=ScriptedAssessor(),
            notifiers=[ScriptedNotifier()],
            fixes=parts(database, ControlApi(http, control_url, token), alertmanager),
            mutes=Muting(alertmanager, system_clock) if alertmanager else None,
        )
        access = Access((Token("ann", token, May.APPROVE),))
        async with serving(
            create_app(Engine(database, ports, config(name)), WebConfig(access=access))
        ) as address:
            print(address, flush=True)  # noqa: T201 - whoever started it waits for this line
            await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
