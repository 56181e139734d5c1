"""What Langfuse answers, as values: calls to a model with their tokens, costs and marks.

Both ways to list observations have the same names for most of it; what only one of them has is optional.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from pydantic import AliasChoices, AwareDatetime, BaseModel, Field, TypeAdapter

from responder.clients.langfuse_marks import Marks

NAME_LONGEST: Final = 200
"""Characters of a name that are kept."""

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a model.

    `tokens_in` and `tokens_out` are None where nothing was recorded; what was read from a cache (`cached`)
    is part of `tokens_in`. `cost` is in US dollars. `prompt` names a version of a managed prompt. `digest`
    stands for the input where it was asked for. `labels` are the values of the marks that it carries.
    """

    id: str
    trace: str
    project: str
    at: datetime
    name: str
    model: str
    labels: Mapping[str, str]
    tokens_in: float | None = None
    tokens_out: float | None = None
    cached: float | None = None
    cost: float | None = None
    prompt: str = ""
    digest: str = ""

    @property
    def tokens(self) -> float:
        """In and out together."""
        return (self.tokens_in or 0.0) + (self.tokens_out or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls of a span of time, the newest first; `complete` unless there were more than are read."""

    calls: tuple[Call, ...]
    complete: bool = True
    warnings: tuple[str, ...] = ()


class _Answer(BaseModel):
    """Langfuse adds keys from version to version: what isn't known is passed over."""


class _Usage(_Answer):
    input: Amount | None = None
    output: Amount | None = None


class Trace(_Answer):
    """What marks a trace."""

    id: Id
    trace_name: str | None = Field(None, alias="name")
    tags: tuple[str, ...] = ()
    metadata: object = None

    @property
    def name(self) -> str | None:
        """A trace's name is no observation's."""
        return None


class Observation(_Answer):
    """One observation, of either list; `input` is there where it was asked for."""

    id: Id
    trace_id: str | None = Field(None, alias="traceId")
    project_id: str | None = Field(None, alias="projectId")
    start_time: AwareDatetime = Field(alias="startTime")
    name: str | None = None
    model: str | None = Field(None, validation_alias=AliasChoices("model", "providedModelName"))
    trace_name: str | None = Field(None, alias="traceName")
    tags: tuple[str, ...] = ()
    metadata: object = None
    usage_details: Mapping[str, Amount | None] | None = Field(None, alias="usageDetails")
    usage: _Usage | None = None
    total_cost: Amount | None = Field(None, validation_alias=AliasChoices("totalCost", "calculatedTotalCost"))
    prompt_name: str | None = Field(None, alias="promptName")
    prompt_version: int | None = Field(None, alias="promptVersion")
    input: object = None

    def call(self, marks: Marks, trace: Trace | None = None) -> Call:
        """As a call; what it doesn't say itself its trace may."""
        labels = {
            name: mark.read(self) or (mark.read(trace) if trace else "") for name, mark in marks.items()
        }
        used = self._used()
        return Call(
            id=self.id,
            trace=self.trace_id or "",
            project=self.project_id or "",
            at=self.start_time,
            name=(self.name or "")[:NAME_LONGEST],
            model=(self.model or "")[:NAME_LONGEST],
            labels={name: value for name, value in labels.items() if value},
            tokens_in=_sum(used, "input"),
            tokens_out=_sum(used, "output"),
            cached=_cached(used),
            cost=self.total_cost,
            prompt=f"{self.prompt_name} {self.prompt_version}" if self.prompt_name else "",
            digest=digest_of(self.input),
        )

    def _used(self) -> Mapping[str, float]:
        found = self.usage_details or (self.usage.model_dump() if self.usage else {})
        return {name: count for name, count in found.items() if count is not None}


class _Meta(_Answer):
    """Where the list goes on: a cursor, or how many pages there are."""

    cursor: str | None = None
    total_pages: int = Field(1, alias="totalPages")


class ObservationPage(_Answer):
    """A page of a list of observations."""

    data: tuple[Observation, ...]
    meta: _Meta = _Meta(totalPages=1)


class TracePage(_Answer):
    """A page of a list of traces."""

    data: tuple[Trace, ...]
    meta: _Meta = _Meta(totalPages=1)


class _Project(_Answer):
    name: str


class Projects(_Answer):
    """Whose keys they are: always one project."""

    data: Annotated[tuple[_Project, ...], Field(min_length=1)]


OBSERVATIONS: Final = TypeAdapter(ObservationPage)
TRACES: Final = TypeAdapter(TracePage)
PROJECTS: Final = TypeAdapter(Projects)


def with_digests(calls: Iterable[Call], digests: Mapping[str, str]) -> tuple[Call, ...]:
    """The calls, those whose input was read with what stands for it."""
    return tuple(replace(call, digest=digests[call.id]) if call.id in digests else call for call in calls)


def digest_of(value: object) -> str:
    """What stands for an input; empty for none. The input itself is not kept."""
    if value in (None, "", [], {}):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _sum(used: Mapping[str, float], word: str) -> float | None:
    """All that is counted as input (or output), as Langfuse adds it up itself: input_cached_tokens too."""
    found = [count for name, count in used.items() if word in name.lower()]
    return sum(found) if found else None


def _cached(used: Mapping[str, float]) -> float | None:
    """What was read from a provider's cache; to write into one is no reading."""
    found = [
        count
        for name, count in used.items()
        if "cache" in name.lower() and not any(word in name.lower() for word in ("creat", "write", "output"))
    ]
    return sum(found) if found else None
