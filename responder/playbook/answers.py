"""What an investigation found out, before it is explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from responder.domain.report import Finding, Reading, Subject


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
