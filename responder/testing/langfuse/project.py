"""The stand-in's project: traces and observations, in memory and bounded."""

import itertools
import json
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from responder.testing.slack.faults import FaultBoard

PUBLIC_KEY: Final = "pk-lf-stand-in"
SECRET_KEY: Final = "sk-lf-stand-in"  # noqa: S105 - of the stand-in
PROJECT: Final = "stand-in"
KEPT: Final = 50_000
"""Observations, and traces; the oldest give way."""

Values = dict[str, Any]


class Edition(StrEnum):
    """Which lists of observations it has."""

    CLOUD = "cloud"
    """Both."""
    SELF_HOSTED = "self_hosted"
    """The older one only, as a server of version 3."""
    EVENTS_ONLY = "events_only"
    """The newer one only, as a server of version 4 that was told so."""


@dataclass
class Project:
    """One project and whatever shall go wrong with it.

    Args:
        edition: what is being stood in for.
        allowed: requests a minute, then 429; None: any number.
    """

    edition: Edition = Edition.CLOUD
    allowed: int | None = None
    public_key: str = PUBLIC_KEY
    secret_key: str = SECRET_KEY
    faults: FaultBoard = field(default_factory=FaultBoard)
    traces: dict[str, Values] = field(default_factory=dict)
    observations: dict[str, Values] = field(default_factory=dict)
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    """The paths that were asked for last, with their queries."""
    _ids: Iterator[int] = field(default_factory=itertools.count)
    _began: dict[str, datetime] = field(default_factory=dict)
    """When each observation began, read once."""
    _order: list[tuple[datetime, str]] = field(default_factory=list)
    """The same, the oldest first; empty where it is to be made anew."""

    def add_trace(self, body: Mapping[str, Any]) -> None:
        """Take in a trace as the ingestion API has it; a later one of the same id adds to it."""
        self.traces[body["id"]] = {**self.traces.get(body["id"], {}), **body}
        _bound(self.traces)

    def add_observation(self, body: Mapping[str, Any], kind: str = "GENERATION") -> None:
        """Take in an observation as the ingestion API has it; a later one of the same id adds to it."""
        known = self.observations.get(body["id"], {})
        self._began[body["id"]] = parsed(body["startTime"])
        self.observations[body["id"]] = {"type": kind, "projectId": PROJECT, **known, **body}
        _bound(self.observations)
        _bound(self._began)
        self._order.clear()

    def add_call(  # noqa: PLR0913 - a call's parts, by name
        self,
        *,
        at: datetime,
        persona: str = "",
        workflow: str = "",
        stage: str = "",
        tokens_in: int = 0,
        tokens_out: int = 0,
        prompt: object = None,
        **more: Any,  # noqa: ANN401 - JSON
    ) -> str:
        """A call with its trace, marked in the metadata; `more` are an observation's keys. Answers its id."""
        number = next(self._ids)
        marks = {"persona": persona, "workflow": workflow, "stage": stage}
        metadata = {name: value for name, value in marks.items() if value}
        body: Values = {
            "id": f"call-{number}",
            "traceId": f"trace-{number}",
            "name": "model call",
            "startTime": moment(at),
            "endTime": moment(at + timedelta(seconds=1)),
            "model": "gpt-4-turbo",
            "input": prompt,
            "metadata": metadata,
            "usageDetails": {"input": tokens_in, "output": tokens_out, "total": tokens_in + tokens_out},
            **more,
        }
        self.add_trace({"id": body["traceId"], "name": stage or "trace", "timestamp": moment(at)})
        self.add_observation(body)
        return f"call-{number}"

    def newest_first(self, start: datetime | None, end: datetime | None) -> list[Values]:
        """The observations that began from `start` to `end`, both included."""
        if not self._order:
            self._order = sorted((began, one) for one, began in self._began.items())
        first = bisect_left(self._order, start, key=_moment_of) if start else 0
        last = bisect_right(self._order, end, key=_moment_of) if end else len(self._order)
        return [self.observations[one] for _, one in reversed(self._order[first:last])]

    def trace_of(self, observation: Mapping[str, Any]) -> Values:
        """The trace of an observation; empty if nobody wrote one."""
        return self.traces.get(observation.get("traceId") or "", {})


def _moment_of(began: tuple[datetime, str]) -> datetime:
    return began[0]


def _bound(kept: dict[str, Any]) -> None:
    while len(kept) > KEPT:
        kept.pop(next(iter(kept)))


def moment(at: datetime) -> str:
    """As Langfuse writes a time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> datetime:
    """A time as anybody may write it, in UTC where it does not say.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def as_text(value: object) -> str | None:
    """Input and output as the newer list has them: text, whatever they were."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
