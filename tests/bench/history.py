"""Two days of an ordinary Hypertool for a real Prometheus to have in store: what the questions are about."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Final

DAYS: Final = 2
STEP: Final = timedelta(minutes=1)
PERSONAS: Final = (
    "backend-engineer",
    "frontend-engineer",
    "devops-engineer",
    "testing-specialist",
    "observability-expert",
    "data-scientist",
)
CHATMODES: Final = ("feature-implementation", "bug-fix", "package-release")
MODELS: Final = ("gpt-4-mini", "gpt-4-turbo", "gpt-4")
BUDGET: Final = 2000
TOKENS: Final = "hypertool_persona_tokens_used_total"
STAGES: Final = "hypertool_workflow_stage_duration_seconds_count"
REMAINING: Final = "hypertool_persona_token_budget_remaining"


def write_history(path: Path, until: datetime) -> Path:
    """An OpenMetrics file with a sample a minute until then."""
    count = int(timedelta(days=DAYS) / STEP)
    begin = until - count * STEP
    times = [(begin + number * STEP).timestamp() for number in range(count)]
    with path.open("w", encoding="utf-8") as file:
        for metric, kind, series in _families():
            file.write(f"# TYPE {metric} {kind}\n")
            for labels, first, slope in series:
                named = _written(labels)
                file.writelines(
                    f"{metric}{named} {first + slope * number:g} {at:.3f}\n"
                    for number, at in enumerate(times)
                )
        file.write("# EOF\n")
    return path


Series = tuple[Mapping[str, str], float, float]
"""Labels, the value at the beginning, and what is added each minute."""


def _families() -> Iterator[tuple[str, str, list[Series]]]:
    tokens: list[Series] = [
        ({"persona": persona, "chatmode": chatmode, "model": model}, 0.0, 1.0 + number % 3)
        for number, (persona, chatmode, model) in enumerate(product(PERSONAS, CHATMODES, MODELS))
    ]
    stages: list[Series] = [
        ({"workflow": chatmode, "stage": "implement", "persona": persona}, 0.0, 0.1)
        for persona, chatmode in product(PERSONAS, CHATMODES)
    ]
    remaining: list[Series] = [({"persona": persona}, float(BUDGET), -0.8) for persona in PERSONAS]
    yield TOKENS, "unknown", tokens
    yield STAGES, "unknown", stages
    yield REMAINING, "gauge", remaining


def _written(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
