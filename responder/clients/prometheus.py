"""Asks a Prometheus by its HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import quote, urlencode

import httpx
from pydantic import TypeAdapter

from responder.clients.http import MIB, Answer, Http, bearer, for_people
from responder.clients.prometheus_answers import (
    SERIES_LIMIT,
    SYSTEM,
    Course,
    Envelope,
    Samples,
    Target,
    courses_of,
    labels_of,
    samples_of,
    targets_of,
    values_of,
)
from responder.clients.prometheus_rules import LoadedGroup, groups_of
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable

LIMIT: Final = 16 * MIB
"""Bytes of an answer; 50,000 series with a few labels are about 8 MiB."""

_ENVELOPE: Final = TypeAdapter(Envelope)
_WORTH_RETRYING: Final = {
    "timeout": Reason.TIMEOUT,
    "canceled": Reason.TIMEOUT,
    "internal": Reason.SERVER_ERROR,
    "unavailable": Reason.OVERLOADED,
}


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One Prometheus, or what speaks its API.

    Args:
        http: shared by all clients.
        url: its address, with the prefix it is served under.
        token: a bearer token, if it wants one.
        links: its address for people, if that is another.
        patience: seconds that no question of it gets more than, whoever asks.
    """

    http: Http
    url: str
    token: str | None = None
    links: str | None = None
    series_limit: int = SERIES_LIMIT
    patience: float = math.inf

    async def query(self, query: str, *, at: datetime | None = None, within: float) -> Samples:
        """The value of a query at one moment (its own present without `at`); `within` is in seconds.

        Raises:
            Unreachable: no answer, or not in time, or overload.
            Refused: the query is wrong or too expensive, or this is no Prometheus.
        """
        form = {"query": query} | ({"time": _moment(at)} if at else {})
        return samples_of(await self._ask("query", form, within), self.series_limit)

    async def query_range(
        self, query: str, *, start: datetime, end: datetime, step: float, within: float
    ) -> Course:
        """The course of a query from `start` to `end`, a value every `step` seconds. Raises as `query`."""
        form = {"query": query, "start": _moment(start), "end": _moment(end), "step": f"{step:g}"}
        return courses_of(await self._ask("query_range", form, within), self.series_limit)

    async def targets(self, job: str, *, within: float) -> tuple[Target, ...]:
        """The active targets of a job, the unhealthy first. Raises as `query`."""
        answer = await self._get("/api/v1/targets?state=active", within)
        return targets_of(self._envelope(answer), job)

    async def labels(self, series: str, *, start: datetime, end: datetime, within: float) -> frozenset[str]:
        """The labels that the series of a selector had between two moments; none: there were no series.

        Raises as `query`.
        """
        asked = urlencode({"match[]": series, "start": _moment(start), "end": _moment(end)})
        return labels_of(self._envelope(await self._get(f"/api/v1/labels?{asked}", within)))

    async def label_values(
        self, label: str, selectors: Sequence[str], *, start: datetime, end: datetime, within: float
    ) -> tuple[str, ...]:
        """The values that a label had in the series of these selectors between two moments.

        Raises as `query`.
        """
        matched = [("match[]", selector) for selector in selectors]
        asked = urlencode([*matched, ("start", _moment(start)), ("end", _moment(end))])
        answer = await self._get(f"/api/v1/label/{quote(label, safe='')}/values?{asked}", within)
        return values_of(self._envelope(answer))

    async def version(self, *, within: float) -> str:
        """Its version. Raises as `query`."""
        data = self._envelope(await self._get("/api/v1/status/buildinfo", within)).data
        return str(data.get("version", "")) if isinstance(data, dict) else ""

    async def alerting_rules(self, *, within: float) -> tuple[LoadedGroup, ...]:
        """The groups of alerting rules that are loaded. Raises as `query`."""
        return groups_of(self._envelope(await self._get("/api/v1/rules?type=alert", within)).data)

    async def reload(self, *, within: float) -> None:
        """Have it read configuration and rules anew.

        Raises:
            Unreachable: no answer, or it doesn't accept them and goes on with what it had.
            Refused: UNSUPPORTED where it was started without `--web.enable-lifecycle`.
        """
        # Its `patience` is for questions; reading all rules and targets anew takes longer.
        answer = await self._send("POST", "/-/reload", within, {})
        if answer.status == httpx.codes.FORBIDDEN:
            raise Refused(SYSTEM, Reason.UNSUPPORTED, answer.excerpt)
        answer.checked()

    async def ready(self, *, within: float) -> None:
        """Raise as `query` if it isn't ready."""
        (await self._get("/-/ready", within)).checked()

    def graph_url(self, query: str, span: str = "1h") -> str:
        """Where a person sees the query's graph and can change it."""
        page = urlencode({"g0.expr": query, "g0.tab": "0", "g0.range_input": span})
        return f"{for_people(self.links or self.url).rstrip('/')}/graph?{page}"

    async def _ask(self, path: str, form: Mapping[str, str], within: float) -> Envelope:
        # It gives up as well when nobody listens any more.
        within = min(within, self.patience)
        data = {**form, "timeout": f"{max(1, round(within * 1000))}ms"}
        return self._envelope(await self._send("POST", f"/api/v1/{path}", within, data))

    async def _get(self, path: str, within: float) -> Answer:
        return await self._send("GET", path, min(within, self.patience), {})

    async def _send(
        self, method: Literal["GET", "POST"], path: str, within: float, data: Mapping[str, str]
    ) -> Answer:
        url = self.url.rstrip("/") + path
        headers = bearer(self.token)
        return await self.http.ask(
            SYSTEM, method, url, within=within, limit=LIMIT, headers=headers, data=data
        )

    def _envelope(self, answer: Answer) -> Envelope:
        if not answer.is_json:
            answer.checked()
        envelope = answer.read(_ENVELOPE) if answer.is_json or answer.good else None
        if envelope is None or envelope.status != "success":
            raise _failure(answer, envelope)
        return envelope


def _failure(answer: Answer, envelope: Envelope | None) -> AdapterError:
    """What it refused, in its own words; an error that came with the status 200 is one as well."""
    if envelope is None or not envelope.errorType:
        return answer.failure()
    if reason := _WORTH_RETRYING.get(envelope.errorType):
        return Unreachable(SYSTEM, reason, envelope.error)
    if answer.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return answer.failure(envelope.error)
    return Refused(SYSTEM, Reason.BAD_QUERY, envelope.error)


def _moment(at: datetime) -> str:
    return f"{at.timestamp():.3f}"
