"""The configuration: one YAML file, the environment over it, and every mistake at once.

Every key can also be given by environment (`slack.channel` is `RESPONDER_SLACK__CHANNEL`), every secret also
as a file (`slack.bot_token_file`). This is the only module that reads the environment.
"""

import ipaddress
import json
import os
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from responder.domain.access import May
from responder.domain.alert import Severity
from responder.domain.errors import ConfigError, Problem
from responder.domain.fix import FixMode
from responder.domain.watchdog import Expected
from responder.section import Seconds, Section, Url
from responder.slack_section import Slack
from responder.variables import PREFIX, no_json, to_blame
from responder.yamldoc import Document, did_you_mean, key_text, parse, read, validation_problems

CONFIG_VARIABLE: Final = "RESPONDER_CONFIG"
TOKEN_VARIABLE: Final = "RESPONDER_TOKEN"  # noqa: S105 - the name of a variable
OWN_VARIABLES: Final = frozenset({CONFIG_VARIABLE, TOKEN_VARIABLE, "RESPONDER_SERVER"})
"""Variables that are no settings: `RESPONDER_TOKEN` and `RESPONDER_SERVER` are for the client commands."""


class ApiToken(Section):
    """A token for the API, with a name for the audit log."""

    name: str
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    may: May = May.READ

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        if not self.token.get_secret_value().strip():
            raise ValueError("give a token or a token_file")
        return self


class Server(Section):
    """Where the responder listens, and who may ask it."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: Url | None = None
    max_body: int = Field(64 * 1024 * 1024, ge=1024)
    link_key: SecretStr | None = None
    link_key_file: Path | None = None
    replica: str = Field("", max_length=100)
    tokens: tuple[ApiToken, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class Database(Section):
    """SQLite or PostgreSQL, as an SQLAlchemy address."""

    url: str = "sqlite:///responder.db"

    @model_validator(mode="after")
    def _is_supported(self) -> Self:
        if not self.url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError('url must begin with "sqlite:///" or "postgresql+psycopg://"')
        try:
            _ = urlsplit(self.url).port
        except ValueError as error:  # its text would repeat the password
            raise ValueError(
                "url is no address: write postgresql+psycopg://user:password@host:port/name"
            ) from error
        return self


class Alertmanager(Section):
    """The Alertmanager whose notifications come in, and whose API is compared with."""

    url: Url = "http://127.0.0.1:9093"
    webhook_tokens: tuple[SecretStr, ...] = ()
    webhook_tokens_file: Path | None = None
    open_to_all: bool = False

    @model_validator(mode="after")
    def _no_token_is_empty(self) -> Self:
        if not all(token.get_secret_value().strip() for token in self.webhook_tokens):
            raise ValueError("a webhook token is empty: everybody could send with it")
        return self


class Prometheus(Section):
    """The Prometheus that is asked."""

    url: Url = "http://127.0.0.1:9090"
    token: SecretStr | None = None
    token_file: Path | None = None
    timeout: Seconds = 5


class Grafana(Section):
    """Where dashboards are linked to."""

    url: Url | None = None
    token: SecretStr | None = None
    token_file: Path | None = None


class Hypertool(Section):
    """The Hypertool that is watched: its control API, its metrics, its supervisor."""

    control_url: Url | None = None
    control_token: SecretStr | None = None
    control_token_file: Path | None = None
    metrics_url: Url | None = None
    supervisor_url: Url | None = None


def _mark(text: str) -> str:
    if not re.fullmatch(r"(metadata|tag)\..+|name|trace_name", text):
        raise ValueError(f'write metadata.KEY, tag.BEGINNING, name or trace_name, not "{text}"')
    return text


Mark = Annotated[str, Field(max_length=200), AfterValidator(_mark)]
"""Where Langfuse's traces say something: see `responder.clients.langfuse_marks`."""


class Langfuse(Section):
    """Where traces are linked to and, with credentials, read; and where they say who was at work."""

    host: Url | None = None
    public_key: str | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    persona: Mark = "metadata.persona"
    workflow: Mark = "metadata.workflow"
    stage: Mark = "metadata.stage"


