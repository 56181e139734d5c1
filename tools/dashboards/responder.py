"""Hypertool Responder: whether what answers the alerts is well itself.

Several replicas share one database: what they tell of it is the same for all, so the highest counts; what
each did is summed.
"""

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, timeseries
from grafana_foundation_sdk.models.common import BigValueColorMode, BigValueGraphMode, BigValueTextMode
from grafana_foundation_sdk.models.dashboard import ValueMap, ValueMappingResult

from tools.dashboards.parts import (
    GREEN,
    RED,
    YELLOW,
    by_threshold,
    frame,
    last_value,
    lines,
    marked,
    over_time,
    placed,
    stacked,
    steps,
)

UID: Final = "hypertool-responder"
JOB: Final = 'job="responder"'
A_MINUTE: Final = "cpm"
"""Grafana's unit of counts a minute."""


def responder() -> dashboard.Dashboard:
    """The board."""
    about = "Whether notifications come in, are worked on in time, and reach people; and what that takes."
    return (
        frame(UID, "Hypertool Responder", about)
        .with_panel(up())
        .with_panel(oldest_order())
        .with_panel(reload())
        .with_panel(open_incidents())
        .with_panel(notifications())
        .with_panel(intake())
        .with_panel(waiting())
        .with_panel(first_message())
        .with_panel(deliveries())
        .with_panel(failures())
        .with_panel(questions())
        .with_panel(investigation())
        .with_panel(memory())
        .with_panel(processor())
    )


def up() -> stat.Panel:
    """1: whether Prometheus gets its metrics."""
    words = {
        "0": ValueMappingResult(text="down", color=RED, index=0),
        "1": ValueMappingResult(text="up", color=GREEN, index=1),
    }
    panel = _number(1, "Responder", (0, 0, 6, 5), "Whether Prometheus can scrape each replica.")
    panel = (
        panel.text_mode(BigValueTextMode.VALUE_AND_NAME)
        .mappings([ValueMap(options=words)])
        .thresholds(steps(RED, (1, GREEN)))
    )
    return panel.with_target(over_time(f"max by (instance) (up{{{JOB}}})", "{{instance}}"))


def oldest_order() -> stat.Panel:
    """2: whether work is done in time."""
    about = "Age of the oldest order that is due and waits. More than a minute is worth a look."
    panel = _number(2, "Oldest Order", (6, 0, 6, 5), about).unit("s").decimals(0)
    panel = panel.thresholds(steps(GREEN, (10, YELLOW), (60, RED)))
    return panel.with_target(over_time("max(responder_oldest_order_seconds)", "oldest"))


def reload() -> stat.Panel:
    """3: whether the files are those that are served."""
    words = {
        "0": ValueMappingResult(text="failed: the old set is served", color=RED, index=0),
        "1": ValueMappingResult(text="done", color=GREEN, index=1),
    }
    about = "How the last reload of configuration and playbooks ended. After a failure the old set stays."
    panel = _number(3, "Last Reload", (12, 0, 6, 5), about).graph_mode(BigValueGraphMode.NONE)
    panel = panel.mappings([ValueMap(options=words)]).thresholds(steps(RED, (1, GREEN)))
    return panel.with_target(over_time("min(responder_config_last_reload_successful)", "reload"))


def open_incidents() -> stat.Panel:
    """4: what is open."""
    panel = _number(4, "Open Incidents", (18, 0, 6, 5)).text_mode(BigValueTextMode.VALUE_AND_NAME)
    panel = panel.unit("none").thresholds(steps(GREEN, (1, YELLOW)))
    return panel.with_target(over_time("max by (severity) (responder_incidents_open)", "{{severity}}"))


def notifications() -> timeseries.Panel:
    """5: what comes in."""
    about = "Webhook deliveries by what they did. Alertmanager repeats what was answered busy (503)."
    panel = stacked(placed(lines(), 5, "Notifications by Outcome", (0, 5, 12, 9), about))
    expr = "60 * sum by (outcome) (rate(responder_notifications_total[5m]))"
    return panel.unit(A_MINUTE).min(0).with_target(over_time(expr, "{{outcome}}"))


def intake() -> timeseries.Panel:
    """6: how long a sender waits."""
    about = "From a notification's arrival until it is kept and answered."
    panel = placed(lines(), 6, "Intake Duration", (12, 5, 12, 9), about)
    return _quantiles(panel, "responder_intake_seconds")


def waiting() -> timeseries.Panel:
    """7: what has to wait."""
    panel = placed(lines(), 7, "Orders Waiting", (0, 14, 12, 9), "Orders that are due and wait, by queue.")
    expr = "max by (queue) (responder_orders_waiting)"
    return panel.unit("none").min(0).with_target(over_time(expr, "{{queue}}"))


