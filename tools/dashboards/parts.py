"""What all boards share: their frame, the data source, legends, thresholds, columns."""

from typing import Any, Final, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, table, timeseries
from grafana_foundation_sdk.builders import common as make
from grafana_foundation_sdk.builders import dashboard as board
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

SCHEMA_VERSION: Final = 38
"""The first in which a table cell's look is `cellOptions`; Grafana 9.0 reads it as it reads its own 36."""
INTERVALS: Final = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"]
TAG: Final = "hypertool"
DATA_SOURCE: Final = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH: Final = 24
"""Columns of Grafana's grid."""

GREEN: Final = "green"
YELLOW: Final = "yellow"
RED: Final = "red"


class _Filled(Protocol):
    """What every panel's builder can do."""

    def id(self, id_val: int) -> Self: ...
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: dashboard.DataSourceRef) -> Self: ...
    def grid_pos(self, grid_pos: dashboard.GridPos) -> Self: ...


P = TypeVar("P", bound=_Filled)


def frame(uid: str, title: str, description: str) -> board.Dashboard:
    """A board without panels, with its choice of data source."""
    return (
        board.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .timezone("browser")
        .editable()
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("10s")
        .timepicker(board.TimePicker().refresh_intervals(INTERVALS))
        .link(_other_boards())
        .with_variable(_data_source_variable())
    )


def _data_source_variable() -> board.DatasourceVariable:
    """A choice of the Prometheus that is asked; at first Grafana's default."""
    return (
        board.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(dashboard.VariableOption(text="default", value="default", selected=False))
    )


def _other_boards() -> board.DashboardLink:
    return (
        board.DashboardLink("Hypertool")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .keep_time(True)
    )


def label_variable(name: str, label: str, metric: str) -> board.QueryVariable:
    """A choice of several of a label's values, or of all, those too that come up later."""
    return (
        board.QueryVariable(name)
        .label(label)
        .datasource(DATA_SOURCE)
        .query({"query": f"label_values({metric}, {name})", "refId": f"variable-{name}"})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(text=["All"], value=["$__all"], selected=True))
    )


def placed(panel: P, number: int, title: str, at: tuple[int, int, int, int], description: str = "") -> P:
    """A panel with its number as id, at (x, y, width, height) of the grid."""
    x, y, w, h = at
    panel.id(number).title(title).datasource(DATA_SOURCE)
    if description:
        panel.description(description)
    return panel.grid_pos(dashboard.GridPos(x=x, y=y, w=w, h=h))


def over_time(expr: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """A query whose answer is a course."""
    return _query(expr, ref).range().legend_format(legend).format(PromQueryFormat.TIME_SERIES)


def at_the_end(expr: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """A query for the values at the end of the time shown."""
    return _query(expr, ref).instant().legend_format(legend).format(PromQueryFormat.TIME_SERIES)


def as_table(expr: str, ref: str = "A") -> prometheus.Dataquery:
    """A query for the values at the end of the time shown, a row each, their labels as columns."""
    return _query(expr, ref).instant().format(PromQueryFormat.TABLE)


def _query(expr: str, ref: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(ref)
        .datasource(DATA_SOURCE)
        .editor_mode(QueryEditorMode.CODE)
        .expr(expr)
    )


def lines() -> timeseries.Panel:
    """Smooth lines over a legend that is a table."""
    legend = (
        make.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.TABLE)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["mean", "max", "lastNotNull"])
    )
    tooltip = make.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    return (
        timeseries.Panel()
        .legend(legend)
        .tooltip(tooltip)
        .draw_style(common.GraphDrawStyle.LINE)
        .line_interpolation(common.LineInterpolation.SMOOTH)
        .line_width(2)
        .fill_opacity(10)
        .show_points(common.VisibilityMode.NEVER)
        .color_scheme(board.FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
    )


def bars(panel: bargauge.Panel, unit: str) -> bargauge.Panel:
    """Whole numbers as lying bars in the colour of their value."""
    return (
        panel.orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.GRADIENT)
        .show_unfilled(True)
        .reduce_options(last_value())
        .unit(unit)
        .decimals(0)
        .min(0)
        .color_scheme(by_threshold())
    )


def stacked(panel: timeseries.Panel) -> timeseries.Panel:
    """The courses on top of each other."""
    return panel.fill_opacity(40).stacking(make.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))


def steps(base: str, *further: tuple[float, str]) -> board.ThresholdsConfig:
    """A colour from the bottom up, and the others from their value on."""
    found = [dashboard.Threshold(value=None, color=base)]
    found += [dashboard.Threshold(value=value, color=color) for value, color in further]
    return board.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(found)


def by_threshold() -> board.FieldColor:
    """Coloured by its value."""
    return board.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)


def last_value() -> make.ReduceDataOptions:
    """The last value that is one: of a course, what is known; 0/0 is not."""
    return make.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields("")


def marked(panel: timeseries.Panel) -> timeseries.Panel:
    """The thresholds as lines."""
    style = make.GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.LINE)
    return panel.thresholds_style(style)


def fixed_color(panel: timeseries.Panel, pattern: str, color: str) -> timeseries.Panel:
    """The courses whose name matches, in that colour."""
    wanted = {"mode": "fixed", "fixedColor": color}
    return panel.override_by_regexp(pattern, [dashboard.DynamicConfigValue("color", wanted)])


def columns(panel: table.Panel, names: dict[str, str], widths: dict[str, int] | None = None) -> table.Panel:
    """The labels (and `Value`) as columns with these names, in this order; the rest is left out."""
    organize = dashboard.DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": {"Time": True},
            "indexByName": {name: index for index, name in enumerate(names)},
            "renameByName": names,
        },
    )
    for column, width in (widths or {}).items():
        panel.override_by_name(column, [dashboard.DynamicConfigValue("custom.width", width)])
    return panel.with_transformation(organize)


def colored_column(panel: table.Panel, column: str, *more: tuple[str, Any]) -> table.Panel:
    """A column whose cells have the colour of their value, and the largest on top."""
    properties = [
        # Grafana 9.0 to 9.3 know the first, later ones the second; each passes over the other.
        ("custom.displayMode", "color-background"),
        ("custom.cellOptions", {"type": "color-background"}),
        *more,
    ]
    panel.override_by_name(column, [dashboard.DynamicConfigValue(name, value) for name, value in properties])
    return panel.sort_by([make.TableSortByFieldState().display_name(column).desc(True)])
