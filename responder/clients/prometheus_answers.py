"""What Prometheus answers, read into values of ours. Not-a-number and infinities come through as such."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from responder.clients.http import first_mistake
from responder.domain.errors import Reason, Refused

SERIES_LIMIT: Final = 10_000
"""Series of one answer that are read; what is beyond is counted."""

SYSTEM: Final = "Prometheus"

T = TypeVar("T")


class Envelope(BaseModel):
    """What every answer of the API is wrapped in; a failure has no data."""

    status: Literal["success", "error"]
    data: Any = None
    errorType: str = ""  # noqa: N815 - Prometheus's name
    error: str = ""
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.warnings, *self.infos)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One series' value at one moment (seconds since the epoch)."""

    labels: Mapping[str, str]
    value: float
    at: float

    @property
    def finite(self) -> bool:
        """Whether it is a number that anything can be said about."""
        return math.isfinite(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series' values over time: (seconds since the epoch, value), oldest first."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The answer to an instant query."""

    samples: tuple[Sample, ...]
    left_out: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The answer to a range query."""

    series: tuple[Series, ...]
    left_out: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that Prometheus scrapes; times in seconds, `scraped_at` None before the first scrape."""

    labels: Mapping[str, str]
    health: str
    error: str
    url: str
    scraped_at: float | None
    took: float


def samples_of(answer: Envelope, limit: int) -> Samples:
    """The answer to an instant query: a vector or a scalar; a string has no value.

    Raises:
        Refused: it is none of these.
    """
    data = _read(_DATA, answer.data)
    if data.resultType == "scalar":
        at, value = _read(_POINT, data.result)
        return Samples(samples=(Sample(labels={}, value=value, at=at),), warnings=answer.notes)
    items, left_out = _items(data, ("vector", "string"), limit)
    samples = tuple(
        Sample(labels=item.metric, value=item.value[1], at=item.value[0]) for item in items if item.value
    )
    return Samples(
        samples=samples, left_out=left_out, warnings=_notes(answer, hidden=len(items) - len(samples))
    )


def courses_of(answer: Envelope, limit: int) -> Course:
    """The answer to a range query: a matrix.

    Raises:
        Refused: it is none.
    """
    items, left_out = _items(_read(_DATA, answer.data), ("matrix",), limit)
    series = tuple(Series(labels=item.metric, points=tuple(item.values)) for item in items if item.values)
    return Course(series=series, left_out=left_out, warnings=_notes(answer, hidden=len(items) - len(series)))


def targets_of(answer: Envelope, job: str) -> tuple[Target, ...]:
    """The active targets of one job, the unhealthy first.

    Raises:
        Refused: the answer has another shape.
    """
    listed = _read(_TARGETS, answer.data).activeTargets
    ours = (_target(target) for target in listed if target.labels.get("job") == job)
    return tuple(sorted(ours, key=lambda target: (target.health == "up", target.url)))


def labels_of(answer: Envelope) -> frozenset[str]:
    """The names of labels.

    Raises:
        Refused: the answer has another shape.
    """
    names = _read(_NAMES, answer.data)
    return frozenset(names)


def values_of(answer: Envelope) -> tuple[str, ...]:
    """The values of a label, in order. Raises as `labels_of`."""
    values = _read(_NAMES, answer.data)
    return tuple(sorted(values))


class _Data(BaseModel):
    resultType: Literal["vector", "matrix", "scalar", "string"]  # noqa: N815 - Prometheus's name
    result: list[Any]


class _Item(BaseModel):
    """A series of a vector (value) or a matrix (values); a native histogram has neither."""

    metric: dict[str, str]
    value: tuple[float, float] | None = None
    values: list[tuple[float, float]] | None = None


class _Target(BaseModel):
    labels: dict[str, str]
    health: str
    lastError: str = ""  # noqa: N815 - Prometheus's name
    scrapeUrl: str = ""  # noqa: N815 - Prometheus's name
    lastScrape: AwareDatetime | None = None  # noqa: N815 - Prometheus's name
    lastScrapeDuration: float = 0.0  # noqa: N815 - Prometheus's name


class _Targets(BaseModel):
    activeTargets: list[_Target]  # noqa: N815 - Prometheus's name


_DATA: Final = TypeAdapter(_Data)
_ITEMS: Final = TypeAdapter(list[_Item])
_POINT: Final = TypeAdapter(tuple[float, float])
_NAMES: Final = TypeAdapter(list[str])
_TARGETS: Final = TypeAdapter(_Targets)


def _items(data: _Data, kinds: Sequence[str], limit: int) -> tuple[list[_Item], int]:
    """The series of an answer up to the limit, and how many are beyond."""
    if data.resultType not in kinds:
        raise Refused(SYSTEM, Reason.BAD_ANSWER, f"a {data.resultType} instead of a {kinds[0]}")
    listed = [] if data.resultType == "string" else data.result
    return _read(_ITEMS, listed[:limit]), max(0, len(listed) - limit)


def _notes(answer: Envelope, *, hidden: int) -> tuple[str, ...]:
    """Its warnings, and one of ours where it answered what we can't show."""
    return (*answer.notes, f"{hidden} native histograms left out") if hidden else answer.notes


def _target(target: _Target) -> Target:
    scraped = target.lastScrape
    return Target(
        labels=target.labels,
        health=target.health,
        error=target.lastError,
        url=target.scrapeUrl,
        # Go's zero time: not scraped yet.
        scraped_at=scraped.timestamp() if scraped and scraped.year > 1 else None,
        took=target.lastScrapeDuration,
    )


def _read(shape: TypeAdapter[T], value: object) -> T:
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        raise Refused(SYSTEM, Reason.BAD_ANSWER, first_mistake(error)) from error
