"""The kind `http`: our own probe of a configured endpoint, by its name."""

import asyncio
from typing import ClassVar, Final, Literal, Self

from prometheus_client.parser import text_string_to_metric_families

from responder.clients.http import Answer, Http, for_people
from responder.diagnose.clients import Clients, Endpoint, configured
from responder.diagnose.failure import Failure, failure_of
from responder.diagnose.kind import Question, finding
from responder.domain.errors import AdapterError, Reason, Refused
from responder.domain.report import WHOLE, Finding, Row, Scalar
from responder.playbook.diagnostic import Diagnostic, Slug


class HttpSpec(Diagnostic):
    """`endpoint` is a name (metrics, control, supervisor, langfuse, …), never an address.

    `failure` is a word for `error`: see `responder.diagnose.failure`.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"reachable", "status", "content_type", "is_metrics", "failure", "error", "took"}
    )

    kind: Literal["http"]
    endpoint: Slug
    """The configured endpoint's name: metrics, control, supervisor, langfuse."""


OURS: Final = "hypertool_"
"""What the names of the metrics begin with that Hypertool exports."""
_SETTINGS: Final = {
    "metrics": "hypertool.metrics_url",
    "control": "hypertool.control_url",
    "supervisor": "hypertool.supervisor_url",
    "langfuse": "langfuse.host",
}
_ACCEPT: Final = {"accept": "text/plain;version=0.0.4, */*;q=0.1"}


class HttpKind:
    """That nobody answers is the answer, not a failure of the diagnostic."""

    spec: ClassVar = HttpSpec

    def __init__(self, clients: Clients) -> None:
        self._http = clients.http
        self._endpoints = clients.endpoints

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients)

    async def ask(self, spec: HttpSpec, question: Question) -> Finding:
        setting = _SETTINGS.get(spec.endpoint, f"an address for the endpoint {spec.endpoint}")
        endpoint = configured(self._endpoints.get(spec.endpoint), "Probe", setting)
        http = configured(self._http, "Probe", setting)
        row = Row(
            subject=WHOLE,
            labels={"endpoint": spec.endpoint},
            values=await _probe(http, endpoint, question.within),
        )
        return finding(spec, (row,), query=f"curl -sS {for_people(endpoint.url)}")


async def _probe(http: Http, endpoint: Endpoint, within: float) -> dict[str, Scalar]:
    clock = asyncio.get_running_loop().time
    started = clock()
    headers = {**_ACCEPT, **endpoint.headers}
    try:
        answer = await http.ask("Probe", "GET", endpoint.url, within=within, headers=headers)
    except AdapterError as error:
        if error.reason is Reason.NOT_CONFIGURED:
            raise
        values = _unanswered(error)
    else:
        values = await _answered(answer)
    return {**values, "took": clock() - started}


def _unanswered(error: AdapterError) -> dict[str, Scalar]:
    """Something that is there but speaks no HTTP was reached all the same."""
    there = isinstance(error, Refused) and error.reason in {Reason.BAD_ANSWER, Reason.TOO_LARGE}
    said = error.detail or error.reason.replace("_", " ")
    return {
        "reachable": there,
        "status": None,
        "content_type": None,
        "is_metrics": False if there and error.reason is Reason.BAD_ANSWER else None,
        "failure": failure_of(said),
        "error": said,
    }


async def _answered(answer: Answer) -> dict[str, Scalar]:
    # A page of some megabytes takes the parser a while.
    is_metrics = answer.good and await asyncio.to_thread(_has_our_metrics, answer.body)
    return {
        "reachable": True,
        "status": float(answer.status),
        "content_type": answer.content_type,
        "is_metrics": is_metrics,
        "failure": Failure.NONE if answer.good else Failure.STATUS,
        "error": None if answer.good else answer.failure().detail,
    }


def _has_our_metrics(body: bytes) -> bool:
    """Whether it is Prometheus's text format with a metric of Hypertool's."""
    try:
        families = text_string_to_metric_families(body.decode())
        return any(family.name.startswith(OURS) for family in families)
    except (ValueError, KeyError, IndexError):  # what the parser raises for a text of another kind
        return False


KIND: Final = HttpKind
