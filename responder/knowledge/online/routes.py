"""Asks an Alertmanager whether its routes lead each alert to us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_routes import Routing, Webhook, routing_of
from responder.clients.http import for_people
from responder.clients.round_trip import LABELS, Server, lost, sent_and_seen
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Problem
from responder.domain.lint import LintRule
from responder.knowledge.check import Files
from responder.knowledge.online.result import There, Told
from responder.playbook.load import Read


@dataclass(frozen=True, slots=True)
class Trip:
    """The way of a test alert: to this server, seen within `patience` seconds."""

    server: Server
    clock: Clock
    patience: float


async def told(alertmanager: Alertmanager, files: Files, trip: Trip, within: float) -> Told:
    """Where it sends the alert of each playbook, and whether a test alert arrives.

    Raises:
        AdapterError: it doesn't answer, or its configuration can't be read.
    """
    routing = routing_of(await alertmanager.configuration(within=within))
    routed = sum((_routed(routing, one, labels) for one, labels in _alerts(files)), Told())
    return routed + await _tried(alertmanager, routing, trip)


async def _tried(alertmanager: Alertmanager, routing: Routing, trip: Trip) -> Told:
    """What became of a test alert; none is sent that would disturb anybody."""
    receivers = routing.receivers(LABELS)
    ways = [webhook for name in receivers for webhook in routing.webhooks.get(name, ())]
    if set(receivers) & routing.people or not ways or not all(way.may_be_ours for way in ways):
        return _trip(
            None, f"not sent: it would go to {', '.join(receivers)}; rules/alertmanager.yml has a route"
        )
    try:
        await trip.server.ready()
        took = await sent_and_seen(alertmanager, trip.server, trip.clock, trip.patience)
    except AdapterError as error:
        return _trip(None, f"{error} ({for_people(trip.server.url)})")
    if took is None:
        problem = Problem("Alertmanager", 0, "", lost(trip.patience), LintRule.ROUTE_ELSEWHERE)
        return _trip(False, "it did not arrive") + Told(problems=(problem,))
    return _trip(True, f"arrived after {took:.1f} s")


def _trip(there: bool | None, said: str) -> Told:  # noqa: FBT001 - what it is about
    return Told(there=(There(kind="route", name="a test alert", there=there, said=said),))


def _alerts(files: Files) -> Iterator[tuple[Read, Mapping[str, str]]]:
    """The alerts of the playbooks, with the labels that are known without one firing."""
    rules = {name: rule for file in files.rules or () for name, rule in file.alerts.items()}
    for one in files.playbooks:
        if (playbook := one.playbook) is None:
            continue
        own = {"severity": playbook.severity.value, "category": playbook.category}
        rule = rules.get(playbook.alert)
        yield one, {**own, **(rule.labels if rule else {}), "alertname": playbook.alert}


def _routed(routing: Routing, one: Read, labels: Mapping[str, str]) -> Told:
    receivers = routing.receivers(labels)
    ways = [webhook for name in receivers for webhook in routing.webhooks.get(name, ())]
    said = f"to {', '.join(receivers)}: {_said(ways)}"
    ours = [way for way in ways if way.may_be_ours]
    there = There(kind="route", name=labels["alertname"], there=bool(ours), said=said)
    if not ours:
        return _problem(
            there, one, f"Alertmanager sends it to {', '.join(receivers)}, which has no webhook of ours"
        )
    if not any(way.send_resolved for way in ours):
        return _problem(there, one, f"{', '.join(receivers)} does not tell us of the end: set send_resolved")
    return Told(there=(there,))


def _problem(there: There, one: Read, message: str) -> Told:
    problem = one.document.problem(("alert",), message, LintRule.ROUTE_ELSEWHERE)
    return Told(there=(there,), problems=(problem,))


def _said(ways: Sequence[Webhook]) -> str:
    if not ways:
        return "no webhook"
    return ", ".join(way.url or "a webhook whose address it keeps secret" for way in ways)
