"""Every query of every panel is PromQL, asks what exists, and heeds the choices above it."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from responder.knowledge.catalogue import carried, name_of
from responder.knowledge.dashboards import BoardFile, Panel, read_boards
from responder.playbook.labels import labels_of_answer
from responder.playbook.promql import matchers_of, parsed, selectors
from responder.resources import resource_dir
from responder.testing.grafana.macros import filled

WORKFLOW: Final = "hypertool-workflow-performance"
GATES: Final = "hypertool_workflow_quality_gate_total"
CHOICES: Final = {WORKFLOW: ("workflow", "persona")}


def queries() -> Iterator[object]:
    for file in read_boards(resource_dir("dashboards")):
        for panel in file.board.panels:
            for target in panel.targets:
                name = f"{file.board.uid}-{panel.id}{target.ref}"
                yield pytest.param(file.board.uid, panel, target.expr, id=name)


every_query = pytest.mark.parametrize(("uid", "panel", "expr"), tuple(queries()))


def asked(uid: str, expr: str) -> str:
    """As Prometheus gets it, with a word for each choice that shows where it went."""
    chosen = {name: (f"chosen-{name}",) for name in CHOICES.get(uid, ())}
    return filled(expr, chosen, step=15, scrape=15, span=3600)


@every_query
def test_a_query_is_promql_and_asks_for_what_exists(uid: str, panel: Panel, expr: str) -> None:
    found = selectors(parsed(asked(uid, expr)))
    assert found
    for selector in found:
        assert name_of(selector) in carried()
        unknown = [one.name for one in matchers_of(selector) if one.name not in carried().labels(selector)]
        assert unknown == []


@every_query
def test_a_query_is_filtered_by_every_choice_that_is_a_label_of_its_metric(
    uid: str, panel: Panel, expr: str
) -> None:
    for selector in selectors(parsed(asked(uid, expr))):
        filters = {(one.name, one.value) for one in matchers_of(selector)}
        for name in CHOICES.get(uid, ()):
            assert ((name, f"chosen-{name}") in filters) is (name in carried().labels(selector))


def test_workflows_can_be_chosen_everywhere_and_personas_where_they_are_known(
    boards: Mapping[str, BoardFile],
) -> None:
    panels = boards[WORKFLOW].board.panels
    heeds = {
        name: {panel.id for panel in panels if all(f"${name}" in one.expr for one in panel.targets)}
        for name in CHOICES[WORKFLOW]
    }
    assert heeds == {"workflow": {1, 2, 3, 4, 5}, "persona": {1, 4}}


@every_query
def test_a_gate_counts_in_both_spellings(uid: str, panel: Panel, expr: str) -> None:
    for selector in selectors(parsed(asked(uid, expr))):
        results = {one.value for one in matchers_of(selector) if one.name == "result"}
        if selector.name == GATES:
            assert results <= {"pass|passed", "fail|failed"}


@every_query
def test_several_hypertools_make_one_course(uid: str, panel: Panel, expr: str) -> None:
    """What is about a persona or a workflow is aggregated; only a process is shown for itself."""
    labels = labels_of_answer(parsed(asked(uid, expr)), carried().labels)
    assert ("instance" in labels) is (panel.title in {"Responder", "Memory", "CPU"})


@pytest.mark.parametrize(
    ("chosen", "pattern"),
    [
        (None, ".*"),  # All
        (("bug-fix",), "bug-fix"),
        (("bug-fix", "package-release"), "(bug-fix|package-release)"),
        (("a.b|c",), r"a\\.b\\|c"),  # a value is no pattern
    ],
)
def test_a_choice_is_filled_in_as_grafana_does(chosen: tuple[str, ...] | None, pattern: str) -> None:
    query = 'rate(x{workflow=~"$workflow"}[$__rate_interval])'
    found = filled(query, {"workflow": chosen}, step=10, scrape=15, span=3600)
    assert found == f'rate(x{{workflow=~"{pattern}"}}[60000ms])'
