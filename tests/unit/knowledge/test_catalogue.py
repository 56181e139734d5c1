"""The catalogue is what is exported: by the metrics kit, by the responder, and by the client library."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Metric

import responder.metrics
from responder.domain.errors import ConfigError
from responder.domain.lint import LintRule
from responder.hypertool.metrics import (
    PERSONA_DURATION_BUCKETS,
    STAGE_DURATION_BUCKETS,
    HypertoolMetrics,
    Variant,
)
from responder.knowledge.catalogue import Type, carried, load_catalogue
from responder.knowledge.lint.query import Asked, problems_of_query
from responder.knowledge.lint.said import Facts

SCRAPED = {"instance", "job"}


def lived(variant: Variant) -> CollectorRegistry:
    """What a collector exports once everything has happened, with a persona that is far over its budget."""
    registry = CollectorRegistry()
    kit = HypertoolMetrics(registry, variant)
    kit.switch_persona("backend-engineer", "data-scientist", "bug-fix", active_seconds=1.0)
    kit.record_token_usage("backend-engineer", "bug-fix", "gpt-4", 5000)
    kit.record_workflow_stage("bug-fix", "patch", "backend-engineer", 3.0, quality_gate_passed=True)
    kit.record_workflow_stage("bug-fix", "patch", "backend-engineer", 3.0, quality_gate_passed=False)
    kit.record_trace("backend-engineer")
    return registry


def exported(families: Iterable[Metric], *prefixes: str) -> dict[str, set[str]]:
    """The labels of every sample."""
    found: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            if sample.name.startswith(prefixes):
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def known(*prefixes: str) -> dict[str, set[str]]:
    """The same, as the catalogue has it."""
    ours = (one for one in carried().exported.values() if one.name.startswith(prefixes))
    return {one.name: set(one.labels.names) - SCRAPED for one in ours if not one.labels.all_but}


def test_the_catalogue_is_what_hypertool_exports() -> None:
    assert known("hypertool_", "langfuse_") == exported(lived(Variant.DESIGNED).collect(), "")


def test_the_catalogue_is_what_the_responder_exports() -> None:
    """A metric with labels has no sample before something happened: it is asked for its declaration."""
    declared = {
        family.name: set(metric._labelnames)
        for metric in vars(responder.metrics).values()
        if hasattr(metric, "_labelnames")
        for family in metric.describe()
    }
    ours = {
        name.removesuffix("_total"): labels
        for name, labels in known("responder_").items()
        if not name.endswith(("_created", "_bucket", "_count"))
    }
    listed = {name.removesuffix("_sum"): labels for name, labels in ours.items()}
    assert listed == declared, "give each metric of responder/metrics.py its line in catalogue/metrics.yaml"


def test_the_catalogue_has_what_the_client_library_adds() -> None:
    added = exported(REGISTRY.collect(), "process_", "python_")
    assert added
    assert {name: labels for name, labels in known("process_", "python_").items() if name in added} == added


def test_types_are_those_of_the_kit() -> None:
    for family in lived(Variant.DESIGNED).collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        name = f"{family.name}_bucket" if family.type == "histogram" else name
        assert carried().exported[name].metric.type == family.type
        assert carried().exported[name].rises is (family.type != "gauge")


@pytest.mark.parametrize("variant", Variant)
def test_values_are_those_that_each_sort_of_collector_writes(variant: Variant) -> None:
    """The words of a gate's result, and how far a budget goes down."""
    samples = [sample for family in lived(variant).collect() for sample in family.samples]
    written = [s.labels["result"] for s in samples if s.name == "hypertool_workflow_quality_gate_total"]
    gates = carried().exported["hypertool_workflow_quality_gate_total"]
    assert set(gates.values("result", variant)) == set(written)
    lowest = min(s.value for s in samples if s.name == "hypertool_persona_token_budget_remaining")
    least, _ = carried().exported["hypertool_persona_token_budget_remaining"].bounds(variant)
    assert (least, lowest) in [(0.0, 0.0), (-float("inf"), -3000.0)]


def test_a_words_place_is_the_same_in_every_spelling() -> None:
    gates = carried().exported["hypertool_workflow_quality_gate_total"]
    assert [gates.values("result", variant) for variant in Variant] == [
        variant.gate_words for variant in Variant
    ]


def test_buckets_are_those_of_the_kit() -> None:
    buckets = {name: one.metric.buckets for name, one in carried().exported.items() if one.metric.buckets}
    assert buckets["hypertool_persona_duration_seconds_bucket"] == PERSONA_DURATION_BUCKETS
    assert buckets["hypertool_workflow_stage_duration_seconds_bucket"] == STAGE_DURATION_BUCKETS


def test_a_file_of_a_site_adds_metrics_and_replaces_those_of_the_same_name(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        "metrics:\n"
        "  site_jobs: {type: gauge, labels: [queue]}\n"
        "  hypertool_persona_token_budget_remaining: {type: gauge, labels: [persona, team]}\n"
    )
    catalogue = load_catalogue([path])
    query = 'sum by (queue) (site_jobs) + hypertool_persona_token_budget_remaining{team="a"}'
    assert list(problems_of_query(Asked(query), Facts(catalogue))) == []
    assert {one.rule for one in problems_of_query(Asked(query), Facts())} == {
        LintRule.UNKNOWN_METRIC,
        LintRule.UNKNOWN_LABEL,
    }
    assert catalogue.exported["site_jobs"].type is Type.GAUGE


def test_mistakes_in_a_catalogue_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("metrics:\n  site_jobs:\n    type: gage\n    label: [queue]\n")
    with pytest.raises(ConfigError) as error:
        load_catalogue([path, tmp_path / "absent.yaml"])
    told = [(problem.line, problem.key) for problem in error.value.problems]
    assert told == [(3, "metrics.site_jobs.type"), (4, "metrics.site_jobs.label"), (0, "")]
