"""The past of a case: its series, as Prometheus is to have them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import promql_parser as ast

from responder.knowledge.playbook_tests.model import Case, SeriesOfTest, Suite
from responder.knowledge.playbook_tests.values import NotValuesError, Sample, samples
from responder.playbook.promql import PromqlError, matchers_of, parsed

DEFAULT: Final = "1m"


@dataclass(frozen=True, slots=True)
class Past:
    """One series in OpenMetrics' words, and its samples."""

    name: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a series can't be had, and under which of its keys that stands."""

    key: str
    message: str


def past_of(suite: Suite, case: Case) -> tuple[Past, ...]:
    """The series of a case that is sound: its own, and those of the file that it has not itself.

    One that is only a gap is not there: so a case takes away a series of the file's.
    """
    found = (named(series, suite.interval) for series in (*suite.series, *case.series))
    by_name = {past.name: past for past in found if isinstance(past, Past)}
    return tuple(past for past in by_name.values() if past.samples)


def named(series: SeriesOfTest, interval: str | None) -> Past | Bad:
    """One series with its samples, or what is wrong with it."""
    name = _name(series.series)
    if isinstance(name, Bad):
        return name
    try:
        found = samples(series.values, series.interval or interval or DEFAULT)
    except NotValuesError as error:
        return Bad("values", str(error))
    return Past(name, found)


def _name(text: str) -> str | Bad:
    try:
        selector = parsed(text)
    except PromqlError as error:
        return Bad("series", str(error))
    if not isinstance(selector, ast.VectorSelector) or selector.offset or selector.at or not selector.name:
        return Bad("series", 'a series is a name and its labels: up{job="hypertool"}')
    matchers = matchers_of(selector)
    if any(matcher.op != ast.MatchOp.Equal for matcher in matchers):
        return Bad("series", 'a label has one value here: name="value"')
    if len({matcher.name for matcher in matchers}) < len(matchers):
        return Bad("series", "a label stands here twice")
    return openmetrics_name(selector.name, ((matcher.name, matcher.value) for matcher in matchers))


def openmetrics_name(metric: str, labels: Iterable[tuple[str, str]]) -> str:
    """Name and labels as OpenMetrics writes them, the same for the same labels."""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels) if value)
    return f"{metric}{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
