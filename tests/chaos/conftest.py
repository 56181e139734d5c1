"""A site where everything goes wrong at random: real responders, and far sides behind unreliable ways."""

import asyncio
import random
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa
import yaml
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry

from responder.domain.clock import system_clock
from responder.hypertool import Terms, collector_knobs, control_router
from responder.resources import resource_dir
from responder.storage.database import BUSY_SECONDS
from responder.testing import pagerduty, slack
from responder.testing.deployed import DeployedCollector
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving
from responder.testing.processes import Answers, Program, start, succeeds
from responder.testing.prometheus import PrometheusStandIn, prometheus_stand_in
from responder.testing.slack.workspace import TOKEN as SLACK_TOKEN
from responder.testing.slack.workspace import Workspace
from responder.testing.unreliable import EVERYWHERE, Way, unreliable_way

ALERT: Final = "TokenBudgetExceeded"
TOKEN: Final = "open-sesame"  # noqa: S105 - of a stand-in
BUDGET: Final = 2000
PATIENCE: Final = 90.0
PATIENT: Final = 3
"""So often a start may take longer than any should: many share the machine."""
LOOK: Final = 0.1
ASK: Final = 10.0
OF_THE_DATABASE: Final = 0.005
"""The share of its requests with which something goes wrong: a start makes hundreds of them."""
LOCKED: Final = (0.1, 2.0)
"""Seconds that another program holds the lock of the file."""
LOCKED_FOR_LONG: Final = (1.1 * BUSY_SECONDS, 1.4 * BUSY_SECONDS)
"""The same, longer than anybody waits for it."""
FIRST_FOR_LONG: Final = 1
"""The number of the lock that is held for so long in every run; later ones are by chance."""
OFTEN_FOR_LONG: Final = 0.1
STARTS: Final = 20
"""So often a replica is started again that ended in its start, as systemd does."""


@dataclass
class Alerts:
    """A stand-in for Alertmanager: what fires now, and the notifications about it."""

    firing: dict[int, datetime] = field(default_factory=dict)

    def notification(self, number: int, *, ended: bool = False) -> dict[str, Any]:
        """Somebody's budget is exceeded, or is no longer."""
        began = self.firing.setdefault(number, system_clock())
        if ended:
            del self.firing[number]
        ends = system_clock().isoformat() if ended else "0001-01-01T00:00:00Z"
        alert = _alert(number, began) | {"status": "resolved" if ended else "firing", "endsAt": ends}
        return {
            "version": "4",
            "groupKey": f"{{}}:{persona(number)}",
            "receiver": "responder",
            "truncatedAlerts": 0,
            "alerts": [alert],
        }

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/api/v2/alerts/groups")
        async def groups() -> list[dict[str, Any]]:
            return [
                {"receiver": {"name": "responder"}, "labels": {}, "alerts": [_shown(number, began)]}
                for number, began in self.firing.items()
            ]

        @app.get("/api/v2/alerts")
        async def alerts(request: Request) -> list[dict[str, Any]]:
            filters = list(map(_read, request.query_params.getlist("filter")))
            return [
                _shown(number, began)
                for number, began in self.firing.items()
                if all(lets_through(_labels(number)) for lets_through in filters)
            ]

        @app.get("/api/v2/silences")
        async def silences() -> list[dict[str, Any]]:
            return []

        return app


