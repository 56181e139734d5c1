"""Where to look: addresses of the dashboard, Langfuse, the measure's graph, Alertmanager and the runbook.

The graph of every other query is its finding's own link.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from responder.domain.alert import Alert
from responder.domain.clock import earlier
from responder.domain.report import Link
from responder.playbook.context import Context
from responder.playbook.model import Dashboard, Playbook
from responder.playbook.promql import quoted, substitute

BEFORE: Final = timedelta(hours=1)
"""How much of the time before the alert a dashboard shows."""
MOST_VALUES: Final = 20
"""Values of a variable in one address."""
LONGEST_VALUE: Final = 200
"""Characters of such a value; one that is longer is left out."""
LONGEST_QUERY: Final = 1500
"""Characters of a query in an address; browsers and Slack refuse endless ones."""


def links(playbook: Playbook | None, alerts: Sequence[Alert], context: Context, now: datetime) -> list[Link]:
    """Every place to look that is configured, or that the alert itself names."""
    dashboard = playbook.links.dashboard if playbook else None
    found = [
        Link(title="Dashboard", url=_dashboard(dashboard, alerts, context, now)),
        Link(title="Langfuse", url=_langfuse(playbook, alerts, context)),
        Link(title="Prometheus", url=_graph(playbook, alerts, context)),
        Link(title="Alertmanager", url=_alertmanager(alerts, context)),
        Link(title="Runbook", url=_runbook(playbook, alerts, context)),
    ]
    return [link for link in found if link.url]


def _dashboard(dashboard: Dashboard | None, alerts: Sequence[Alert], context: Context, now: datetime) -> str:
    if not dashboard or not context.grafana_url:
        return _annotated(alerts, "dashboard_url", "dashboard")
    since = earlier(min((alert.starts_at for alert in alerts), default=now), BEFORE)
    pairs = [("from", _milliseconds(since)), ("to", _milliseconds(now))]
    for name in dashboard.variables:
        pairs += [(f"var-{name}", value) for value in _values(alerts, name)]
    if dashboard.panel:
        pairs.append(("viewPanel", str(dashboard.panel)))
    return f"{context.grafana_url}/d/{dashboard.uid}/{dashboard.uid}?{urlencode(pairs)}"


def _langfuse(playbook: Playbook | None, alerts: Sequence[Alert], context: Context) -> str:
    if not playbook or not playbook.links.langfuse or not context.langfuse_host:
        return ""
    personas = _values(alerts, "persona")
    if len(personas) != 1:
        return f"{context.langfuse_host}/traces"
    condition = f"metadata;stringObject;persona;=;{quote(personas[0], safe='')}"
    return f"{context.langfuse_host}/traces?{urlencode({'filter': condition})}"


def _graph(playbook: Playbook | None, alerts: Sequence[Alert], context: Context) -> str:
    """Prometheus's own page for the measure; empty where that address would be too long."""
    if not playbook or not alerts or not context.prometheus_url:
        return ""
    asked_about = alerts[:MOST_VALUES]
    values = {name: [alert.labels.get(name, "") for alert in asked_about] for name in playbook.variables}
    query = substitute(playbook.measure.query, values)
    if len(query) > LONGEST_QUERY:
        return ""
    asked = {"g0.expr": query, "g0.tab": "0", "g0.range_input": playbook.measure.range}
    return f"{context.prometheus_url}/graph?{urlencode(asked)}"


def _alertmanager(alerts: Sequence[Alert], context: Context) -> str:
    if not context.alertmanager_url or not alerts:
        return ""
    condition = f"{{alertname={quoted(alerts[0].name)}}}"
    return f"{context.alertmanager_url}/#/alerts?{urlencode({'filter': condition}, quote_via=quote)}"


def _runbook(playbook: Playbook | None, alerts: Sequence[Alert], context: Context) -> str:
    if playbook and context.runbook_url:
        return f"{context.runbook_url}#{playbook.alert.lower()}"
    return _annotated(alerts, "runbook_url", "runbook")


def _annotated(alerts: Sequence[Alert], *names: str) -> str:
    """What the rule says itself, if it is an address."""
    found = (alert.annotations.get(name, "") for alert in alerts for name in names)
    return next((url for url in found if url.startswith(("http://", "https://"))), "")


def _values(alerts: Sequence[Alert], name: str) -> list[str]:
    return list(dict.fromkeys(_sensible(alerts, name)))[:MOST_VALUES]


def _sensible(alerts: Sequence[Alert], name: str) -> Iterator[str]:
    values = (alert.labels.get(name, "") for alert in alerts)
    return (value for value in values if 0 < len(value) <= LONGEST_VALUE)


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
