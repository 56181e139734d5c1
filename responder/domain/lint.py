"""The rules that `responder check` holds files against, by the names that people see."""

from enum import StrEnum
from typing import Final


class LintRule(StrEnum):
    """What is wrong with a file. Values are shown to people and documented: never rename one."""

    # the file itself
    UNREADABLE = "unreadable"
    SHAPE = "shape"
    # inside one playbook
    NAME_TAKEN = "name-taken"
    UNKNOWN_NAME = "unknown-name"
    UNKNOWN_CAUSE = "unknown-cause"
    CAUSE_WITHOUT_EVIDENCE = "cause-without-evidence"
    FIX_INCOMPLETE = "fix-incomplete"
    FILTER_AS_EVIDENCE = "filter-as-evidence"
    LABEL_LOST = "label-lost"
    # any query
    NOT_PROMQL = "not-promql"
    UNKNOWN_METRIC = "unknown-metric"
    UNKNOWN_LABEL = "unknown-label"
    UNKNOWN_VALUE = "unknown-value"
    UNKNOWN_VARIABLE = "unknown-variable"
    OPTIONAL_LABEL = "optional-label"
    ONE_SPELLING = "one-spelling"
    GROUP_LOST = "group-lost"
    RATE_OF_GAUGE = "rate-of-gauge"
    QUANTILE_WITHOUT_LE = "quantile-without-le"
    NEVER_TRUE = "never-true"
    SHORT_WINDOW = "short-window"
    SHORT_STAGE_WINDOW = "short-stage-window"
    # playbooks, alerts, dashboards and configuration held against each other
    MEASURE_DIFFERS = "measure-differs"
    THRESHOLD_DIFFERS = "threshold-differs"
    LABELS_DIFFER = "labels-differ"
    SEVERITY_DIFFERS = "severity-differs"
    CATEGORY_DIFFERS = "category-differs"
    ALERT_WITHOUT_PLAYBOOK = "alert-without-playbook"
    PLAYBOOK_WITHOUT_ALERT = "playbook-without-alert"
    RUNBOOK_WITHOUT_ANCHOR = "runbook-without-anchor"
    UNKNOWN_ALERT = "unknown-alert"
    UNKNOWN_FIX = "unknown-fix"
    UNKNOWN_DASHBOARD = "unknown-dashboard"
    UNKNOWN_PANEL = "unknown-panel"
    # what only the far sides can tell
    FAR_SIDE_AWAY = "far-side-away"
    METRIC_NOT_THERE = "metric-not-there"
    LABEL_NOT_THERE = "label-not-there"
    QUERY_FAILS = "query-fails"
    QUERY_SLOW = "query-slow"
    QUERY_WIDE = "query-wide"
    ROUTE_ELSEWHERE = "route-elsewhere"
    DASHBOARD_NOT_THERE = "dashboard-not-there"


ONLINE: Final = frozenset(
    {
        LintRule.FAR_SIDE_AWAY,
        LintRule.METRIC_NOT_THERE,
        LintRule.LABEL_NOT_THERE,
        LintRule.QUERY_FAILS,
        LintRule.QUERY_SLOW,
        LintRule.QUERY_WIDE,
        LintRule.ROUTE_ELSEWHERE,
        LintRule.DASHBOARD_NOT_THERE,
    }
)
"""The rules that `--online` adds."""
