"""What quick fixes work with, made of the settings: a part of the composition root."""

from responder.actions.registry import offered
from responder.actions.tools import Tools
from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.diagnose.clients import Clients
from responder.domain.clock import system_clock
from responder.engine.fixing.configured import limits_of, times_of
from responder.engine.fixing.measuring import PlaybookMeasurer
from responder.engine.fixing.parts import FixParts
from responder.engine.ports import Annotator
from responder.engine.reloading import Configuration
from responder.engine.source import AlertmanagerSource
from responder.notify.annotations import GrafanaAnnotations
from responder.settings import Settings


def fix_parts(configuration: Configuration, clients: Clients, http: Http) -> FixParts | None:
    """What fixes work with; None where nothing that is configured could be changed."""
    settings = configuration.started_with
    tools = Tools(
        http=http,
        control=clients.control,
        supervisor=clients.supervisor,
        alertmanager=clients.alertmanager,
        metrics_url=settings.hypertool.metrics_url,
        restart_command=settings.fixes.commands.restart,
    )
    actions = offered(tools)
    if not actions:
        return None
    return FixParts(
        actions=actions,
        measurer=PlaybookMeasurer(configuration.playbooks, clients.prometheus, system_clock),
        playbooks=configuration.playbooks,
        limits=lambda: limits_of(configuration.in_use.settings),
        source=AlertmanagerSource(clients.alertmanager) if clients.alertmanager else None,
        storm=settings.storm.incidents,
        times=times_of(settings.fixes),
    )


def annotator(settings: Settings, http: Http) -> Annotator | None:
    """What shows on dashboards when fixes are in force; None without a Grafana and a token of it."""
    grafana = settings.grafana
    if grafana.url is None or grafana.token is None:
        return None
    return GrafanaAnnotations(Grafana(http, grafana.url, grafana.token.get_secret_value()))
