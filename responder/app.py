"""The composition root, the only file that knows everything: what is wired to what, and nothing else."""

import asyncio
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from fastapi import FastAPI
from pydantic import SecretStr

from responder import log, metrics, slackbot
from responder.actions.muting import Muting
from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http, basic, bearer, for_people
from responder.clients.hypertool import ControlApi, Supervisor
from responder.clients.langfuse import Langfuse
from responder.clients.langfuse_marks import Mark
from responder.clients.prometheus import Prometheus
from responder.clients.round_trip import Server as RunningServer
from responder.clients.slack import SlackClient
from responder.diagnose.clients import Clients, Endpoint
from responder.diagnose.registry import specs
from responder.domain.audience import chosen_by
from responder.domain.clock import system_clock
from responder.domain.fix import FixMode
from responder.domain.notice import Notice
from responder.engine import doctor, pager
from responder.engine.assessing import MeasureAssessor
from responder.engine.diagnosing import diagnose
from responder.engine.doctor import Examined
from responder.engine.engine import Config, Engine, Ports
from responder.engine.explaining import PlaybookInvestigator
from responder.engine.fixing.permanently import Permanently
from responder.engine.ports import Notifier
from responder.engine.reloading import Configuration
from responder.engine.retention import Keep
from responder.engine.source import AlertmanagerSource
from responder.engine.surroundings import Surroundings
from responder.engine.watchdog.course import WatchdogRule
from responder.lean import keep_heaps_small
from responder.notify.console import ConsoleNotifier, LogVoice
from responder.notify.slack import EVENT_TYPE, SlackNotifier
from responder.playbook.context import Context
from responder.playbook.general import General, load_general
from responder.playbook.load import load
from responder.playbook.model import Playbooks
from responder.playbook.runbook import runbook_of
from responder.render import slack as slack_render
from responder.render.runbook import Around
from responder.render.storm import storm_line
from responder.render.text import lock_screen
from responder.render.watchdog import loss_line
from responder.resources import resource_dir
from responder.serving import listen, reload_on_hangup, run_until_stopped
from responder.settings import ApiToken, Retention, Settings
from responder.slack_section import Slack
from responder.storage.database import Database
from responder.web import configuration as configuration_routes
from responder.web import diagnoses, operating, pagerduty, pages
from responder.web import runbook as runbook_pages
from responder.web.access import Access, Live, Token
from responder.web.factory import WebConfig, create_app
from responder.web.links import Links
from responder.web.pagerduty import PagerDutyWebhook
from responder.wiring import annotator, command_parts, fix_parts, slack_parts

T = TypeVar("T")


def load_playbooks(settings: Settings) -> Playbooks:
    """The configured folder of playbooks, or those the product carries; without fixes where these are off.

    Raises:
        ConfigError: with every mistake in them.
    """
    playbooks = load(settings.playbooks.path or resource_dir("playbooks"), specs())
    if settings.fixes.mode is FixMode.OFF:
        return {name: one.model_copy(update={"fixes": ()}) for name, one in playbooks.items()}
    return playbooks


def general_part(settings: Settings) -> General | None:
    """What the runbook of these playbooks says besides its alerts, if anything.

    Raises:
        ConfigError: with every mistake in it.
    """
    return load_general(settings.playbooks.path or resource_dir("playbooks"))


def far_sides(settings: Settings, http: Http) -> Clients:
    """A client for every far side that is configured."""
    hypertool = settings.hypertool
    token = revealed(hypertool.control_token)
    return Clients(
        prometheus=_prometheus(settings, http),
        alertmanager=Alertmanager(http, settings.alertmanager.url),
        control=ControlApi(http, hypertool.control_url, token) if hypertool.control_url else None,
        supervisor=Supervisor(http, hypertool.supervisor_url, token) if hypertool.supervisor_url else None,
        langfuse=_langfuse(settings, http),
        http=http,
        endpoints=dict(_endpoints(settings)),
    )