class PagerDutyMode(StrEnum):
    """Enrich the page that Alertmanager opened, or open pages."""

    ENRICH = "enrich"
    PAGE = "page"


class PagerDuty(Section):
    """On with a routing key, or with an API token and the address of a user that notes are from."""

    mode: PagerDutyMode = PagerDutyMode.ENRICH
    routing_key: SecretStr | None = None
    routing_key_file: Path | None = None
    api_token: SecretStr | None = None
    api_token_file: Path | None = None
    from_email: str | None = None
    min_severity: Severity = Severity.CRITICAL
    webhook_secrets: tuple[SecretStr, ...] = ()
    webhook_secrets_file: Path | None = None
    events_url: Url = "https://events.pagerduty.com"
    api_url: Url = "https://api.pagerduty.com"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.api_token and not self.from_email:
            raise ValueError("api_token needs from_email: the address of the user that notes are from")
        if self.mode is PagerDutyMode.PAGE and not self.routing_key:
            raise ValueError("mode page needs a routing_key (or routing_key_file) to open pages with")
        if not all(secret.get_secret_value().strip() for secret in self.webhook_secrets):
            raise ValueError("a webhook secret is empty: everybody could send with it")
        return self


class Playbooks(Section):
    """The folder of playbooks; without it those the product carries."""

    path: Path | None = None


class Ceilings(Section):
    """The highest values that a fix may set, by the last part of the knob's path; else the knob's own."""

    budget: float | None = Field(None, ge=0)
    cooldown: float | None = Field(None, ge=0)
    context: float | None = Field(None, ge=0)


class FixLimits(Section):
    """Bounds of all fixes together."""

    in_force: int = Field(3, ge=1, le=100)
    cooldown_minutes: float = Field(30, ge=0, le=24 * 60)
    approval_minutes: float = Field(60, ge=1, le=24 * 60)
    ceilings: Ceilings = Ceilings()


class Commands(Section):
    """Programs with their arguments, run without a shell, by the action that they are for."""

    restart: tuple[str, ...] = ()


class Fixes(Section):
    """How far quick fixes go, and which commands they may run."""

    mode: FixMode = FixMode.SUGGEST
    auto: tuple[str, ...] = ()
    commands: Commands = Commands()
    limits: FixLimits = FixLimits()


class Audit(Section):
    """Where the audit log is written besides the database."""

    file: Path | None = None


class Storm(Section):
    """More incidents than so many, opened within five minutes, are a storm: one summary, and no fix."""

    incidents: int = Field(20, ge=1)


class Watchdog(Section):
    """When people are told that the watchdog alert stopped coming."""

    expected: Expected = Expected.ONCE_HEARD
    lost_after_minutes: float = Field(10, ge=1, le=24 * 60)


