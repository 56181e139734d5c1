"""What an operator sees on `/metrics`. Label values are closed vocabularies; names never change."""

from time import perf_counter
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

NOTIFICATIONS: Final = Counter(
    "responder_notifications",
    "Webhook deliveries of Alertmanager by what they did.",
    ["outcome"],
)
NOTIFICATIONS.labels("missed")  # an alert watches it: its first rise must not be its birth
ALERTS_TAKEN: Final = Counter("responder_alerts", "Alerts that notifications carried.")
INTAKE_SECONDS: Final = Histogram(
    "responder_intake_seconds",
    "Time from a notification's arrival until it is kept.",
    buckets=SECONDS,
)
INTAKE_BATCH: Final = Histogram(
    "responder_intake_batch",
    "Notifications kept by one transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
INCIDENTS_OPEN: Final = Gauge("responder_incidents_open", "Incidents that are open.", ["severity"])
INCIDENTS_OPENED: Final = Counter("responder_incidents_opened", "Incidents opened.", ["severity"])
INCIDENTS_CLOSED: Final = Counter("responder_incidents_closed", "Incidents that ended, by how.", ["ending"])
INCIDENTS_DEFERRED: Final = Counter(
    "responder_incidents_deferred", "Incidents that a storm deferred when they were opened."
)
STORM: Final = Gauge("responder_storm", "Whether there is a storm of incidents (1) or not (0).")
WATCHDOG_HEARD_TIME: Final = Gauge(
    "responder_watchdog_heard_timestamp_seconds",
    "When the watchdog was last heard, in seconds since the epoch; 0: never.",
)
WATCHDOG_LOST: Final = Gauge(
    "responder_watchdog_lost", "Whether the watchdog is expected and does not come (1) or not (0)."
)
INVESTIGATIONS: Final = Counter("responder_investigations", "Investigations by result.", ["result"])
INVESTIGATION_SECONDS: Final = Histogram(
    "responder_investigation_seconds", "How long investigations take.", buckets=SECONDS
)
DIAGNOSTICS: Final = Counter(
    "responder_diagnostics", "Diagnostics by kind and by what became of them.", ["kind", "result"]
)
DIAGNOSTIC_SECONDS: Final = Histogram(
    "responder_diagnostic_seconds", "How long diagnostics take.", ["kind"], buckets=SECONDS
)
DELIVERIES: Final = Counter(
    "responder_deliveries", "Attempts to tell people, by notifier and result.", ["notifier", "result"]
)
DELIVERY_SECONDS: Final = Histogram(
    "responder_delivery_seconds", "How long telling takes.", ["notifier"], buckets=SECONDS
)
TOLD_SECONDS: Final = Histogram(
    "responder_first_message_seconds",
    "Time from an incident's opening until a notifier told it first.",
    ["notifier"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
ORDERS_WAITING: Final = Gauge("responder_orders_waiting", "Orders that are due and wait.", ["queue"])
OLDEST_ORDER_SECONDS: Final = Gauge(
    "responder_oldest_order_seconds", "Age of the oldest order that is due and waits."
)
COMPARISONS: Final = Counter(
    "responder_comparisons", "Comparisons with what Alertmanager says, by result.", ["result"]
)
FALSE_ALARMS: Final = Counter(
    "responder_false_alarms", "Incidents that people called false alarms, by the alert's name.", ["alert"]
)
FIXES: Final = Counter(
    "responder_fixes", "Moves of quick fixes, by action and what happened.", ["action", "happened"]
)
FIXES_ENDED: Final = Counter(
    "responder_fixes_ended", "Quick fixes that ended, by action and outcome.", ["action", "outcome"]
)
FIX_REFUSALS: Final = Counter(
    "responder_fix_refusals", "Quick fixes that may not be applied, by the reason.", ["refusal"]
)
FIXES_IN_FORCE: Final = Gauge("responder_fixes_in_force", "Quick fixes that hold their targets.")
BREAKER_OPEN: Final = Gauge("responder_breaker_open", "Whether quick fixes are paused (1) or not (0).")
ANNOTATIONS: Final = Counter(
    "responder_annotations", "Attempts to show on a dashboard when quick fixes began and ended.", ["result"]
)
CONNECTIONS_CUT: Final = Counter(
    "responder_connections_cut", "Connections of clients that were cut, by why.", ["why"]
)
SLACK_REQUESTS: Final = Counter(
    "responder_slack_requests", "Requests of Slack, by what became of them.", ["outcome"]
)
PAGERDUTY_EVENTS: Final = Counter(
    "responder_pagerduty_events", "Webhooks of PagerDuty's, by what became of them.", ["outcome"]
)
COMMANDS: Final = Counter(
    "responder_commands",
    "What people asked by /hypertool, by verb and result.",
    ["verb", "result"],
)
TIDIED: Final = Counter(
    "responder_tidied", "Looks for what was said twice, by what came of them.", ["notifier", "result"]
)
TAKEN_OVER: Final = Counter("responder_orders_taken_over", "Orders of dead replicas that were taken over.")
FORGOTTEN: Final = Counter(
    "responder_forgotten", "Rows that retention deleted, without what belonged to them, by what.", ["what"]
)
RELOAD_SUCCESSFUL: Final = Gauge(
    "responder_config_last_reload_successful", "Whether the last reload of the configuration was successful."
)
RELOAD_SUCCESS_TIME: Final = Gauge(
    "responder_config_last_reload_success_timestamp_seconds",
    "When the configuration in use was loaded, in seconds since the epoch.",
)

__all__ = ["REGISTRY", "Counter", "Gauge", "Histogram"]


class timed:  # noqa: N801 - reads as the statement that it is
    """Observe how long the block takes, whether it fails or not."""

    __slots__ = ("_histogram", "_started")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        self._histogram.observe(perf_counter() - self._started)
