"""The ten panels are what people were promised: names, types, limits, columns, choices."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from responder.knowledge.dashboards import BoardFile

PERSONA: Final = "hypertool-persona-overview"
WORKFLOW: Final = "hypertool-workflow-performance"
RESPONDER: Final = "hypertool-responder"
TITLES: Final = {
    PERSONA: "Hypertool Persona Overview",
    WORKFLOW: "Hypertool Workflow Performance",
    RESPONDER: "Hypertool Responder",
}
PANELS: Final = {
    PERSONA: [
        (1, "Persona Switch Rate", "timeseries"),
        (2, "Persona Duration Distribution", "heatmap"),
        (3, "Token Usage by Persona", "bargauge"),
        (4, "Token Budget Remaining", "gauge"),
        (5, "Top Persona Transitions", "table"),
    ],
    WORKFLOW: [
        (1, "Workflow Stage Duration", "timeseries"),
        (2, "Quality Gate Success Rate", "stat"),
        (3, "Failed Quality Gates", "bargauge"),
        (4, "Slowest Workflow Stages", "table"),
        (5, "Workflow Execution Trends", "timeseries"),
    ],
}
THRESHOLDS: Final = {
    (PERSONA, 3): [("green", None), ("yellow", 1500), ("red", 1800)],
    (PERSONA, 4): [("red", None), ("yellow", 0), ("green", 500)],
    (WORKFLOW, 1): [("green", None), ("yellow", 30), ("red", 60)],
    (WORKFLOW, 2): [("red", None), ("yellow", 80), ("green", 95)],
    (WORKFLOW, 3): [("green", None), ("yellow", 1), ("red", 5)],
    (WORKFLOW, 4): [("green", None), ("yellow", 30), ("red", 60)],
}
COLUMNS: Final = {
    (PERSONA, 5): ["From Persona", "To Persona", "Chatmode", "Switches (1h)"],
    (WORKFLOW, 4): ["Workflow", "Stage", "Persona", "P95 Duration (s)"],
}
INTERVALS: Final = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"]
CHOICES: Final = {PERSONA: [], WORKFLOW: ["workflow", "persona"], RESPONDER: []}


def properties(panel: dict[str, Any], column: str) -> dict[str, Any]:
    """What is set for one column."""
    overrides = panel["fieldConfig"]["overrides"]
    return {
        one["id"]: one["value"]
        for override in overrides
        if override["matcher"]["options"] == column
        for one in override["properties"]
    }


@pytest.mark.parametrize("uid", TITLES)
def test_a_board_has_its_title_and_its_rhythm(boards: Mapping[str, BoardFile], uid: str) -> None:
    document = boards[uid].document
    assert document["title"] == TITLES[uid]
    assert document["schemaVersion"] >= 38
    assert document["refresh"] == "10s"
    assert document["timepicker"]["refresh_intervals"] == INTERVALS


@pytest.mark.parametrize("uid", PANELS)
def test_a_board_has_its_five_panels(boards: Mapping[str, BoardFile], uid: str) -> None:
    assert [(one.id, one.title, one.type) for one in boards[uid].board.panels] == PANELS[uid]


@pytest.mark.parametrize(("uid", "number"), THRESHOLDS)
def test_a_panel_changes_its_colour_where_it_should(panel: Any, uid: str, number: int) -> None:
    defaults = panel(uid, number)["fieldConfig"]["defaults"]
    assert [(one["color"], one["value"]) for one in defaults["thresholds"]["steps"]] == THRESHOLDS[
        uid, number
    ]
    assert defaults["thresholds"]["mode"] == "absolute"


@pytest.mark.parametrize(("uid", "number"), COLUMNS)
def test_a_table_has_its_columns_the_last_of_them_coloured_and_on_top(
    panel: Any, uid: str, number: int
) -> None:
    table = panel(uid, number)
    organize = table["transformations"][0]["options"]
    ordered = sorted(organize["indexByName"], key=organize["indexByName"].__getitem__)
    assert [organize["renameByName"][name] for name in ordered] == COLUMNS[uid, number]
    assert organize["excludeByName"] == {"Time": True}
    value = COLUMNS[uid, number][-1]
    assert properties(table, value)["custom.cellOptions"] == {"type": "color-background"}
    assert properties(table, value)["custom.displayMode"] == "color-background"  # Grafana 9.0 to 9.3
    assert table["options"]["sortBy"] == [{"displayName": value, "desc": True}]


def test_the_columns_of_the_slowest_stages_have_widths_of_their_own(panel: Any) -> None:
    table = panel(WORKFLOW, 4)
    widths = [properties(table, column)["custom.width"] for column in COLUMNS[WORKFLOW, 4]]
    assert widths == [260, 260, 260, 180]


def test_switches_are_coloured_by_their_count(panel: Any) -> None:
    assert properties(panel(PERSONA, 5), "Switches (1h)")["color"] == {"mode": "continuous-GrYlRd"}


def test_every_course_is_smooth_over_a_table_of_mean_max_and_last(files: tuple[BoardFile, ...]) -> None:
    courses = [one for file in files for one in file.document["panels"] if one["type"] == "timeseries"]
    assert len(courses) > 10
    for one in courses:
        legend = one["options"]["legend"]
        assert (legend["displayMode"], legend["calcs"]) == ("table", ["mean", "max", "lastNotNull"])
        assert legend["showLegend"] is True
        assert one["fieldConfig"]["defaults"]["custom"]["lineInterpolation"] == "smooth"


def test_the_heatmap_is_orange_and_exponential(panel: Any) -> None:
    color = panel(PERSONA, 2)["options"]["color"]
    assert (color["mode"], color["scheme"], color["scale"]) == ("scheme", "Oranges", "exponential")


@pytest.mark.parametrize(("uid", "number"), [(PERSONA, 3), (WORKFLOW, 3)])
def test_bars_lie(panel: Any, uid: str, number: int) -> None:
    assert panel(uid, number)["options"]["orientation"] == "horizontal"


def test_gauges_show_an_overdrawn_budget_as_well(panel: Any) -> None:
    defaults = panel(PERSONA, 4)["fieldConfig"]["defaults"]
    assert (defaults["min"], defaults["max"]) == (-500, 2500)


def test_the_success_rate_is_in_percent_on_its_colour(panel: Any) -> None:
    stat = panel(WORKFLOW, 2)
    defaults = stat["fieldConfig"]["defaults"]
    assert (defaults["unit"], defaults["min"], defaults["max"]) == ("percent", 0, 100)
    assert stat["options"]["colorMode"] == "background"


def test_trends_are_stacked_passed_green_and_failed_red(panel: Any) -> None:
    trends = panel(WORKFLOW, 5)
    assert trends["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    colors = {name: properties(trends, name)["color"] for name in ("/ passed$/", "/ failed$/")}
    assert colors == {
        "/ passed$/": {"mode": "fixed", "fixedColor": "green"},
        "/ failed$/": {"mode": "fixed", "fixedColor": "red"},
    }
    assert [one["legendFormat"] for one in trends["targets"]] == [
        "{{workflow}} passed",
        "{{workflow}} failed",
    ]


@pytest.mark.parametrize("uid", CHOICES)
def test_every_board_has_a_choice_of_data_source_and_one_of_several_labels(
    boards: Mapping[str, BoardFile], uid: str
) -> None:
    source, *labels = boards[uid].document["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert [one["name"] for one in labels] == CHOICES[uid]
    for one in labels:
        assert (one["multi"], one["includeAll"], one["allValue"]) == (True, True, ".*")
        assert one["query"]["query"].endswith(f", {one['name']})")


@pytest.mark.parametrize("number", [2, 3, 5])
def test_a_panel_of_gates_says_that_they_are_not_kept_by_persona(panel: Any, number: int) -> None:
    assert "not kept by persona" in panel(WORKFLOW, number)["description"]


def test_every_description_is_in_sentences(files: tuple[BoardFile, ...]) -> None:
    said = [one.description for file in files for one in file.board.panels if one.description]
    assert [text for text in said if not text.endswith(".")] == []
    assert len(said) > 15
