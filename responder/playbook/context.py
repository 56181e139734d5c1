"""What an explanation needs to know besides the answers: where people look, and what was before."""

from dataclasses import dataclass

from responder.domain.report import CameBack, Permanent, SeenBefore, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Addresses are without a slash at the end, empty where nothing is configured."""

    grafana_url: str = ""
    prometheus_url: str = ""
    alertmanager_url: str = ""
    langfuse_host: str = ""
    runbook_url: str = ""
    seen_before: SeenBefore | None = None
    came_back: CameBack | None = None
    silences: tuple[Silence, ...] = ()
    permanent: tuple[Permanent, ...] = ()
