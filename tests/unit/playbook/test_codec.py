"""A report as JSON and back is the same report, whatever is in it."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.domain.alert import Severity
from responder.domain.errors import Reason
from responder.domain.report import (
    AlertReport,
    CameBack,
    Change,
    Evidence,
    Finding,
    FixSuggestion,
    Lease,
    Link,
    Permanent,
    RankedCause,
    Ranking,
    Reading,
    Report,
    Row,
    SeenBefore,
    Silence,
)
from responder.domain.units import Unit
from responder.playbook.codec import report_from_json, report_to_json

T = TypeVar("T")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
number = st.floats(allow_nan=False)
scalar = st.none() | st.booleans() | text | number | st.integers(-5, 5).map(float)
moment = st.datetimes(timezones=st.just(UTC))
labels: st.SearchStrategy[Mapping[str, str]] = st.dictionaries(text, text, max_size=3)
subject = st.lists(st.tuples(text, text), max_size=2).map(tuple)


def some(of: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(of, max_size=2).map(tuple)


row = st.builds(Row, subject=subject, labels=labels, values=st.dictionaries(text, scalar, max_size=3))
finding = st.builds(
    Finding,
    diagnostic=text,
    title=text,
    kind=text,
    rows=some(row),
    unit=st.none() | st.sampled_from(Unit),
    reason=st.none() | st.sampled_from(Reason),
    warnings=some(text),
    took=number,
)
cause = st.builds(
    RankedCause, cause=text, title=text, score=number, evidence=some(st.builds(Evidence, statement=text))
)
reading = st.builds(
    Reading,
    value=st.none() | number,
    threshold=number,
    as_of=st.none() | moment,
    points=some(st.tuples(number, number)),
)
alert = st.builds(
    AlertReport,
    fingerprint=text,
    subject=subject,
    starts_at=moment,
    headline=text,
    reading=st.none() | reading,
    ranking=st.builds(Ranking, causes=some(cause)),
)
report = st.builds(
    Report,
    incident=text,
    alert_name=text,
    title=text,
    category=text,
    playbook=text,
    made_at=moment,
    took=number,
    alerts=some(alert),
    findings=some(finding),
    if_nothing=some(text),
    changes=some(st.builds(Change, at=st.none() | moment, text=text)),
    seen_before=st.none() | st.builds(SeenBefore, last_incident=text, last_closed_at=st.none() | moment),
    came_back=st.none()
    | st.builds(CameBack, title=text, incident=text, ended_at=moment, fires_since=moment, url=text),
    silences=some(st.builds(Silence, id=text, created_by=text, comment=text, ends_at=moment)),
    leases=some(st.builds(Lease, resource=text, value=scalar, before=scalar, expires_at=st.none() | moment)),
    permanent=some(
        st.builds(
            Permanent,
            target=text,
            about=text,
            present=scalar,
            unit=text,
            daily=some(number),
            percentile=st.none() | number,
            value=st.none() | number,
        )
    ),
    fixes=some(st.builds(FixSuggestion, fix=text, title=text)),
    links=some(st.builds(Link, title=text, url=text)),
    labels=labels,
    annotations=labels,
)


@settings(deadline=None, max_examples=60)
@given(report)
def test_nothing_is_lost_on_the_way(whole: Report) -> None:
    written = report_to_json(whole)
    json.loads(written, parse_constant=_no_constant)
    assert report_from_json(written) == whole


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


EMPTY = Report(
    incident="i",
    revision=1,
    alert_name="A",
    title="A",
    severity=Severity.INFO,
    category="",
    playbook="",
    made_at=datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC),
    took=0.0,
    complete=True,
    alerts=(),
)


def test_what_is_no_number_stays_none() -> None:
    odd = replace(EMPTY, took=math.nan)
    assert math.isnan(report_from_json(report_to_json(odd)).took)


def test_any_mapping_will_do() -> None:
    whole = replace(EMPTY, labels=MappingProxyType({"a": "b"}))
    assert report_from_json(report_to_json(whole)).labels == {"a": "b"}


@pytest.mark.parametrize("written", ["", "{}", "[]", "null", '{"incident": 5}'])
def test_what_is_no_report_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        report_from_json(written)
