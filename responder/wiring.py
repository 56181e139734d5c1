"""What quick fixes and commands work with, made of the settings: a part of the composition root."""

from functools import partial

from pydantic import SecretStr

from responder.actions.registry import offered
from responder.actions.tools import Tools
from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.clients.slack import SlackClient
from responder.diagnose.clients import Clients
from responder.domain.clock import system_clock
from responder.engine.commands.known import Known
from responder.engine.commands.parts import CommandParts
from responder.engine.diagnosing import diagnose
from responder.engine.engine import Engine
from responder.engine.explaining import PlaybookInvestigator
from responder.engine.fixing.configured import limits_of, times_of
from responder.engine.fixing.measuring import PlaybookMeasurer
from responder.engine.fixing.parts import FixParts
from responder.engine.ports import Annotator
from responder.engine.reloading import Configuration
from responder.engine.source import AlertmanagerSource
from responder.notify.annotations import GrafanaAnnotations
from responder.notify.answers import AnswerVoice
from responder.render import answers
from responder.settings import Settings
from responder.slackbot import Commanding, SlackParts


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
        times=times_of(settings.fixes),
    )


def annotator(settings: Settings, http: Http) -> Annotator | None:
    """What shows on dashboards when fixes are in force; None without a Grafana and a token of it."""
    grafana = settings.grafana
    if grafana.url is None or grafana.token is None:
        return None
    return GrafanaAnnotations(Grafana(http, grafana.url, grafana.token.get_secret_value()))


def command_parts(
    explains: PlaybookInvestigator, clients: Clients, prometheus: Prometheus, slack: SlackClient
) -> CommandParts:
    """What answers work with."""
    return CommandParts(
        voice=AnswerVoice(slack, answers),
        diagnose=partial(diagnose, explains),
        clients=clients,
        values=prometheus,
    )


def slack_parts(
    configuration: Configuration, engine: Engine, slack: SlackClient | None, prometheus: Prometheus
) -> SlackParts:
    """What the Slack side works with; without a client nothing is taken in there."""
    settings, known = configuration.started_with.slack, Known(prometheus, system_clock)
    return SlackParts(
        slack=slack,
        people=engine.people,
        incidents=engine.asking,
        secret=lambda: _revealed(settings.signing_secret),
        approvers=lambda: configuration.in_use.settings.slack.approvers,
        clock=system_clock,
        commanding=Commanding(commands=engine.commands, playbooks=configuration.playbooks, known=known),
        app_token=_revealed(settings.app_token),
        api_url=settings.api_url,
    )


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