def _langfuse(settings: Settings, http: Http) -> Langfuse | None:
    langfuse = settings.langfuse
    if not (langfuse.host and langfuse.public_key and langfuse.secret_key):
        return None
    marks = {name: Mark.of(getattr(langfuse, name)) for name in ("persona", "workflow", "stage")}
    return Langfuse(http, langfuse.host, langfuse.public_key, langfuse.secret_key.get_secret_value(), marks)


async def with_prometheus(settings: Settings, use: Callable[[Prometheus], Awaitable[T]]) -> T:
    """Do something with the configured Prometheus, from a command."""
    async with Http() as http:
        return await use(_prometheus(settings, http))


def _prometheus(settings: Settings, http: Http) -> Prometheus:
    there = settings.prometheus
    return Prometheus(http, there.url, revealed(there.token), patience=there.timeout)


def _endpoints(settings: Settings) -> Iterator[tuple[str, Endpoint]]:
    """What playbooks may probe, by the names they use."""
    hypertool, langfuse = settings.hypertool, settings.langfuse
    authorized = bearer(revealed(hypertool.control_token))
    if hypertool.metrics_url:
        yield "metrics", Endpoint(url=hypertool.metrics_url)
    if hypertool.control_url:
        yield "control", Endpoint(url=f"{hypertool.control_url}/control/v1", headers=authorized)
    if hypertool.supervisor_url:
        yield "supervisor", Endpoint(url=f"{hypertool.supervisor_url}/control/v1/process", headers=authorized)
    if langfuse.host and langfuse.public_key and langfuse.secret_key:
        credentials = basic(langfuse.public_key, langfuse.secret_key.get_secret_value())
        yield "langfuse", Endpoint(url=f"{langfuse.host}/api/public/projects", headers=credentials)


def addresses(settings: Settings) -> Context:
    """Where people look; no credentials of ours are in it."""
    return Context(
        grafana_url=for_people(settings.grafana.url or ""),
        prometheus_url=for_people(settings.prometheus.url),
        alertmanager_url=for_people(settings.alertmanager.url),
        langfuse_host=for_people(settings.langfuse.host or ""),
        runbook_url=settings.runbook_url or "",
    )


def diagnostic_observed(kind: str, result: str, took: float) -> None:
    """Count one question's end; `took` is in seconds."""
    metrics.DIAGNOSTICS.labels(kind, result).inc()
    metrics.DIAGNOSTIC_SECONDS.labels(kind).observe(took)


def revealed(secret: SecretStr | None) -> str | None:
    """A secret's text, at the place where it is handed over."""
    return secret.get_secret_value() if secret else None


def investigator(
    settings: Settings,
    clients: Clients,
    playbooks: Callable[[], Playbooks],
    database: Database | None,
    links: Links | None = None,
) -> PlaybookInvestigator:
    """What investigates. Without a database it doesn't know what was before."""
    surroundings = Surroundings(addresses(settings), clients.alertmanager, database, system_clock)
    if links is not None:
        surroundings = replace(surroundings, own_runbook=links.runbook, page_url=links.incident)
    permanently = (
        Permanently(database, clients.prometheus, clients.control, system_clock) if database else None
    )
    return PlaybookInvestigator(
        playbooks, clients, surroundings, system_clock, diagnostic_observed, permanently
    )


async def diagnosis(settings: Settings, alert_name: str, labels: Mapping[str, str]) -> Notice:
    """Run one playbook now, from this process.

    Raises:
        ConfigError: the playbooks have mistakes.
        BadInput: there is no such playbook, or a label that it asks by is missing.
    """
    playbooks = load_playbooks(settings)
    async with Http() as http:
        clients = far_sides(settings, http)
        return await diagnose(investigator(settings, clients, lambda: playbooks, None), alert_name, labels)


