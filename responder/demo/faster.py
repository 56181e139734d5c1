"""The demo's factor, applied: what a site writes for hours, written for minutes.

One function (`responder.domain.durations.scale`, and on it the playbooks' `scaled`) scales every duration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import yaml

from responder.diagnose.registry import specs
from responder.domain.durations import parse_duration, scale, scale_duration
from responder.playbook.load import load
from responder.playbook.model import Playbook
from responder.playbook.scale import scaled
from responder.resources import resource_dir

RESEND: Final = "1m"
"""How often Prometheus repeats an alert to Alertmanager, by its own default."""
LOOKBACK: Final = "5m"
"""How old a sample may be that Prometheus still uses, by its own default."""
SCRAPE: Final = "15s"
SCRAPE_OTHERS: Final = "1m"
"""All but Hypertool live in real time: with the demo's usual factor this is a second."""
LINKS: Final = ("dashboard_url", "runbook_url")
TOKEN_FILE: Final = "responder-token"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True)
class Faster:
    """How much faster than the field the demo lives: with a `factor` of 60 an hour takes a minute."""

    factor: int

    @property
    def ratio(self) -> Fraction:
        return Fraction(1, self.factor)

    def duration(self, text: str) -> str:
        """A duration of the field as the demo has it."""
        return scale_duration(text, self.ratio)

    def seconds(self, text: str) -> float:
        """The same in seconds."""
        return parse_duration(self.duration(text)) / 1000

    def rules(self) -> str:
        """The rules, without links: here are no dashboards, and the responder links its own runbook."""
        text = (resource_dir("rules") / "hypertool.rules.yml").read_text(encoding="utf-8")
        document: Any = yaml.safe_load(text)
        for rule in (rule for group in document["groups"] for rule in group["rules"]):
            for link in LINKS:
                rule["annotations"].pop(link, None)
        return yaml.safe_dump(scale(document, self.ratio), sort_keys=False, allow_unicode=True)

    def playbooks(self) -> Mapping[str, str]:
        """The playbooks as YAML, by the name of a file each."""
        loaded = load(resource_dir("playbooks"), specs()).values()
        return {f"{one.alert}.yaml": _written(scaled(one, float(self.ratio))) for one in loaded}

    def prometheus(self, *, hypertool: str, responder: str, alertmanager: str) -> str:
        """Prometheus's configuration; the arguments are host and port."""
        text = (resource_dir("rules") / "prometheus.yml").read_text(encoding="utf-8")
        config: Any = yaml.safe_load(text)
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager]
        targets = {"hypertool": hypertool, "responder": responder, "alertmanager": alertmanager}
        for job in config["scrape_configs"]:
            job["static_configs"][0]["targets"] = [targets[job["job_name"]]]
            if job["job_name"] != "hypertool":
                job["scrape_interval"] = SCRAPE_OTHERS
        return yaml.safe_dump(scale(config, self.ratio), sort_keys=False)

    def alertmanager(self, webhook: str, pages: str, routing_key: str) -> str:
        """Alertmanager's configuration with the responder's address, and where it pages with which key."""
        text = (resource_dir("rules") / "alertmanager.yml").read_text(encoding="utf-8")
        config: Any = yaml.safe_load(text)
        for receiver in config["receivers"]:
            for pager in receiver.get("pagerduty_configs", ()):
                del pager["routing_key_file"]
                pager |= {"url": pages, "routing_key": routing_key}
            for hook in receiver["webhook_configs"]:
                hook["url"] = webhook
                hook["http_config"]["authorization"]["credentials_file"] = TOKEN_FILE
        return yaml.safe_dump(scale(config, self.ratio), sort_keys=False)


def _written(playbook: Playbook) -> str:
    plain = playbook.model_dump(mode="json", by_alias=True, exclude={"version"}, exclude_none=True)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=1000)
