"""Examines the wiring: each far side that is configured, and the whole loop by a test alert."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from responder.clients.advice import with_advice
from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http, bearer
from responder.clients.hypertool import ControlApi, Supervisor
from responder.diagnose.clients import Clients, Endpoint, Metrics
from responder.domain.alert import ROUND_TRIP, Alert, AlertStatus
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Reason, Refused

PATIENCE_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.25
LASTS: Final = timedelta(minutes=1)
"""How long the test alert is said to last: it ends by itself if nobody ends it."""
JOB: Final = "hypertool"


class Verdict(StrEnum):
    """What came out of one examination."""

    FINE = "fine"
    MEND = "mend"
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True)
class Examined:
    """One part of the wiring: how it is, and what to do about it."""

    part: str
    verdict: Verdict
    said: str


Examine = Callable[[], Awaitable[str]]
"""Answers what is fine; raises `AdapterError`, whose words say what is not."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, to be asked whether the test alert has arrived."""

    http: Http
    url: str
    token: str | None

    async def ready(self) -> str:
        """That it can take things in."""
        answer = await self.http.ask("The responder", "GET", f"{self.url}/-/ready", within=PATIENCE_SECONDS)
        answer.checked()
        return f"ready at {self.url}"

    async def arrived(self, nonce: str) -> bool:
        """Whether the test alert of this nonce has come in."""
        url = f"{self.url}/api/v1/round-trips/{nonce}"
        answer = await self.http.ask(
            "The responder", "GET", url, within=PATIENCE_SECONDS, headers=bearer(self.token)
        )
        if answer.status == NOT_FOUND:
            return False
        answer.checked()
        return True


NOT_FOUND: Final = 404


async def examined(part: str, setting: str, examine: Examine | None) -> Examined:
    """Ask one part how it is. `setting` is what configures it."""
    if examine is None:
        return Examined(part, Verdict.NOT_CONFIGURED, f"set {setting} to use it")
    try:
        return Examined(part, Verdict.FINE, await examine())
    except AdapterError as error:
        return Examined(part, Verdict.MEND, with_advice(error, setting))


async def round_trip(alertmanager: Alertmanager, server: Server, clock: Clock, patience: float) -> Examined:
    """Send a test alert to Alertmanager and see it arrive at the server, at most so many seconds later."""
    part, nonce, began = "round trip", secrets.token_hex(8), clock()
    alert = Alert(
        fingerprint="",
        labels={"alertname": ROUND_TRIP, "nonce": nonce, "severity": "info"},
        annotations={"summary": "A test alert of `responder doctor`; it pages nobody."},
        status=AlertStatus.FIRING,
        starts_at=began,
        ends_at=began + LASTS,
    )
    try:
        await alertmanager.post([alert], within=PATIENCE_SECONDS)
        async with asyncio.timeout(patience):
            while not await server.arrived(nonce):  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return Examined(part, Verdict.MEND, _lost(patience))
    except AdapterError as error:
        return Examined(part, Verdict.MEND, str(error))
    took = (clock() - began).total_seconds()
    return Examined(part, Verdict.FINE, f"a test alert came back through Alertmanager after {took:.1f} s")


def _lost(patience: float) -> str:
    return (
        f"the test alert did not arrive within {patience:.0f} s: does a route of Alertmanager's for "
        f"{ROUND_TRIP} lead to this server's /webhooks/alertmanager (rules/alertmanager.yml has one), with "
        "one of alertmanager.webhook_tokens? Alertmanager's log says what it was answered"
    )


def far_sides(clients: Clients) -> Iterator[tuple[str, str, Examine | None]]:
    """The far sides with the setting that configures each, and how to examine it (None: not configured)."""
    prometheus, alertmanager = clients.prometheus, clients.alertmanager
    control, supervisor = clients.control, clients.supervisor
    yield "Prometheus", "prometheus.url", partial(_scrapes, prometheus) if prometheus else None
    yield "Alertmanager", "alertmanager.url", partial(_version, alertmanager) if alertmanager else None
    yield "Hypertool's control API", "hypertool.control_url", partial(_knobs, control) if control else None
    runs = partial(_runs, supervisor) if supervisor else None
    yield "Hypertool's supervisor", "hypertool.supervisor_url", runs
    for name, setting in (("metrics", "hypertool.metrics_url"), ("langfuse", "langfuse.host")):
        endpoint = clients.endpoints.get(name)
        probe = partial(_answers, clients.http, name, endpoint) if clients.http and endpoint else None
        yield f"the endpoint {name}", setting, probe


async def _scrapes(prometheus: Metrics) -> str:
    targets = await prometheus.targets(JOB, within=PATIENCE_SECONDS)
    if not targets:
        raise Refused("Prometheus", Reason.NOT_FOUND, f"it scrapes no target of the job {JOB}")
    healthy = sum(target.health == "up" for target in targets)
    if not healthy:
        why = targets[0].error or "not scraped yet"
        raise Refused("Prometheus", Reason.BAD_ANSWER, f"no target of the job {JOB} is up, {why}")
    return f"scrapes {len(targets)} of the job {JOB}, {healthy} up"


async def _version(alertmanager: Alertmanager) -> str:
    return f"version {await alertmanager.version(within=PATIENCE_SECONDS)}"


async def _knobs(control: ControlApi) -> str:
    return f"{len(await control.resources(within=PATIENCE_SECONDS))} knobs"


async def _runs(supervisor: Supervisor) -> str:
    process = await supervisor.process(within=PATIENCE_SECONDS)
    return "Hypertool runs" if process.running else f"Hypertool does not run (exit code {process.exit_code})"


async def _answers(http: Http, name: str, endpoint: Endpoint) -> str:
    answer = await http.ask(name, "GET", endpoint.url, within=PATIENCE_SECONDS, headers=endpoint.headers)
    answer.checked()
    return f"answers {answer.status}"
