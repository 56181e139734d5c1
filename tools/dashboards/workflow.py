"""Hypertool Workflow Performance: how long stages take, and whether their gates pass."""

from typing import Final

from grafana_foundation_sdk.builders import bargauge, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
)

from tools.dashboards.parts import (
    GREEN,
    RED,
    WIDTH,
    YELLOW,
    as_table,
    at_the_end,
    bars,
    by_threshold,
    colored_column,
    columns,
    fixed_color,
    frame,
    label_variable,
    last_value,
    lines,
    marked,
    over_time,
    placed,
    stacked,
    steps,
)

UID: Final = "hypertool-workflow-performance"
STAGES: Final = "hypertool_workflow_stage_duration_seconds"
GATES: Final = "hypertool_workflow_quality_gate_total"
BOTH: Final = 'workflow=~"$workflow", persona=~"$persona"'
WORKFLOW: Final = 'workflow=~"$workflow"'
# Collectors write a gate's result in one of two ways.
PASSED: Final = f'{GATES}{{{WORKFLOW}, result=~"pass|passed"}}'
FAILED: Final = f'{GATES}{{{WORKFLOW}, result=~"fail|failed"}}'
ALL: Final = f"{GATES}{{{WORKFLOW}}}"
NOT_BY_PERSONA: Final = "Gates are not kept by persona: the choice of personas does not change this panel."
BUCKETS: Final = (
    "A quantile is estimated within a bucket: above 300 s it says between 5 and 10 min, and 600 s means "
    "10 min or more."
)


def workflow_performance() -> dashboard.Dashboard:
    """The board."""
    about = "How long workflow stages take, which quality gates fail, and how much work is done."
    return (
        frame(UID, "Hypertool Workflow Performance", about)
        .with_variable(label_variable("workflow", "Workflow", f"{STAGES}_count"))
        .with_variable(label_variable("persona", "Persona", f"{STAGES}_count"))
        .with_panel(stage_duration())
        .with_panel(success_rate())
        .with_panel(failed_gates())
        .with_panel(slowest_stages())
        .with_panel(trends())
    )


def stage_duration() -> timeseries.Panel:
    """1: how long stages take.

    Over 15 minutes, as in the alert: a stage that takes 7 minutes makes one observation in 7 minutes.
    """
    panel = marked(placed(lines(), 1, "Workflow Stage Duration", (0, 0, WIDTH, 10), BUCKETS))
    rate = f"sum by (workflow, stage, le) (rate({STAGES}_bucket{{{BOTH}}}[15m]))"
    return (
        panel.unit("s")
        .min(0)
        .thresholds(steps(GREEN, (30, YELLOW), (60, RED)))
        .with_target(over_time(f"histogram_quantile(0.95, {rate})", "p95 {{workflow}}/{{stage}}"))
        .with_target(over_time(f"histogram_quantile(0.5, {rate})", "p50 {{workflow}}/{{stage}}", "B"))
    )


def success_rate() -> stat.Panel:
    """2: which share of the gates passed."""
    about = f"Share of the quality gates of the last 5 minutes that passed. {NOT_BY_PERSONA}"
    panel = placed(stat.Panel(), 2, "Quality Gate Success Rate", (0, 10, 12, 8), about)
    return (
        panel.unit("percent")
        .decimals(1)
        .min(0)
        .max(100)
        .color_mode(BigValueColorMode.BACKGROUND)
        .graph_mode(BigValueGraphMode.AREA)
        .text_mode(BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(last_value())
        .color_scheme(by_threshold())
        .thresholds(steps(RED, (80, YELLOW), (95, GREEN)))
        .with_target(over_time(_success("sum"), "overall"))
        .with_target(over_time(_success("sum by (workflow) "), "{{workflow}}", "B"))
    )


def _success(total: str) -> str:
    """In percent. Where nothing passed there may be no series of what passed: that is 0 %, not nothing."""
    every = f"{total}(rate({ALL}[5m]))"
    return f"100 * ({total}(rate({PASSED}[5m])) or 0 * {every}) / {every}"


def failed_gates() -> bargauge.Panel:
    """3: where gates fail."""
    about = f"Quality gates that failed in the last hour, the ten stages with most of them. {NOT_BY_PERSONA}"
    panel = placed(bargauge.Panel(), 3, "Failed Quality Gates", (12, 10, 12, 8), about)
    expr = f"topk(10, round(sum by (workflow, stage) (increase({FAILED}[1h]))))"
    return (
        bars(panel, "none")
        .thresholds(steps(GREEN, (1, YELLOW), (5, RED)))
        .with_target(at_the_end(expr, "{{workflow}}/{{stage}}"))
    )


def slowest_stages() -> table.Panel:
    """4: where time goes."""
    p95 = "P95 Duration (s)"
    names = {"workflow": "Workflow", "stage": "Stage", "persona": "Persona", "Value": p95}
    widths = {"Workflow": 260, "Stage": 260, "Persona": 260}
    panel = placed(
        table.Panel(), 4, "Slowest Workflow Stages", (0, 18, WIDTH, 9), f"The last hour. {BUCKETS}"
    )
    increase = f"sum by (workflow, stage, persona, le) (increase({STAGES}_bucket{{{BOTH}}}[1h]))"
    # Without `> 0` a stage that did not run is in the list, with NaN.
    panel = panel.with_target(as_table(f"topk(10, histogram_quantile(0.95, {increase}) > 0)"))
    panel = columns(panel, names, widths).color_scheme(by_threshold())
    panel = panel.thresholds(steps(GREEN, (30, YELLOW), (60, RED)))
    open_ended = {"600": {"text": "600 or more", "index": 0}}
    look = (
        ("custom.width", 180),
        ("decimals", 1),
        ("mappings", [{"type": "value", "options": open_ended}]),
    )
    return colored_column(panel, p95, *look).show_header(True)


def trends() -> timeseries.Panel:
    """5: how much is done."""
    about = f"Stages a minute by how their gate ended, over 5 minutes. {NOT_BY_PERSONA}"
    panel = stacked(placed(lines(), 5, "Workflow Execution Trends", (0, 27, WIDTH, 9), about))
    panel = fixed_color(fixed_color(panel, "/ passed$/", GREEN), "/ failed$/", RED)
    return (
        panel.unit("cpm")
        .min(0)
        .with_target(over_time(f"60 * sum by (workflow) (rate({PASSED}[5m]))", "{{workflow}} passed"))
        .with_target(over_time(f"60 * sum by (workflow) (rate({FAILED}[5m]))", "{{workflow}} failed", "B"))
    )
