"""What a question is before it is answered, and after it failed."""

from dataclasses import replace

from responder.domain.errors import AdapterError
from responder.domain.report import Finding, FindingState
from responder.playbook.diagnostic import Diagnostic


def pending(spec: Diagnostic) -> Finding:
    """Nobody has answered it yet."""
    return Finding(
        diagnostic=spec.id, title=spec.title, kind=spec.kind, unit=spec.unit, state=FindingState.PENDING
    )


def failed(finding: Finding, error: AdapterError) -> Finding:
    """It failed, and why."""
    detail = error.detail or error.reason.replace("_", " ")
    return replace(finding, state=FindingState.FAILED, reason=error.reason, detail=detail)
