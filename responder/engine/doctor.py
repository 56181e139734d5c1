"""Examines the wiring: each far side that is configured, and the whole loop by a test alert."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from responder.clients.advice import with_advice
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_routes import routing_of
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.clients.pagerduty import PagerDutyApi
from responder.clients.round_trip import Server, lost, sent_and_seen
from responder.diagnose.clients import Clients, Endpoint, Metrics
from responder.domain.alert import WATCHDOG
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Reason, Refused
from responder.domain.units import duration
from responder.settings import PagerDuty, PagerDutyMode

PATIENCE_SECONDS: Final = 5.0
JOB: Final = "hypertool"
APART: Final = (
    "{} pages by a route of its own, so that its pages have other keys than what is sent to us: put webhook "
    "and PagerDuty in one receiver; with an API token such pages are looked up all the same"
)

NO_WATCHDOG: Final = (
    "load rules/responder.rules.yml, and take over the route that rules/alertmanager.yml has for it"
)

TOO_LATE: Final = (
    "Alertmanager repeats it every {} at worst, and it is missed after {} (watchdog.lost_after_minutes): "
    "shorten repeat_interval and group_interval of its route as rules/alertmanager.yml has them"
)
WATCHDOG_LABELS: Final = {
    "alertname": WATCHDOG,
    "severity": "none",
    "component": "responder",
    "category": "availability",
}
"""As rules/responder.rules.yml has them."""


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
    part = "round trip"
    try:
        took = await sent_and_seen(alertmanager, server, clock, patience)
    except AdapterError as error:
        return Examined(part, Verdict.MEND, str(error))
    if took is None:
        return Examined(part, Verdict.MEND, lost(patience))
    return Examined(part, Verdict.FINE, f"a test alert came back through Alertmanager after {took:.1f} s")


async def watchdog(
    server: Server, clock: Clock, alertmanager: Alertmanager, lost_after: timedelta
) -> Examined:
    """Whether the watchdog arrives at the server, and often enough not to be missed after this time."""
    part = "watchdog"
    try:
        watch = await server.watchdog()
    except AdapterError as error:
        return Examined(part, Verdict.MEND, str(error))
    if watch.heard_at is None and not watch.expected:
        return Examined(part, Verdict.NOT_CONFIGURED, f"{watch.said(clock())}: {NO_WATCHDOG}")
    late = await _too_late(alertmanager, lost_after) if watch.expected else ""
    verdict = Verdict.FINE if watch.fine and not late else Verdict.MEND
    return Examined(part, verdict, "; ".join(filter(None, (watch.said(clock()), late))))


async def _too_late(alertmanager: Alertmanager, lost_after: timedelta) -> str:
    """What is to mend where Alertmanager repeats the watchdog after it is missed; empty: nothing."""
    try:
        routing = routing_of(await alertmanager.configuration(within=PATIENCE_SECONDS))
    except AdapterError:  # that it doesn't answer is said of itself
        return ""
    again = routing.repeated(WATCHDOG_LABELS)
    if again is None or again < lost_after:
        return ""
    return TOO_LATE.format(duration(again.total_seconds()), duration(lost_after.total_seconds()))


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


def pages(clients: Clients, settings: PagerDuty, api: PagerDutyApi | None) -> Examine | None:
    """How to examine PagerDuty; None: it is not configured."""
    if api is None and not settings.routing_key:
        return None
    if settings.mode is PagerDutyMode.PAGE or clients.alertmanager is None:
        return partial(_own_pages, api)
    return partial(_pages, clients.alertmanager, api)


async def _own_pages(api: PagerDutyApi | None) -> str:
    return (
        f"pages by our routing key; {f'notes are from {await api.user()}' if api else 'no token: no notes'}"
    )


async def _scrapes(prometheus: Metrics) -> str:
    targets = await prometheus.targets(JOB, within=PATIENCE_SECONDS)
    if not targets:
        raise Refused("Prometheus", Reason.NOT_FOUND, f"it scrapes no target of the job {JOB}")
    healthy = sum(target.health == "up" for target in targets)
    if not healthy:
        why = targets[0].error or "not scraped yet"
        raise Refused("Prometheus", Reason.NOT_FOUND, f"no target of the job {JOB} is up, {why}")
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


async def _pages(alertmanager: Alertmanager, api: PagerDutyApi | None) -> str:
    """That the token is good, the user is there, and Alertmanager's pages can be found.

    Raises:
        AdapterError: what is to mend.
    """
    known = f"notes are from {await api.user()}" if api else "a routing key, no token: events only"
    routing = routing_of(await alertmanager.configuration(within=PATIENCE_SECONDS))
    if not routing.pagers:
        raise Refused("Alertmanager", Reason.NOT_CONFIGURED, "no receiver of it has pagerduty_configs")
    apart = sorted(name for name in routing.pagers if not routing.webhooks.get(name))
    if apart:
        raise Refused("Alertmanager", Reason.NOT_CONFIGURED, APART.format(", ".join(apart)))
    return f"{known}; Alertmanager pages by {', '.join(sorted(routing.pagers))}, which send to us as well"
