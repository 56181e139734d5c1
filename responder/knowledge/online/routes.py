"""Asks an Alertmanager whether its routes lead each alert to us."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_routes import Routing, Webhook, routing_of
from responder.domain.lint import LintRule
from responder.knowledge.check import Files
from responder.knowledge.online.result import There, Told
from responder.playbook.load import Read

WEBHOOK: Final = "/webhooks/alertmanager"
"""Where we are notified."""


async def told(alertmanager: Alertmanager, files: Files, within: float) -> Told:
    """Where it sends the alert of each playbook.

    Raises:
        AdapterError: it doesn't answer, or its configuration can't be read.
    """
    routing = routing_of(await alertmanager.configuration(within=within))
    return sum((_routed(routing, one, labels) for one, labels in _alerts(files)), Told())


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
    ours = [way for way in ways if not way.url or _is_ours(way)]
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


def _is_ours(way: Webhook) -> bool:
    return urlsplit(way.url).path.rstrip("/").endswith(WEBHOOK)


def _said(ways: Sequence[Webhook]) -> str:
    if not ways:
        return "no webhook"
    return ", ".join(
        way.url or "a webhook whose address it keeps secret: responder doctor proves the way" for way in ways
    )
