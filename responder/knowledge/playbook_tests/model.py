"""What a file of tests says about one playbook: `playbooks/tests/<alert>.yaml`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from responder.domain.report import Verdict
from responder.playbook.diagnostic import Line, Slug, Span, Strict
from responder.playbook.model import AlertName, LabelName, Plain, Text

NOT_MEASURED: Final = "not measured"
NO_DATA: Final = "no data"
NOTHING: Final = "none"
"""It was asked, and the answer is that there is none: no alert is active, nothing has changed."""

WITHIN: Final = "within"
"""Beside the fields that a row is expected to have: how far off a number may be."""

Labels = Mapping[LabelName, Annotated[str, Field(max_length=1000)]]


def _shape(value: object) -> str:
    """Which form of a value its author meant, so that only that one complains."""
    if isinstance(value, Mapping):
        return "mapping"
    if isinstance(value, list | tuple):
        return "list"
    return "word" if isinstance(value, str) else "plain"


class SeriesOfTest(Strict):
    """One series of the past, as promtool's tests write it."""

    series: Text
    """Name and labels, as a scrape would have stored them: up{job="hypertool"}."""
    values: Text
    """Values in promtool's notation; the first is that of the case's beginning."""
    interval: Span | None = None
    """Time between two values; else the file's."""


RowValue = Plain | None | Mapping[str, str]
AnswerRow = Mapping[Slug, RowValue]
"""A field of the kind with its value, a variable of the playbook with the alert's label, or `labels`."""

AnswerOfTest = Annotated[
    Annotated[str, Tag("word")]
    | Annotated[AnswerRow, Tag("mapping")]
    | Annotated[tuple[AnswerRow, ...], Tag("list")],
    Discriminator(
        _shape,
        custom_error_type="which_answer",
        custom_error_message="an answer is a row of fields, a list of rows, or a word such as timeout",
    ),
]
"""What a diagnostic is answered: a row, several, or why there is none."""


class Near(Strict):
    """A number, and how far from it is near enough."""

    value: float
    """The number."""
    within: Annotated[float, Field(ge=0)]
    """How far from it is near enough, in its own unit."""


MeasureWanted = Annotated[
    Annotated[float, Tag("plain")]
    | Annotated[Literal["not measured"], Tag("word")]
    | Annotated[Near, Tag("mapping")],
    Discriminator(_shape, custom_error_type="which_number", custom_error_message="this is one number"),
]

FindingWanted = Annotated[
    Annotated[str, Tag("word")]
    | Annotated[bool | int | float, Tag("plain")]
    | Annotated[Mapping[Slug, Plain | None], Tag("mapping")],
    Discriminator(_shape, custom_error_type="which_finding", custom_error_message="this is one row"),
]
"""The value of a row, several fields and labels of one row, "not measured", or "none"."""


class FixWanted(StrEnum):
    """What is said of a fix."""

    ANSWERS = "answers"
    """It answers a leading cause."""
    BUYS_TIME = "buys time"
    """It does not cure."""


class AboutAlert(Strict):
    """What is expected to be said about one alert."""

    headline: Line | None = None
    """Word for word."""
    measure: MeasureWanted | None = None
    """The measure's value, within 2 %; or {value, within}; or "not measured"."""
    findings: Mapping[Slug, FindingWanted] = {}
    """By diagnostic: its value within 2 %, {field or label: value, within: …}, "not measured" or "none"."""
    first: Slug | None = None
    """The cause that comes first; clearly, unless `tied` or `verdict` say otherwise."""
    tied: tuple[Slug, ...] = ()
    """All the causes that can't be told apart, in any order."""
    verdict: Verdict | None = None
    """clear, tied or untested; else it follows from `first` and `tied`."""
    order: tuple[Slug, ...] = ()
    """Causes that come in this order, others may stand between."""
    ruled_out: tuple[Slug, ...] = ()
    """Causes that something measured speaks against."""


class OneAlert(AboutAlert):
    """What is expected about one of several alerts."""

    alert: Labels
    """Labels that tell which one."""


class Expected(AboutAlert):
    """What is expected of the report; what is said of one alert is about the worst."""

    fixes: Mapping[Slug, FixWanted] = {}
    """By fix: "answers" a leading cause, or "buys time"."""
    checks: tuple[Slug, ...] = ()
    """Causes whose manual check the report names."""
    changes: tuple[Line, ...] = ()
    """Changes that the report names, word for word."""
    related: tuple[AlertName, ...] | None = None
    """Exactly the related alerts that are active."""
    each: tuple[OneAlert, ...] = ()
    """What is expected about alerts besides the worst."""


class Case(Strict):
    """One case: what is there, and what must come out."""

    name: Line
    """What it shows, in words; no other case of the file has this name."""
    alerts: tuple[Labels, ...] = ({},)
    """Labels of each firing alert, without alertname and severity."""
    at: Span | None = None
    """When it is asked, counted from the beginning of the series; else at the end of the longest."""
    series: tuple[SeriesOfTest, ...] = ()
    """Besides the file's own; one of the same name and labels takes that one's place."""
    answers: Mapping[Slug, AnswerOfTest] = {}
    """By diagnostic, besides the file's own; what has none and asks no Prometheus is not measured."""
    expect: Expected
    """What must come out; what isn't named may be anything."""


class Suite(Strict):
    """Tests of one playbook: what is there, and what must come out, case by case."""

    alert: AlertName
    """Whose playbook it is about."""
    interval: Span = "1m"
    """Time between two values of a series."""
    series: tuple[SeriesOfTest, ...] = ()
    """What is there in every case."""
    answers: Mapping[Slug, AnswerOfTest] = {}
    """What is answered in every case."""
    cases: tuple[Case, ...]
    """The cases, each with a past of its own."""