async def examined(settings: Settings, server: str, token: str | None, patience: float) -> list[Examined]:
    """The doctor's findings: every far side, the running server, and the round trip through Alertmanager."""
    async with Http() as http, AsyncExitStack() as closing:
        clients = far_sides(settings, http)
        running = RunningServer(http, server, token)
        slack = await _slack_examiner(settings, closing)
        parts = [*doctor.far_sides(clients), ("Slack", "slack.bot_token and slack.channel", slack)]
        api = pager.api_of(settings.pagerduty, http)
        parts.append(("PagerDuty", "pagerduty", doctor.pages(clients, settings.pagerduty, api)))
        parts.append(("responder", "--server", running.ready))
        found = list(await asyncio.gather(*(doctor.examined(*part) for part in parts)))
        if clients.alertmanager and found[-1].verdict is doctor.Verdict.FINE:
            found.append(await doctor.round_trip(clients.alertmanager, running, system_clock, patience))
            lost_after = timedelta(minutes=settings.watchdog.lost_after_minutes)
            found.append(await doctor.watchdog(running, system_clock, clients.alertmanager, lost_after))
        return found


async def _slack_examiner(settings: Settings, closing: AsyncExitStack) -> doctor.Examine | None:
    if not settings.slack.bot_token:
        return None
    token, channels = settings.slack.bot_token.get_secret_value(), settings.slack.all_channels
    client = await closing.enter_async_context(SlackClient(token, settings.slack.api_url))

    async def speaks() -> str:
        me = await client.identity()
        for channel in channels:
            await client.find(channel, EVENT_TYPE, "doctor", oldest=system_clock())
        return f"is {me.name} and can read {', '.join(channels)}"

    return speaks


def configured(read_settings: Callable[[], Settings]) -> Configuration:
    """Settings and playbooks, ready to be reloaded.

    Raises:
        ConfigError: with every mistake in the settings, or in the playbooks.
    """
    return Configuration(read_settings, load_playbooks, system_clock, general_part)


def serve_forever(read_settings: Callable[[], Settings]) -> None:
    """Run the server until it is told to stop. SIGHUP reloads what can change while it runs.

    Raises:
        ConfigError: settings or playbooks have mistakes.
        Unusable: the address is taken, or the database can't be used as it is.
    """
    keep_heaps_small()
    configuration = configured(read_settings)
    log.configure(for_good=True)
    run_until_stopped(_serve(configuration))


async def _serve(configuration: Configuration) -> None:
    settings = configuration.started_with
    async with AsyncExitStack() as closing:
        reload_on_hangup(configuration)
        http = await closing.enter_async_context(Http())
        notifiers: list[Notifier] = [console_notifier()]
        client = None
        if settings.slack.bot_token:
            token = settings.slack.bot_token.get_secret_value()
            client = await closing.enter_async_context(SlackClient(token, settings.slack.api_url))
            # Before the log: the first one's orders are handed out first, and here people wait.
            notifiers.insert(0, _slack_notifier(settings.slack, client))
        in_vain = asyncio.Event()
        app = web_app(configuration, http, notifiers, client, give_up=in_vain.set)
        await listen(settings.server, app, in_vain)