def first_message() -> timeseries.Panel:
    """8: how soon people know."""
    about = "From an incident's opening until a notifier told it first."
    panel = placed(lines(), 8, "Time to First Message", (12, 14, 12, 9), about)
    panel = marked(panel).thresholds(steps(GREEN, (10, YELLOW), (60, RED)))
    return _quantiles(panel, "responder_first_message_seconds", "notifier", "15m")


def deliveries() -> timeseries.Panel:
    """9: what was told."""
    about = (
        "Attempts to tell people, by notifier and result. A failed one is tried again, a refused one is not."
    )
    panel = stacked(placed(lines(), 9, "Deliveries", (0, 23, 12, 9), about))
    expr = "60 * sum by (notifier, result) (rate(responder_deliveries_total[5m]))"
    return panel.unit(A_MINUTE).min(0).with_target(over_time(expr, "{{notifier}}: {{result}}"))


def failures() -> timeseries.Panel:
    """10: where other systems fail us.

    A counter is there from its first event on: `or` shows 0 where nothing failed yet.
    """
    about = "What other systems failed at: questions, deliveries, comparisons with Alertmanager."
    panel = placed(lines(), 10, "Errors of Far Sides", (12, 23, 12, 9), about)
    failed = (
        "60 * sum by ({by}) (rate({counter}{{{matcher}}}[5m])) or 0 * sum by ({by}) (rate({counter}[5m]))"
    )
    counters = (
        ("A", "responder_diagnostics_total", 'result="failed"', "kind", "question: {{kind}}"),
        ("B", "responder_deliveries_total", 'result!="delivered"', "notifier", "delivery: {{notifier}}"),
        ("C", "responder_comparisons_total", 'result="failed"', "job", "comparison"),
    )
    for ref, counter, matcher, by, legend in counters:
        panel.with_target(over_time(failed.format(counter=counter, matcher=matcher, by=by), legend, ref))
    return panel.unit(A_MINUTE).min(0)


def questions() -> timeseries.Panel:
    """11: how much it asks."""
    about = "Questions to Prometheus and the others, by kind and by what became of them."
    panel = stacked(placed(lines(), 11, "Questions Asked", (0, 32, 12, 9), about))
    expr = "60 * sum by (kind, result) (rate(responder_diagnostics_total[5m]))"
    return panel.unit(A_MINUTE).min(0).with_target(over_time(expr, "{{kind}}: {{result}}"))


def investigation() -> timeseries.Panel:
    """12: how long it looks."""
    about = "How long investigations take; after 2 s people are told what is known so far."
    panel = placed(lines(), 12, "Investigation Duration", (12, 32, 12, 9), about)
    return _quantiles(panel, "responder_investigation_seconds", window="15m")


def memory() -> timeseries.Panel:
    """13: what it holds."""
    panel = placed(lines(), 13, "Memory", (0, 41, 12, 8))
    expr = f"process_resident_memory_bytes{{{JOB}}}"
    return panel.unit("bytes").min(0).with_target(over_time(expr, "{{instance}}"))


def processor() -> timeseries.Panel:
    """14: what it computes."""
    panel = placed(lines(), 14, "CPU", (12, 41, 12, 8), "1 is one core, all the time.")
    expr = f"rate(process_cpu_seconds_total{{{JOB}}}[5m])"
    return panel.unit("none").decimals(2).min(0).with_target(over_time(expr, "{{instance}}"))


def _number(number: int, title: str, at: tuple[int, int, int, int], description: str = "") -> stat.Panel:
    """One large value on its colour."""
    return (
        placed(stat.Panel(), number, title, at, description)
        .color_mode(BigValueColorMode.BACKGROUND)
        .graph_mode(BigValueGraphMode.AREA)
        .text_mode(BigValueTextMode.VALUE)
        .reduce_options(last_value())
        .color_scheme(by_threshold())
    )


def _quantiles(panel: timeseries.Panel, metric: str, by: str = "", window: str = "5m") -> timeseries.Panel:
    """The median and the slowest twentieth, in seconds."""
    rate = f"sum by ({f'{by}, ' if by else ''}le) (rate({metric}_bucket[{window}]))"
    of = f" {{{{{by}}}}}" if by else ""
    return (
        panel.unit("s")
        .min(0)
        .with_target(over_time(f"histogram_quantile(0.95, {rate})", f"p95{of}"))
        .with_target(over_time(f"histogram_quantile(0.5, {rate})", f"p50{of}", "B"))
    )
