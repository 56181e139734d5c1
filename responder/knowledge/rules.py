"""The Prometheus rules we ship: made for another site, and made faster for the demo."""

import re
from enum import StrEnum
from fractions import Fraction
from typing import Final
from urllib.parse import urlsplit

import yaml

from responder.domain.durations import scale
from responder.domain.errors import ConfigError, Problem
from responder.resources import resource_dir

DEMO_GRAFANA: Final = "http://localhost:3000"
DEMO_RUNBOOK: Final = "http://localhost:8080/runbook"
DEMO_OPERATING: Final = "http://localhost:8080/operating"

# What can stand in an address without breaking out of the file's quotes or into a Prometheus template.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~:/?@!$&()*+,;=%\[\]-]+")


class RulesFile(StrEnum):
    """The files of rules we ship: Hypertool's alerts, and the responder's own."""

    HYPERTOOL = "hypertool"
    RESPONDER = "responder"

    @property
    def file(self) -> str:
        """Its name, here and in Prometheus's folder of rules."""
        return f"{self}.rules.yml"

    def text(self) -> str:
        """As it is checked in, with the demo's addresses."""
        return (resource_dir("rules") / self.file).read_text(encoding="utf-8")


def render_rules(
    text: str, *, grafana_url: str, runbook_url: str, operating_url: str = DEMO_OPERATING
) -> str:
    """The rules with another site's addresses in their annotations; comments and all else stay as they are.

    `grafana_url` is where Grafana's own paths begin; `runbook_url` and, for the responder's own alerts,
    `operating_url` are the pages to which `#` and the alert's name are added.

    Raises:
        ConfigError: an address is not one, or has a fragment already.
    """
    grafana = grafana_url.rstrip("/")
    pages = (("--runbook-url", runbook_url), ("--operating-url", operating_url))
    problems = [
        Problem(option, 0, "", problem)
        for option, url in (("--grafana-url", grafana), *pages)
        if (problem := _problem(url))
    ]
    if problems:
        raise ConfigError(problems)
    text = _readdressed(text, "dashboard_url", f"{DEMO_GRAFANA}/", f"{grafana}/")
    text = _readdressed(text, "runbook_url", f"{DEMO_RUNBOOK}#", f"{runbook_url}#")
    return _readdressed(text, "runbook_url", f"{DEMO_OPERATING}#", f"{operating_url}#")


def scale_yaml(text: str, factor: float | Fraction) -> str:
    """Rules, or a configuration of Prometheus or Alertmanager, with every duration times the factor.

    Comments are lost; `responder.domain.durations` says what is scaled and what is not.

    Raises:
        ValueError: a duration in the file is none, or the factor is not above 0.
    """
    scaled = scale(yaml.safe_load(text), factor)
    return yaml.safe_dump(scaled, sort_keys=False, allow_unicode=True, width=1000)


def _problem(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"not an http or https address: {url!r}"
    if parts.fragment or url.endswith("#"):
        return f"leave out the part from # on: {url!r}"
    if not _PLAIN.fullmatch(url):
        return f"write special characters in percent form: {url!r}"
    return None


def _readdressed(text: str, annotation: str, before: str, after: str) -> str:
    value = re.compile(rf"^(\s*{annotation}:\s*[\"']?){re.escape(before)}", re.MULTILINE)
    return value.sub(lambda match: match.group(1) + after, text)