@dataclass
class Site:
    """What runs, what it told, and what it set."""

    folder: Path
    seed: int
    alerts: Alerts
    workspace: Workspace
    account: pagerduty.Account
    prometheus: PrometheusStandIn
    ways: Mapping[str, Way]
    control: str
    config: Mapping[str, Any]
    replicas: dict[str, Program] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    locked_for_long: int = 0
    """How often SQLite's file was locked for longer than anybody waits."""

    @property
    def unmet(self) -> dict[str, object]:
        """What should go wrong in every run and did not yet, by the far side."""
        unmet: dict[str, object] = {name: way.unmet for name, way in self.ways.items() if way.unmet}
        locks = not self.locked_for_long and "database" not in self.ways
        return unmet | ({"database": "locked for long"} if locks else {})

    def chance(self, of: str | int) -> random.Random:
        """What decides about this, whatever else happens meanwhile."""
        return random.Random(f"{self.seed}/{of}")  # noqa: S311 - no secret

    async def start(self, name: str, *under: str) -> None:
        """Have it serve, started again where it ended before it could.

        `under` is what the command is run by: `env` with its arguments.
        """
        port = self.ports.setdefault(name, free_port())
        tokens = [{"name": "ann", "token": TOKEN, "may": "approve"}]
        server = {"port": port, "replica": name, "tokens": tokens}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({**self.config, "server": server}), encoding="utf-8")
        command = [*under, sys.executable, "-m", "responder", "serve", "--config", str(path)]
        answers = succeeds(f"http://127.0.0.1:{port}/-/ready")
        for _ in range(STARTS):
            self.replicas[name] = await start(command, self.folder / f"{name}.log")
            if await _ready(self.replicas[name], answers):
                return
            if self.replicas[name].process.returncode is None:
                break
        raise AssertionError(self.replicas[name].tail())

    async def kill(self, name: str) -> None:
        await self.replicas.pop(name).kill()

    async def sent(self, body: Mapping[str, Any], chance: random.Random) -> list[str]:
        """The incidents of a notification, once one replica has accepted it: it is sent until then."""
        async with asyncio.timeout(PATIENCE), loopback_client(timeout=ASK) as http:
            while True:
                port = chance.choice([*self.ports.values()])
                with suppress(httpx.HTTPError):
                    url = f"http://127.0.0.1:{port}/webhooks/alertmanager"
                    answer = await http.post(url, json=body)
                    assert answer.status_code in {202, 503}, answer.text
                    if answer.status_code == httpx.codes.ACCEPTED:
                        return list(answer.json()["incidents"])
                await asyncio.sleep(LOOK)

    async def asked(self, method: str, path: str, **content: Any) -> Any:
        """What the first replica that does answers; None where none does."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with loopback_client(timeout=ASK, headers=headers) as http:
            for port in self.ports.values():
                with suppress(httpx.HTTPError):
                    answer = await http.request(method, f"http://127.0.0.1:{port}{path}", **content)
                    if answer.is_success:
                        return answer.json()
        return None

    def calm(self) -> None:
        for way in self.ways.values():
            way.calm = True

    def messages(self) -> Counter[str]:
        """How many messages each incident has in the channel."""
        (channel,) = self.workspace.channels.values()
        keys = map(_key, (message for message in channel.messages if message.thread_ts is None))
        return Counter(key.partition("/")[0] for key in keys if key)

    def posts(self) -> list[tuple[str, datetime]]:
        """What was said in the channel and in its threads, and when: `k7m2wq9p/reply/3`, the oldest first."""
        (channel,) = self.workspace.channels.values()
        keyed = [(_key(message), message.versions[0].at) for message in channel.messages]
        return [(key, at) for key, at in keyed if key]

    def pages(self) -> Counter[str]:
        """How many pages each incident has."""
        keys = [alert.key for page in self.account.incidents for alert in page.alerts]
        return Counter(key.rpartition("/")[2] for key in keys)

    def notes(self) -> Counter[str]:
        """How often each note stands on its page; the mark in its last line says which it is."""
        notes = [note for page in self.account.incidents for note in page.notes]
        return Counter(note.content.rpartition("\n")[2] for note in notes)

    async def knobs(self, numbers: int) -> list[tuple[int, object]]:
        """Where Hypertool's knobs stand, and by which lease."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with loopback_client(timeout=ASK, headers=headers) as http:
            urls = [f"{self.control}/control/v1/personas/{persona(one)}/budget" for one in range(numbers)]
            shown = [(await http.get(url)).raise_for_status().json() for url in urls]
        return [(one["value"], one["lease"]) for one in shown]


MakeSite = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> MakeSite:
    """A site by a seed, where so many personas may have their budget exceeded; quick fixes last so long."""

    @asynccontextmanager
    async def made(seed: int, personas: int, lasts: str = "5s") -> AsyncIterator[Site]:
        workspace, account, alerts = Workspace(["alerts"]), pagerduty.Account(), Alerts()
        async with AsyncExitStack() as parts:
            prometheus = await parts.enter_async_context(prometheus_stand_in())
            apps = {
                "slack": slack.create_app(workspace),
                "pagerduty": pagerduty.create_app(account),
                "hypertool": _hypertool(personas),
                "alertmanager": alerts.app(),
            }
            urls = {name: await parts.enter_async_context(serving(app)) for name, app in apps.items()}
            urls["prometheus"] = prometheus.url
            ways = {
                name: await parts.enter_async_context(unreliable_way(_port(url), seed=f"{seed}/{name}"))
                for name, url in urls.items()
            }
            url = sa.make_url(database_url)
            if url.port:
                way = unreliable_way(
                    url.port, seed=f"{seed}/database", wrong=EVERYWHERE, share=OF_THE_DATABASE
                )
                ways["database"] = await parts.enter_async_context(way)
                url = url.set(port=ways["database"].port)
            config = _config({name: way.port for name, way in ways.items()}, url, tmp_path, lasts)
            made = Site(
                tmp_path, seed, alerts, workspace, account, prometheus, ways, urls["hypertool"], config
            )
            if url.database and url.get_backend_name() == "sqlite":
                locking = asyncio.create_task(_locked_at_times(Path(url.database), made))
                parts.callback(locking.cancel)
            try:
                yield made
            finally:
                for program in made.replicas.values():
                    await program.kill()

    return made


