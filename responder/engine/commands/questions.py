"""What is asked about one persona, and about one workflow. The words of the playbooks' diagnostics."""

from typing import Final

from responder.diagnose.control import ControlSpec
from responder.diagnose.promql import PromqlSpec
from responder.domain.units import Unit
from responder.playbook.diagnostic import Diagnostic

_USED: Final = "hypertool_persona_tokens_used_total"
_GATES: Final = "hypertool_workflow_quality_gate_total"
_STAGES: Final = "hypertool_workflow_stage_duration_seconds"
_OF_PERSONA: Final = '{persona=~"${persona}"}'
_OF_WORKFLOW: Final = '{workflow=~"${workflow}"}'


def _asked(name: str, title: str, query: str, unit: Unit, limit: int = 6) -> PromqlSpec:
    return PromqlSpec(id=name, kind="promql", title=title, query=query, unit=unit, limit=limit)


def _used(by: str, series: str) -> str:
    """Tokens of the last hour; a counter that was born within it counts with its whole value."""
    born = f"{series} unless last_over_time({series}[6h] offset 1h)"
    return f"sum by ({by}) (increase({series}[1h]) > 0 or ({born})) > 0"


def _mean(by: str, which: str) -> str:
    """Seconds that a stage took on average; a quantile would only name a bucket."""
    sums = f"sum by ({by}) (increase({_STAGES}_sum{which}[1h]))"
    return f"{sums} / (sum by ({by}) (increase({_STAGES}_count{which}[1h])) > 0)"


def _slow(by: str, which: str) -> str:
    """The share of stages that took longer than the alert allows."""
    matchers = which.removesuffix("}")
    within = f'sum by ({by}) (increase({_STAGES}_bucket{matchers}, le=~"300(\\\\.0)?"}}[1h]))'
    return f"1 - {within} / (sum by ({by}) (increase({_STAGES}_count{which}[1h])) > 0)"


def _failing(which: str) -> str:
    """The share of gates that failed; collectors write fail or failed."""
    matchers = which.removesuffix("}")
    every = f"sum by (workflow, stage) (increase({_GATES}{which}[1h]))"
    bad = f'sum by (workflow, stage) (increase({_GATES}{matchers}, result=~"fail(ed)?"}}[1h]))'
    return f"({bad} or 0 * {every}) / ({every} > 0)"


def _of_chatmode() -> str:
    """Tokens used in the chatmode that is named like a workflow."""
    used = _used("chatmode, persona, model", f'{_USED}{{chatmode=~"${{workflow}}"}}')
    return f'sum by (workflow, persona, model) (label_replace({used}, "workflow", "$1", "chatmode", "(.*)"))'


PERSONA: Final[tuple[Diagnostic, ...]] = (
    _asked(
        "left",
        "Tokens left of the budget",
        f"min by (persona) (hypertool_persona_token_budget_remaining{_OF_PERSONA})",
        Unit.TOKENS,
    ),
    ControlSpec(
        id="budget", kind="control", title="Budget", resource="personas/${persona}/budget", unit=Unit.TOKENS
    ),
    _asked(
        "rate",
        "Tokens used, last 10 minutes",
        f"60 * sum by (persona) (rate({_USED}{_OF_PERSONA}[10m]))",
        Unit.TOKENS_PER_MINUTE,
    ),
    _asked(
        "spend",
        "Tokens used by model and chatmode, last hour",
        _used("persona, model, chatmode", _USED + _OF_PERSONA),
        Unit.TOKENS,
    ),
    _asked(
        "stages",
        "Stages, mean time, last hour",
        _mean("persona, workflow, stage", _OF_PERSONA),
        Unit.SECONDS,
    ),
    _asked(
        "slow",
        "Stages that took over 5 min, last hour",
        _slow("persona, workflow, stage", _OF_PERSONA),
        Unit.RATIO,
        3,
    ),
)
"""Gates are not kept by persona."""

WORKFLOW: Final[tuple[Diagnostic, ...]] = (
    _asked("gates", "Gates failed, last hour", _failing(_OF_WORKFLOW), Unit.RATIO),
    _asked(
        "checked",
        "Gates checked, last hour",
        f"sum by (workflow, stage) (increase({_GATES}{_OF_WORKFLOW}[1h]))",
        Unit.COUNT,
    ),
    _asked(
        "stages",
        "Stages, mean time, last hour",
        _mean("workflow, stage, persona", _OF_WORKFLOW),
        Unit.SECONDS,
    ),
    _asked(
        "slow",
        "Stages that took over 5 min, last hour",
        _slow("workflow, stage", _OF_WORKFLOW),
        Unit.RATIO,
    ),
    _asked(
        "spend",
        "Tokens used in the chatmode of this name, last hour",
        _of_chatmode(),
        Unit.TOKENS,
    ),
)
"""Tokens are not kept by workflow, but chatmodes are named alike."""

QUESTIONS: Final = {"persona": PERSONA, "workflow": WORKFLOW}
