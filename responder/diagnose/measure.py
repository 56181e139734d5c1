"""Reads a playbook's measure for each alert: how bad it is now, and where it is going."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from responder.diagnose.ask import POINTS, Part, Told
from responder.diagnose.trend import trend_of
from responder.domain.errors import AdapterError
from responder.domain.report import Reading, Subject, Trend
from responder.playbook.model import Measure

NO_DATA: Final = "no data"
"""Why a reading has no value where Prometheus answered, but not about its subject."""


def readings(
    measure: Measure,
    subjects: Sequence[Subject],
    present: Told | AdapterError,
    course: Told | AdapterError | None,
) -> Mapping[Subject, Reading]:
    """A reading for every subject; one that wasn't measured says why.

    `course` is None while it is still being asked; a reading can do without.
    """
    if isinstance(present, AdapterError):
        return {subject: _unread(measure, present.detail or str(present)) for subject in subjects}
    values = _worst(measure, present)
    courses = _worst(measure, course) if isinstance(course, Told) else {}
    return {
        subject: _reading(measure, present, _of(values, subject), _of(courses, subject))
        for subject in subjects
    }


def _reading(measure: Measure, present: Told, part: Part | None, course: Part | None) -> Reading:
    if part is None:
        return _unread(measure, "its value is no number" if present.odd else NO_DATA)
    points = course.points[-POINTS:] if course else ()
    return Reading(
        value=part.value,
        unit=measure.unit,
        threshold=measure.threshold,
        direction=measure.direction,
        as_of=datetime.fromtimestamp(part.points[-1][0], tz=UTC),
        trend=trend_of([value for _, value in points], measure.threshold),
        points=points,
    )


def _unread(measure: Measure, reason: str) -> Reading:
    return Reading(
        value=None,
        unit=measure.unit,
        threshold=measure.threshold,
        direction=measure.direction,
        as_of=None,
        trend=Trend.UNKNOWN,
        reason=reason,
    )


def _worst(measure: Measure, told: Told) -> Mapping[Subject, Part]:
    """Where several series are about one subject, the one that is worst off."""
    best_first = sorted(told.parts, key=lambda part: measure.beyond(part.value))
    return {part.subject: part for part in best_first}


def _of(found: Mapping[Subject, Part], subject: Subject) -> Part | None:
    """What was found about a subject: all of a query's answers are about the same of its labels."""
    names = {name for name, _ in next(iter(found), ())}
    return found.get(tuple(pair for pair in subject if pair[0] in names))