def _key(message: slack.Message) -> str:
    """What our messages carry to be found again."""
    mark = message.now.metadata
    return str(mark["event_payload"]["key"]) if mark else ""


def persona(number: int) -> str:
    return f"persona-{number}"


async def _ready(program: Program, answers: Answers) -> bool:
    for _ in range(PATIENT):
        if await program.ready(answers):
            return True
        if program.process.returncode is not None:
            return False
    return False


async def _locked_at_times(file: Path, site: Site) -> None:
    """Another program writes to the file, and takes its time."""
    chance, number = site.chance("locks"), 0
    while not site.ways["slack"].calm:
        await asyncio.sleep(chance.uniform(0.5, 3))
        long = number == FIRST_FOR_LONG or (number > FIRST_FOR_LONG and chance.random() < OFTEN_FOR_LONG)
        connection = sqlite3.connect(file, timeout=0, isolation_level=None)
        try:
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(chance.uniform(*(LOCKED_FOR_LONG if long else LOCKED)))
                number += 1
                site.locked_for_long += long
        finally:
            connection.close()


def _config(ports: Mapping[str, int], database: sa.URL, folder: Path, lasts: str) -> dict[str, Any]:
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return {
        "database": {"url": database.render_as_string(hide_password=False)},
        "alertmanager": {"url": url["alertmanager"]},
        "prometheus": {"url": url["prometheus"]},
        "hypertool": {"control_url": url["hypertool"], "control_token": TOKEN},
        "slack": {"bot_token": SLACK_TOKEN, "channel": "alerts", "api_url": f"{url['slack']}/api"},
        "pagerduty": {
            "mode": "page",
            "routing_key": pagerduty.ROUTING_KEY,
            "api_token": pagerduty.TOKEN,
            "from_email": pagerduty.EMAIL,
            "events_url": url["pagerduty"],
            "api_url": url["pagerduty"],
        },
        "playbooks": {"path": str(_playbooks(folder / "playbooks", lasts))},
        "fixes": {"mode": "approve", "limits": {"in_force": 100}},
        "storm": {"incidents": 1000},
    }


def _playbooks(folder: Path, lasts: str) -> Path:
    """The shipped playbook, with a quick fix of seconds."""
    name = "token-budget-exceeded.yaml"
    shipped = yaml.safe_load((resource_dir("playbooks") / name).read_text(encoding="utf-8"))
    fix = next(one for one in shipped["fixes"] if one["id"] == "raise-budget")
    for key in ("undo_waits", "permanent"):
        del fix[key]
    shipped["fixes"] = [fix | {"lasts": lasts, "check": {"settle": "1s", "deadline": "3s"}}]
    folder.mkdir()
    (folder / name).write_text(yaml.safe_dump(shipped, sort_keys=False), encoding="utf-8")
    return folder


def _hypertool(personas: int) -> FastAPI:
    """A Hypertool with so many personas, and the control API mounted on it."""
    collector, app = DeployedCollector(CollectorRegistry()), FastAPI()
    collector._token_budgets = {persona(number): BUDGET for number in range(personas)}
    app.include_router(control_router(collector_knobs(collector), {"responder": TOKEN}, terms=Terms()))
    return app


@cache
def _labels(number: int) -> Mapping[str, str]:
    return {"alertname": ALERT, "severity": "critical", "persona": persona(number)}


def _alert(number: int, began: datetime) -> dict[str, Any]:
    return {
        "fingerprint": f"{number:016x}",
        "labels": dict(_labels(number)),
        "annotations": {"summary": "It is over its budget."},
        "startsAt": began.astimezone(UTC).isoformat(),
        "generatorURL": "",
    }


def _shown(number: int, began: datetime) -> dict[str, Any]:
    state = {"state": "active", "silencedBy": [], "inhibitedBy": []}
    return _alert(number, began) | {"status": state}


def _read(written: str) -> Callable[[Mapping[str, str]], bool]:
    """A filter: `name="value"`, or a regular expression, which has to match all of the value."""
    name, regex, value = re.fullmatch(r'(\w+)(=~?)"(.*)"', written).groups()  # type: ignore[union-attr]
    value = re.sub(r"\\(.)", r"\1", value)
    if regex == "=":
        return lambda labels: labels.get(name, "") == value
    matches = re.compile(value).fullmatch
    return lambda labels: matches(labels.get(name, "")) is not None


def _port(url: str) -> int:
    return httpx.URL(url).port or 0
