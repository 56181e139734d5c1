"""The far sides that kinds ask; what isn't configured is None."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.clients.langfuse import Langfuse
from responder.clients.prometheus_answers import Course, Samples, Target
from responder.domain.errors import Reason, Refused

Client = TypeVar("Client")


class Metrics(Protocol):
    """What is asked of Prometheus: see `responder.clients.prometheus.Prometheus`."""

    async def query(self, query: str, *, at: datetime | None = None, within: float) -> Samples: ...

    async def query_range(
        self, query: str, *, start: datetime, end: datetime, step: float, within: float
    ) -> Course: ...

    async def targets(self, job: str, *, within: float) -> tuple[Target, ...]: ...

    def graph_url(self, query: str, span: str = "1h") -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that may be probed by its name, with what it takes to be let in."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """What is configured; `endpoints` by the names that playbooks use."""

    prometheus: Metrics | None = None
    alertmanager: Alertmanager | None = None
    control: ControlApi | None = None
    supervisor: Supervisor | None = None
    langfuse: Langfuse | None = None
    http: Http | None = None
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)


def configured(client: Client | None, system: str, setting: str) -> Client:
    """The client, if there is one.

    Raises:
        Refused: nobody has configured it; says which setting would.
    """
    if client is None:
        raise Refused(system, Reason.NOT_CONFIGURED, f"set {setting}")
    return client