def web_app(
    configuration: Configuration,
    http: Http,
    notifiers: Sequence[Notifier],
    slack: SlackClient | None = None,
    *,
    give_up: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The web application with the engine in it; without a client nothing comes in from Slack.

    `give_up` is called where the engine can't be started.
    """
    settings, playbooks = configuration.started_with, configuration.playbooks
    clients = far_sides(settings, http)
    database = Database(settings.database.url)
    links = Links(settings.server.public_url or "", _link_key(settings), system_clock)
    explains = investigator(settings, clients, playbooks, database, links)
    paging = pager.pagers(settings.pagerduty, http, database, clients.alertmanager, system_clock)
    ports = Ports(
        investigator=explains,
        remeasurer=explains,
        assessor=MeasureAssessor(playbooks, clients, system_clock),
        notifiers=(*paging, *notifiers),
        source=AlertmanagerSource(clients.alertmanager) if clients.alertmanager else None,
        page_url=links.incident,
        list_url=links.incidents,
        playbooks=playbooks,
        fixes=fix_parts(configuration, clients, http),
        mutes=Muting(clients.alertmanager, system_clock) if clients.alertmanager else None,
        annotator=annotator(settings, http),
        commands=command_parts(explains, clients, _prometheus(settings, http), slack) if slack else None,
    )
    engine = Engine(
        database,
        ports,
        _config(settings, database),
    )
    access = Access(Live(lambda: _api_tokens(configuration)), settings.server.loopback)
    more = (
        pages.router(engine.reading, access, links),
        runbook_pages.router(
            lambda: runbook_of(playbooks(), configuration.in_use.general),
            engine.reading,
            access,
            links,
            _around(settings),
        ),
        diagnoses.router(partial(diagnose, explains), access),
        configuration_routes.router(configuration, engine.reading, access),
        slackbot.router(slack_parts(configuration, engine, slack, _prometheus(settings, http))),
        pagerduty.router(
            PagerDutyWebhook(
                pager.hearing(engine.desk), lambda: _webhook_secrets(configuration), system_clock
            )
        ),
        operating.router((resource_dir("docs") / "operating.md").read_text(encoding="utf-8"), access),
    )
    tokens = Live(lambda: _webhook_tokens(configuration))
    web = WebConfig(webhook_tokens=tokens, access=access, max_body=settings.server.max_body, give_up=give_up)
    return create_app(engine, web, more)


def _slack_notifier(slack: Slack, client: SlackClient) -> SlackNotifier:
    voice = slack_render.Voice(pressable=slack.hears, mentions=slack.mention_rules, charted=slack.charts)
    return SlackNotifier(client, voice, slack.channel, slack.channel_rules)


def _around(settings: Settings) -> Around:
    return Around(
        prometheus_url=for_people(settings.prometheus.url),
        grafana_url=for_people(settings.grafana.url or ""),
    )


def console_notifier() -> Notifier:
    """A full report for a person at a terminal, a line of the log for everybody else."""
    if sys.stdout.isatty():
        # Loaded only where there is a terminal: see ADORNMENTS of the command line.
        from rich.console import Console  # noqa: PLC0415

        from responder.notify.terminal import TerminalVoice  # noqa: PLC0415
        from responder.render.terminal import report_view  # noqa: PLC0415

        return ConsoleNotifier(TerminalVoice(Console(), report_view, lock_screen, storm_line, loss_line))
    return ConsoleNotifier(LogVoice(log.get_logger(), lock_screen, storm_line, loss_line))


def _config(settings: Settings, database: Database) -> Config:
    return Config(
        executor=_executor(settings, database),
        audit_file=settings.audit.file,
        storm=settings.storm.incidents,
        told_apart_by=chosen_by(settings.slack.channel_rules),
        keep=_keep(settings.retention),
        watchdog=WatchdogRule(
            settings.watchdog.expected, timedelta(minutes=settings.watchdog.lost_after_minutes)
        ),
    )


def _keep(kept: Retention) -> Keep:
    return Keep(
        incidents=timedelta(days=kept.incidents_days),
        notifications=timedelta(days=kept.notifications_days),
        audit=timedelta(days=kept.audit_days),
        orders=timedelta(days=kept.orders_days),
    )


def _executor(settings: Settings, database: Database) -> str:
    """The stable name of this replica. An SQLite file has one."""
    return "responder" if database.sqlite else settings.server.replica or socket.gethostname()


def _link_key(settings: Settings) -> bytes:
    """Without a configured key links work until the next start."""
    key = revealed(settings.server.link_key)
    return key.encode() if key else secrets.token_bytes(32)


def _api_tokens(configuration: Configuration) -> tuple[Token, ...]:
    return tuple(_token(token) for token in configuration.in_use.settings.server.tokens)


def _webhook_tokens(configuration: Configuration) -> tuple[str, ...]:
    tokens = configuration.in_use.settings.alertmanager.webhook_tokens
    return tuple(token.get_secret_value() for token in tokens)


def _webhook_secrets(configuration: Configuration) -> tuple[str, ...]:
    secrets = configuration.in_use.settings.pagerduty.webhook_secrets
    return tuple(secret.get_secret_value() for secret in secrets)


def _token(token: ApiToken) -> Token:
    return Token(token.name, token.token.get_secret_value(), token.may)
