"""How often Prometheus scrapes Hypertool, as its configuration says."""

from pathlib import Path
from typing import Final

from responder.playbook.diagnostic import seconds
from responder.playbook.model import SPAN
from responder.yamldoc import read

FILE: Final = "prometheus.yml"
_JOB: Final = "hypertool"
_PROMETHEUS_OWN: Final = 60.0
"""Seconds, if its configuration doesn't say."""


def scrape_interval(rules: Path) -> float | None:
    """Seconds between two scrapes by the Prometheus configuration beside the rules; None: there is none."""
    path = (rules if rules.is_dir() else rules.parent) / FILE
    if not path.is_file():
        return None
    value = read(path).value
    if not isinstance(value, dict):
        return None
    jobs = [job for job in value.get("scrape_configs") or () if isinstance(job, dict)]
    sources = [job for job in jobs if job.get("job_name") == _JOB] + [value.get("global")]
    found = (
        str(one["scrape_interval"]) for one in sources if isinstance(one, dict) and "scrape_interval" in one
    )
    return next((seconds(span) for span in found if SPAN.fullmatch(span)), _PROMETHEUS_OWN)
