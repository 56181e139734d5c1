"""Hypertool Persona Overview: who works, for how long, and at what cost."""

from collections.abc import Iterator
from itertools import pairwise
from string import ascii_uppercase
from typing import Final

from grafana_foundation_sdk.builders import (
    bargauge,
    dashboard,
    gauge,
    heatmap,
    prometheus,
    table,
    timeseries,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale

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
    frame,
    last_value,
    lines,
    over_time,
    placed,
    steps,
)

UID: Final = "hypertool-persona-overview"
SWITCHES: Final = "hypertool_persona_switches_total"
STAYS: Final = "hypertool_persona_duration_seconds_bucket"
BUCKETS: Final = ("0.1", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "+Inf")
"""Upper bounds in seconds, as people write them."""
PAIR: Final = "from_persona, to_persona, chatmode"


def persona_overview() -> dashboard.Dashboard:
    """The board."""
    about = "Which personas Hypertool works under, how often it switches, and what is left of their budgets."
    return (
        frame(UID, "Hypertool Persona Overview", about)
        .with_panel(switch_rate())
        .with_panel(durations())
        .with_panel(tokens())
        .with_panel(budgets())
        .with_panel(transitions())
    )


def switch_rate() -> timeseries.Panel:
    """1: how often personas are switched."""
    panel = placed(lines(), 1, "Persona Switch Rate", (0, 0, 12, 10))
    expr = f"sum by ({PAIR}) (rate({SWITCHES}[5m]))"
    legend = "{{from_persona}} → {{to_persona}} ({{chatmode}})"
    return panel.unit("cps").min(0).with_target(over_time(expr, legend))


def durations() -> heatmap.Panel:
    """2: how long personas are worked under.

    Grafana's heatmap draws one histogram: of several it keeps the last. So each bucket's own count is asked
    for, and a row is a bucket of a persona.
    """
    about = (
        "How often a persona was worked under for how long before the next switch: from the bottom up the "
        "buckets of the duration, in each a row for every persona."
    )
    panel = placed(heatmap.Panel(), 2, "Persona Duration Distribution", (12, 0, 12, 18), about)
    color = (
        heatmap.HeatmapColorOptions()
        .mode(HeatmapColorMode.SCHEME)
        .scheme("Oranges")
        .scale(HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
        .reverse(False)
    )
    panel = panel.calculate(False).color(color).cell_gap(1).show_tooltip().show_legend().interval("1m")
    panel = panel.filter_values(heatmap.FilterValueRange().le(1e-9))
    return panel.targets(list(_rows()))


def _rows() -> Iterator[prometheus.Dataquery]:
    """A query for each bucket, the shortest first: what is in it and not in the one before."""
    yield over_time(_in_bucket(BUCKETS[0]), f"{{{{persona}}}} up to {BUCKETS[0]} s")
    for ref, (lower, upper) in zip(ascii_uppercase[1:], pairwise(BUCKETS), strict=False):
        words = f"> {lower} s" if upper == "+Inf" else f"{lower} to {upper} s"
        expr = f"clamp_min({_in_bucket(upper)} - {_in_bucket(lower)}, 0)"
        yield over_time(expr, f"{{{{persona}}}} {words}", ref)


def _in_bucket(bound: str) -> str:
    """What is in a bucket or below; clients write a whole bound as 1 or as 1.0."""
    matcher = f'le=~"{bound}|{bound}.0"' if bound.isdigit() else f'le="{bound}"'
    return f"sum by (persona) (increase({STAYS}{{{matcher}}}[$__rate_interval]))"


def tokens() -> bargauge.Panel:
    """3: what the last hour cost."""
    expr = "sum by (persona) (increase(hypertool_persona_tokens_used_total[1h]))"
    panel = placed(bargauge.Panel(), 3, "Token Usage by Persona", (0, 10, 12, 8), "Tokens of the last hour.")
    return (
        bars(panel, "suffix: tokens")
        .thresholds(steps(GREEN, (1500, YELLOW), (1800, RED)))
        .with_target(at_the_end(expr, "{{persona}}"))
    )


def budgets() -> gauge.Panel:
    """4: what is left; of several Hypertools that of the worst, as in the alert."""
    about = (
        "Tokens left of each persona's budget for this period; of several Hypertools the lowest. "
        "Collectors that stop at 0 never show how far a budget is overdrawn."
    )
    panel = placed(gauge.Panel(), 4, "Token Budget Remaining", (0, 18, WIDTH, 8), about)
    return (
        panel.min(-500)
        .max(2500)
        .unit("suffix: tokens")
        .decimals(0)
        .reduce_options(last_value())
        .show_threshold_labels(False)
        .show_threshold_markers(True)
        .color_scheme(by_threshold())
        .thresholds(steps(RED, (0, YELLOW), (500, GREEN)))
        .with_target(at_the_end("min by (persona) (hypertool_persona_token_budget_remaining)", "{{persona}}"))
    )


def transitions() -> table.Panel:
    """5: which switches there were."""
    count = "Switches (1h)"
    names = {
        "from_persona": "From Persona",
        "to_persona": "To Persona",
        "chatmode": "Chatmode",
        "Value": count,
    }
    panel = placed(table.Panel(), 5, "Top Persona Transitions", (0, 26, WIDTH, 9))
    panel = panel.with_target(as_table(f"topk(10, round(sum by ({PAIR}) (increase({SWITCHES}[1h]))) > 0)"))
    look = ("color", {"mode": "continuous-GrYlRd"})
    return colored_column(columns(panel, names), count, look, ("decimals", 0)).show_header(True)
