"""What is true of files of rules: each expression can be asked and answers, each address leads somewhere."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final
from urllib.parse import urlsplit

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.knowledge.alert_rules import Rule, RuleFile
from responder.knowledge.lint.pointed import Dashboards, Pointed
from responder.knowledge.lint.query import Asked, problems_of_query
from responder.knowledge.lint.said import Facts
from responder.playbook.rules import Found
from responder.yamldoc import KeyPath, did_you_mean

_RUNBOOK: Final = ("runbook_url", "runbook")
_DASHBOARD: Final = ("dashboard_url", "dashboard")
_UID: Final = re.compile(r"/d/([\w-]+)")
_PANEL: Final = re.compile(r"[?&]viewPanel=(?:panel-)?(\d+)")
_VARIABLE: Final = re.compile(r"[?&]var-(\w+)=")


def problems_of_rules(
    file: RuleFile, with_playbook: AbstractSet[str], dashboards: Dashboards, facts: Facts
) -> Iterator[Problem]:
    """Every mistake in a file.

    Args:
        file: as it was read.
        with_playbook: the names of the alerts that have a playbook.
        dashboards: those that may be linked to.
        facts: what the expressions are held against.
    """
    yield from file.document.problems
    for rule in file.rules:
        yield from (file.document.problem(*found) for found in _found(rule, dashboards, facts))
    for name, rule in file.alerts.items():
        if name not in with_playbook and not rule.about_us:
            message = f'there is no playbook for "{name}"{did_you_mean(name, with_playbook, listing=False)}'
            yield file.document.problem((*rule.path, "alert"), message, LintRule.ALERT_WITHOUT_PLAYBOOK)


def _found(rule: Rule, dashboards: Dashboards, facts: Facts) -> Iterator[Found]:
    for said in problems_of_query(Asked(rule.text), facts):
        yield Found((*rule.path, "expr"), said.message, said.rule)
    for key in rule.annotations:
        path, url = (*rule.path, "annotations", key), rule.annotations[key]
        if key in _RUNBOOK:
            yield from _anchor(path, rule, url)
        elif key in _DASHBOARD and dashboards:
            yield from _dashboard(path, url, dashboards)


def _anchor(path: KeyPath, rule: Rule, url: str) -> Iterator[Found]:
    """The runbook opens at the alert."""
    wanted = rule.name.lower()
    if urlsplit(url).fragment != wanted:
        message = f"the runbook opens at the alert: end the address with #{wanted}"
        yield Found(path, message, LintRule.RUNBOOK_WITHOUT_ANCHOR)


def _dashboard(path: KeyPath, url: str, dashboards: Dashboards) -> Iterator[Found]:
    """What an address of a dashboard names that isn't there."""
    uid = _UID.search(url)
    if uid is None:
        return  # a page of another kind
    panel = _PANEL.search(url)
    wanted = Pointed(uid[1], int(panel[1]) if panel else None, tuple(_VARIABLE.findall(url)))
    yield from (Found(path, message, rule) for rule, message in wanted.problems(dashboards))
