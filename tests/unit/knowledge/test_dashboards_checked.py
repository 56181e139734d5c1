"""What Grafana's own language becomes before a query is checked, and what of a dashboard is read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from responder.jsondoc import read_json
from responder.knowledge.lint.dashboard_files import Dashboard, read_dashboards
from responder.knowledge.lint.grafana_text import Filler, label_values
from responder.resources import resource_dir

Read = Callable[..., Dashboard]


@pytest.mark.parametrize(
    ("query", "filled"),
    [
        ('a{b=~"$persona"}', 'a{b=~".*"}'),
        ('a{b=~"${persona:regex}"}', 'a{b=~".*"}'),
        ('a{b=~"[[persona]]"}', 'a{b=~".*"}'),
        ('a{b=~"x-${persona.text}"}', 'a{b=~"x-.*"}'),
        ("rate(a[$__rate_interval])", "rate(a[60000ms])"),  # where the panel is zoomed in
        ("rate(a[${__interval}])", "rate(a[15000ms])"),
        ("increase(a[$__range])", "increase(a[3600s])"),
        ("a / $__range_s", "a / 3600"),
        ("sum by ($group) (a)", "sum by (persona) (a)"),
        ("rate(a[$window])", "rate(a[1h])"),  # nothing is known of it
        (
            'label_replace(a, "b", "$1", "c", "(.*)")',
            'label_replace(a, "b", "$1", "c", "(.*)")',
        ),  # no variable
    ],
)
def test_variables_are_filled_with_what_can_be_parsed(query: str, filled: str) -> None:
    filler = Filler(frozenset({"persona", "group", "window"}), {"group": "persona"})
    assert filler.filled(query) == filled
    assert filler.unknown(query) == []


def test_a_variable_that_is_not_there_is_named_once() -> None:
    assert Filler(frozenset()).unknown('a{b=~"$x"} / a{b=~"${x:regex}", c="$__nothing"}') == [
        "x",
        "__nothing",
    ]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("label_values(persona)", ("", "persona")),
        ('label_values(up{job="a,b"}, job)', ('up{job="a,b"}', "job")),
        ("metrics(hypertool.*)", None),
    ],
)
def test_a_variables_query_names_series_and_label(query: str, asked: tuple[str, str] | None) -> None:
    assert label_values(query) == asked


@pytest.fixture
def dashboard(tmp_path: Path) -> Read:
    def made(**keys: Any) -> Dashboard:
        (tmp_path / "one.json").write_text(json.dumps({"uid": "one", **keys}))
        (found,) = read_dashboards(tmp_path)
        return found

    return made


def test_panels_in_rows_and_annotations_are_read_too(dashboard: Read) -> None:
    row = {"id": 2, "type": "row", "panels": [{"id": 3, "targets": [{"expr": "a"}]}]}
    read = dashboard(
        panels=[{"id": 1, "targets": [{"expr": "b"}]}, row], annotations={"list": [{"expr": "c"}]}
    )
    assert sorted(read.panels) == [1, 2, 3]
    assert [target.query for target in read.targets] == ["b", "a", "c"]


def test_what_other_data_sources_are_asked_is_not_promql(dashboard: Read) -> None:
    loki = {"datasource": {"type": "loki"}, "targets": [{"expr": '{app="x"} |= "y"'}]}
    mixed = {
        "datasource": {"type": "datasource"},
        "targets": [{"expr": "a", "datasource": {"type": "prometheus"}}],
    }
    assert [target.query for target in dashboard(panels=[loki, mixed]).targets] == ["a"]


def test_a_dashboard_as_grafanas_api_hands_it_out_is_read_as_well(dashboard: Read) -> None:
    read = dashboard(dashboard={"uid": "inner", "panels": [{"id": 1, "targets": [{"expr": "a"}]}]})
    assert (read.uid, read.targets[0].path[0]) == ("inner", "dashboard")


def test_the_dashboards_that_come_along_are_read_whole() -> None:
    """As the standard library reads them, and with a line for each query."""
    for path in resource_dir("dashboards").glob("*.json"):
        read = read_json(path, path.name)
        assert read.value == json.loads(path.read_text())
        assert '"expr": ' in read.text.splitlines()[read.line(read_dashboards(path)[0].targets[0].path) - 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{\n\t"a": [1e5, "\\ud83d\\ude00", {"b": null}]}',
            {"a": [1e5, "😀", {"b": None}]},
        ),  # no YAML reads this
        ("[]", []),
        (" 1 ", 1),
    ],
)
def test_all_of_json_is_read(text: str, said: object, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(text)
    assert read_json(tmp_path / "one.json", "one.json").value == said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n"a": 1,\n}', 2),
        ('{\n"a" 1}', 2),
        ("[1 2]", 1),
        ("", 1),
        ("{}\n{}", 2),
        ('["x', 1),
        ("[" * 100_000, 1),  # deeper than anybody nests
    ],
)
def test_what_is_no_json_is_told_with_its_line(text: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(text)
    (problem,) = read_json(tmp_path / "one.json", "one.json").problems
    assert problem.line == line
    assert problem.message.startswith("this is no JSON: ")


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"a": 1,\n"a": 2}')
    (problem,) = read_json(tmp_path / "one.json", "one.json").problems
    assert (problem.line, problem.message) == (2, "this key stands here twice; the first is in line 1")
