"""A responder in a process of its own, which can be killed; what it told stands in a file."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from responder.engine.durable import Durable
from responder.storage.database import Database
from responder.testing.line import Line, line_to
from responder.testing.loopback import NO_CERTIFICATES

REPLICA = Path(__file__).with_name("replica.py")
PATIENCE = 60.0


@dataclass(slots=True)
class Replica:
    """One running process and its address."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """As if the power went out."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Freeze it in the middle of whatever it does."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on as if no time had passed."""
        self.process.send_signal(signal.SIGCONT)

    def ask(self, path: str) -> tuple[int, str]:
        """Status and text of an answer."""
        answer = httpx.get(f"{self.url}{path}", timeout=PATIENCE, verify=NO_CERTIFICATES)
        return answer.status_code, answer.text

    def post(self, name: str) -> int:
        """Post one notification; the status of the answer."""
        body = _payload(name, "firing")
        address = f"{self.url}/webhooks/alertmanager"
        return httpx.post(address, json=body, timeout=PATIENCE, verify=NO_CERTIFICATES).status_code

    def send(self, *names: str, status: str = "firing") -> list[str]:
        """Post one notification an alert name; answers the incidents, all of which were accepted."""
        incidents: list[str] = []
        with httpx.Client(base_url=self.url, timeout=PATIENCE, verify=NO_CERTIFICATES) as client:
            for name in names:
                answer = client.post("/webhooks/alertmanager", json=_payload(name, status))
                assert answer.status_code == httpx.codes.ACCEPTED, answer.text
                incidents += answer.json()["incidents"]
        return incidents


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was told: one line a message, written by the notifier that stands in for Slack."""

    file: Path

    def told(self) -> Counter[str]:
        """How many messages each incident got; edits are none."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return Counter(json.loads(line)["incident"] for line in lines)


Start = Callable[..., Replica]
Until = Callable[..., None]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """One with the tables of orders, whose queues nobody looks into."""
    database = Database(database_url)
    durable = Durable(database, "before", [])
    await durable.start(_never)
    await durable.stop()
    yield database
    database.close()


async def _never(*_: object) -> str:
    raise AssertionError("nothing was ordered yet")


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait until it is so; seconds that this may take."""

    def call(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"took more than {seconds:.0f} s: {getsource(true).strip()}"
            time.sleep(0.05)  # noqa: TID251 - another process is watched from outside

    return call


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "told.jsonl")


@pytest.fixture
def start(database_url: str, ledger: Ledger, until: Until) -> Iterator[Start]:
    """Start a replica: its name, whether its notifier hangs while it sends, its database, its pace.

    Or one of another `script`, which is given the database and these arguments.
    """
    started: list[Replica] = []

    def call(
        name: str = "one",
        mode: str = "send",
        url: str = database_url,
        pace: str = "quick",
        script: tuple[str | Path, ...] = (),
    ) -> Replica:
        program, *arguments = script or (REPLICA, name, mode, ledger.file, pace)
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, program, url, *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        replica = Replica(process, process.stdout.readline().strip())
        started.append(replica)
        assert replica.url.startswith("http"), "it did not start"
        until(lambda: replica.ask("/-/ready")[0] == httpx.codes.OK)
        return replica

    yield call
    for replica in started:
        replica.kill()
        if replica.process.stdout is not None:
            replica.process.stdout.close()


@pytest.fixture
def line(database_url: str) -> Iterator[Line]:
    port = sa.make_url(database_url).port
    assert port is not None
    with line_to(port) as line:
        yield line


@pytest.fixture
def through(line: Line, database_url: str) -> str:
    """The database's address by that line."""
    return sa.make_url(database_url).set(port=line.port).render_as_string(hide_password=False)


def _payload(name: str, status: str) -> dict[str, object]:
    ends = "2026-03-02T12:05:00Z" if status == "resolved" else "0001-01-01T00:00:00Z"
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "receiver": "responder",
        "truncatedAlerts": 0,
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": name},
                "annotations": {},
                "startsAt": "2026-03-02T12:00:00Z",
                "endsAt": ends,
                "generatorURL": "",
                "fingerprint": name.encode().hex()[:16],
            }
        ],
    }