class Retention(Section):
    """So many days what is over is kept."""

    incidents_days: int = Field(90, ge=7)
    notifications_days: int = Field(30, ge=1)
    audit_days: int = Field(400, ge=30)
    orders_days: int = Field(2, ge=2)


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    server: Server = Server()
    database: Database = Database()
    alertmanager: Alertmanager = Alertmanager()
    prometheus: Prometheus = Prometheus()
    grafana: Grafana = Grafana()
    runbook_url: Url | None = None
    hypertool: Hypertool = Hypertool()
    langfuse: Langfuse = Langfuse()
    slack: Slack = Slack()
    pagerduty: PagerDuty = PagerDuty()
    playbooks: Playbooks = Playbooks()
    catalogues: tuple[Path, ...] = ()
    """Files of metrics that `responder check` knows besides those that come along."""
    fixes: Fixes = Fixes()
    audit: Audit = Audit()
    storm: Storm = Storm()
    watchdog: Watchdog = Watchdog()
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _is_not_open_to_all(self) -> Self:
        alertmanager = self.alertmanager
        if not (self.server.loopback or alertmanager.webhook_tokens or alertmanager.open_to_all):
            raise ValueError(
                f"server.host {self.server.host} can be reached from other machines: set "
                "alertmanager.webhook_tokens (or webhook_tokens_file), and server.tokens for API and pages; "
                "or say alertmanager.open_to_all: true, and everybody there may send alerts"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; there are no other sources.

        `RESPONDER_SERVER` is an address for client commands, not the section that has its name.
        """
        if isinstance(env_settings, EnvSettingsSource):
            own = {name.lower() for name in OWN_VARIABLES}
            kept = {name: value for name, value in env_settings.env_vars.items() if name.lower() not in own}
            env_settings.env_vars = kept
        return (env_settings, init_settings)


def load_settings(path: Path | None = None) -> Settings:
    """Read the file (else the one that `RESPONDER_CONFIG` names, else none), then the environment.

    Raises:
        ConfigError: with every mistake, where it stands and what to do.
    """
    document = configuration(path)
    problems = [*document.problems, *_unknown_variables()]
    if document.value is not None and not isinstance(document.value, dict):
        problems.append(document.problem((), "the configuration must be keys and values"))
    if problems:
        raise ConfigError(sorted(problems))
    try:
        # A section whose keys are all commented out is empty, not a mistake.
        return Settings(**{key: value for key, value in (document.value or {}).items() if value is not None})
    except ValidationError as error:
        raise ConfigError(sorted(placed(document, validation_problems(document, error, Settings)))) from error
    except SettingsError as error:
        raise ConfigError([_no_json(error)]) from error


def configuration(path: Path | None = None) -> Document:
    """The configuration's file, as `load_settings` takes it; empty if there is none.

    Raises:
        ConfigError: it can't be read.
    """
    named = path or _from_environment(CONFIG_VARIABLE)
    return _document(Path(named)) if named else parse("", "configuration")


def _document(path: Path) -> Document:
    try:
        return read(path)
    except OSError as error:
        message = f"can't be read: {error.strerror}; name the file with --config or {CONFIG_VARIABLE}"
        raise ConfigError([Problem(str(path), 0, "", message)]) from error


def _unknown_variables() -> Iterator[Problem]:
    """Variables with our prefix that name no section; within a section the model itself finds them."""
    sections = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for variable in sorted(os.environ):  # noqa: TID251 - the one place
        if variable.startswith(PREFIX) and variable not in OWN_VARIABLES:
            section = variable.split("__", 1)[0]
            if section not in sections:
                yield Problem("environment", 0, variable, "no such setting" + did_you_mean(section, sections))


def placed(document: Document, problems: Iterable[Problem]) -> Iterator[Problem]:
    """What is said of settings, put where each value came from: the file or the environment."""
    variables, filed = _variables(), {key_text(path) for path in document.lines}
    for problem in problems:
        key, message = problem.key, problem.message
        blamed = to_blame(variables, key, message, filed=key in filed)
        if blamed is None:
            yield problem
        else:
            more = f"{blamed.key}: {message}" if blamed.key else message
            yield Problem("environment", 0, blamed.variables, more, problem.rule)


def _no_json(error: SettingsError) -> Problem:
    """A variable that can't be taken apart."""
    cause = error.__cause__
    variable = no_json(_variables(), cause.doc) if isinstance(cause, json.JSONDecodeError) else ""
    said = 'write it as JSON: a list as ["x", "y"], a section as {"key": "value"}'
    return Problem("environment", 0, variable, said if variable else str(error))


def _variables() -> dict[str, str]:
    """Those that are settings, with their values."""
    every = os.environ.items()  # noqa: TID251 - the one place
    return {
        name: value
        for name, value in every
        if name.upper().startswith(PREFIX) and name.upper() not in OWN_VARIABLES
    }


def _from_environment(variable: str) -> str | None:
    return os.environ.get(variable)  # noqa: TID251 - the one place


def client_token() -> str | None:
    """The token that client commands send."""
    return _from_environment(TOKEN_VARIABLE)


def client_server() -> str | None:
    """The server that client commands ask."""
    return _from_environment("RESPONDER_SERVER")
