"""The metrics that exist, with their labels. A test compares it with the metrics kit."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SCRAPED: Final = frozenset({"instance", "job"})
"""Labels that Prometheus adds to everything it scrapes."""

_SWITCH: Final = frozenset({"from_persona", "to_persona", "chatmode"})
_STAY: Final = frozenset({"persona", "chatmode"})
_STAGE: Final = frozenset({"workflow", "stage", "persona"})
_ALERT: Final = frozenset(
    {"alertname", "alertstate", "severity", "component", "category", "persona", "workflow", "stage"}
)
_NONE: Final[frozenset[str]] = frozenset()


def _histogram(name: str, labels: frozenset[str]) -> dict[str, frozenset[str]]:
    return {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}


HYPERTOOL: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "hypertool_persona_switches_total": _SWITCH,
        **_histogram("hypertool_persona_duration_seconds", _STAY),
        "hypertool_persona_tokens_used_total": frozenset({"persona", "chatmode", "model"}),
        "hypertool_persona_token_budget_remaining": frozenset({"persona"}),
        **_histogram("hypertool_workflow_stage_duration_seconds", _STAGE),
        "hypertool_workflow_quality_gate_total": frozenset({"workflow", "stage", "result"}),
        "langfuse_trace_created_total": frozenset({"persona"}),
    }
)
"""What Hypertool exports, by the name that a query uses."""

OPTIONAL: Final = frozenset({("langfuse_trace_created_total", "persona")})
"""Labels that a deployed Hypertool may not have: nothing may depend on them."""

BESIDES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "up": _NONE,
        "scrape_duration_seconds": _NONE,
        "scrape_samples_scraped": _NONE,
        "ALERTS": _ALERT,
        "ALERTS_FOR_STATE": _ALERT - {"alertstate"},
        "process_start_time_seconds": _NONE,
        "process_resident_memory_bytes": _NONE,
        "process_virtual_memory_bytes": _NONE,
        "process_cpu_seconds_total": _NONE,
        "process_open_fds": _NONE,
        "process_max_fds": _NONE,
    }
)
"""What Prometheus and the client libraries add."""

METRICS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {name: labels | SCRAPED for name, labels in {**HYPERTOOL, **BESIDES}.items()}
)
"""Every metric by name, with all its labels."""

SPELLINGS: Final = (("pass", "passed"), ("fail", "failed"))
"""How collectors write a gate's result: by design, and as deployed. A query matches both or neither."""
