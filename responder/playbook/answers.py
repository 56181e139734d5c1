"""What an investigation found out, before it is explained."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from responder.domain.report import Finding, Reading, Row, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Every answer that an investigation of one incident got, or the reason why not."""

    findings: tuple[Finding, ...]
    """One a diagnostic, in the playbook's order."""
    readings: Mapping[Subject, Reading] = field(default_factory=dict)
    """The measure of each alert."""
    evidence: Mapping[str, Finding] = field(default_factory=dict)
    """By the test's query as the playbook has it, `${…}` not filled in (`Playbook.evidence_queries`)."""
    made_at: datetime
    took: float = 0.0
    """Seconds."""
    complete: bool = True
    """False: some are still pending."""


class Found:
    """The answers, indexed: hundreds of alerts look into the same findings."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.now = answers.made_at
        self._by_id = {finding.diagnostic: finding for finding in answers.findings}
        self._rows: dict[int, _Rows] = {}

    def finding(self, diagnostic: str) -> Finding | None:
        """The answer to a diagnostic of the playbook."""
        return self._by_id.get(diagnostic)

    def evidence(self, query: str) -> Finding | None:
        """The answer to a test's query."""
        return self.answers.evidence.get(query)

    def rows(self, finding: Finding, subject: Subject) -> tuple[Row, ...]:
        """The rows about one alert, as `Finding.rows_of` has them."""
        rows = self._rows.get(id(finding))
        if rows is None:
            rows = self._rows[id(finding)] = _Rows(finding.rows)
        return rows.about(subject)


class _Rows:
    """Rows by what they are about; all rows of a finding are about the same few labels."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._by_subject: dict[Subject, list[Row]] = defaultdict(list)
        for row in rows:
            self._by_subject[row.subject].append(row)
        self._shapes = {tuple(name for name, _ in subject) for subject in self._by_subject}

    def about(self, subject: Subject) -> tuple[Row, ...]:
        parts = (tuple(pair for pair in subject if pair[0] in shape) for shape in self._shapes)
        return tuple(row for part in parts for row in self._by_subject.get(part, ()))
