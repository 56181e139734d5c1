"""What stands for a placeholder when a sentence is about one alert."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from responder.domain.report import Finding, FindingState, Reading, Row, Scalar, Subject
from responder.playbook.answers import Found
from responder.playbook.model import Measure, Playbook
from responder.playbook.texts import Measured, Placeholder, first_filled

RECENT: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Words:
    """Looks up the placeholders of sentences about one alert."""

    playbook: Playbook
    found: Found
    subject: Subject
    reading: Reading | None

    def __call__(self, placeholder: Placeholder) -> Measured | None:
        """The label, the measure's number or the finding that a placeholder names; None: not measured."""
        labels = dict(self.subject)
        if placeholder.name in labels:
            return Measured(labels[placeholder.name])
        if finding := self.found.finding(placeholder.name):
            return _of_finding(finding, self.found.rows(finding, self.subject), placeholder.field)
        return of_measure(self.playbook.measure, self.reading, placeholder.name)

    def headline(self) -> str:
        """What and how bad; the playbook's title where nothing is measured."""
        words = first_filled(self.playbook.headline, self)
        return words or " ".join([self.playbook.title, *(value for _, value in self.subject if value)])


def of_measure(measure: Measure, reading: Reading | None, name: str) -> Measured | None:
    """{threshold}, {value}, and {over}: how far the value is beyond the threshold."""
    if name == "threshold":
        return Measured(measure.threshold, measure.unit)
    value = measured_value(reading)
    if value is None:
        return None
    if name == "value":
        return Measured(measure.words(value) if measure.buckets else value, measure.unit)
    beyond = measure.beyond(value)
    return Measured(beyond, measure.unit) if name == "over" and beyond > 0 else None


def measured_value(reading: Reading | None) -> float | None:
    """The number of a reading, if there is one."""
    value = reading.value if reading else None
    return None if value is None or math.isnan(value) else value


def _of_finding(finding: Finding, rows: tuple[Row, ...], field: str | None) -> Measured | None:
    if finding.state is not FindingState.MEASURED or not rows:
        return None
    return of_row(rows[0], field or "value", finding)


def of_row(row: Row, name: str, finding: Finding) -> Measured | None:
    """A value or a label of one row."""
    both: Mapping[str, Scalar] = {**row.labels, **dict(row.subject), **row.values}
    return Measured(both[name], finding.unit) if both.get(name) is not None else None
