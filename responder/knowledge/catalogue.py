"""The metrics that exist: one YAML file that the product carries, and any that a site adds.

A metric stands in the file once, as its type; what it exports (`_bucket`, `_sum`, `_count`, `_created`) is
derived here, under the names that queries use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import promql_parser as ast
from pydantic import Field, StringConstraints, ValidationError

from responder.domain.errors import ConfigError, Problem
from responder.knowledge.lint.reading import document_of
from responder.playbook.diagnostic import Span, Strict, seconds
from responder.playbook.labels import ANY, Labels
from responder.playbook.promql import matchers_of
from responder.resources import resource_dir
from responder.yamldoc import Document, read, validation_problems

CARRIED: Final = "metrics.yaml"
NAME: Final = "__name__"

MetricName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Values = Mapping[LabelName, tuple[str, ...]]


class Type(StrEnum):
    """What Prometheus calls a metric's type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    INFO = "info"


class Variant(Strict):
    """How one sort of collector exports a metric: what its values may be, and those of its labels."""

    minimum: float | None = None
    maximum: float | None = None
    values: Values = Field({})


class Metric(Variant):
    """A metric as it is declared; `variants` by the name of the collector that exports it so."""

    type: Type
    labels: tuple[LabelName, ...] = ()
    optional: tuple[LabelName, ...] = ()
    """Labels that not every collector has: nothing may depend on them."""
    any_label: bool = False
    """It may have every label: nothing is known of them."""
    may_be_absent: bool = False
    """It is there only once something has happened."""
    window: Span | None = None
    """The shortest range that makes sense of it: its observations come seldom."""
    buckets: tuple[float, ...] = ()
    variants: Mapping[str, Variant] = Field({}, max_length=10)


class CatalogueFile(Strict):
    """A file of metrics."""

    scrape_labels: tuple[LabelName, ...] = ()
    metrics: Mapping[MetricName, Metric]


@dataclass(frozen=True, slots=True)
class Exported:
    """What a query can select, by the name it has there."""

    name: str
    type: Type
    labels: Labels
    metric: Metric
    declared: bool = True
    """False: a form of the metric with bounds of its own, such as `_bucket`."""

    @property
    def rises(self) -> bool:
        """Whether it is a counter: it only rises, and a rate of it makes sense."""
        return self.type is Type.COUNTER

    def variant(self, name: str) -> Variant:
        """How it is where the collector is of this sort."""
        return self.metric.variants.get(name, self.metric)

    def values(self, label: str, variant: str = "") -> tuple[str, ...]:
        """The values that a label can have, empty if that isn't known."""
        return tuple(self.variant(variant).values.get(label, ())) or tuple(self.metric.values.get(label, ()))

    def bounds(self, variant: str) -> tuple[float, float]:
        """Between what its value lies."""
        unbounded = float("inf")
        lowest = -unbounded if self.type is Type.GAUGE else 0.0
        if not self.declared:
            return lowest, unbounded
        sorts = (self.variant(variant), self.metric)
        low = next((one.minimum for one in sorts if one.minimum is not None), lowest)
        high = next((one.maximum for one in sorts if one.maximum is not None), unbounded)
        return low, high


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every metric, by the name that a query uses."""

    exported: Mapping[str, Exported] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.exported

    def of(self, selector: ast.VectorSelector) -> Exported | None:
        """What a selector selects, if it is known."""
        return self.exported.get(name_of(selector))

    def labels(self, selector: ast.VectorSelector) -> Labels:
        """The labels of what a selector selects; of what isn't known all: that is said already."""
        one = self.of(selector)
        return one.labels if one else ANY

    def variants(self, selectors: Sequence[ast.VectorSelector]) -> tuple[str, ...]:
        """The sorts of collectors that export what is selected in ways of their own."""
        known = (one for selector in selectors if (one := self.of(selector)))
        return tuple(dict.fromkeys(name for one in known for name in one.metric.variants))

    def with_recorded(self, recorded: Mapping[str, Labels]) -> "Catalogue":
        """This one, and what rules record under names of their own."""
        gauge = Metric(type=Type.GAUGE)
        made = {name: Exported(name, Type.GAUGE, labels, gauge) for name, labels in recorded.items()}
        return Catalogue({**made, **self.exported})


def name_of(selector: ast.VectorSelector) -> str:
    """The metric's name, wherever in the selector it stands; empty if there is none, or a pattern."""
    named = (m.value for m in matchers_of(selector) if m.name == NAME and m.op == ast.MatchOp.Equal)
    return selector.name or next(named, "")


@cache
def carried() -> Catalogue:
    """The catalogue that comes with the product."""
    return load_catalogue(())


def load_catalogue(files: Sequence[Path]) -> Catalogue:
    """The product's catalogue with a site's files added; what comes later replaces what has its name.

    Raises:
        ConfigError: with every mistake in the files.
    """
    problems: list[Problem] = []
    exported: dict[str, Exported] = {}
    scrape_labels: frozenset[str] = frozenset()
    for path in (resource_dir("catalogue") / CARRIED, *files):
        one = _file(path, problems)
        if one is not None:
            scrape_labels |= frozenset(one.scrape_labels)
            made = (form for name, metric in one.metrics.items() for form in _made(name, metric))
            exported |= {form.name: form for form in made}
    if problems:
        raise ConfigError(problems)
    return Catalogue({name: _scraped(one, scrape_labels) for name, one in exported.items()})


def _file(path: Path, problems: list[Problem]) -> CatalogueFile | None:
    document = document_of(path, read)
    problems.extend(document.problems)
    return _shaped(document, problems) if not document.problems else None


def _shaped(document: Document, problems: list[Problem]) -> CatalogueFile | None:
    try:
        return CatalogueFile.model_validate(document.value, strict=False)
    except ValidationError as error:
        problems.extend(validation_problems(document, error, CatalogueFile))
        return None


def _made(name: str, metric: Metric) -> Iterator[Exported]:
    """What a client library exports of a metric."""
    labels = ANY if metric.any_label else Labels(frozenset({*metric.labels, *metric.optional}))
    created = name.removesuffix("_total") + "_created"
    match metric.type:
        case Type.COUNTER:
            yield Exported(name, Type.COUNTER, labels, metric)
            yield Exported(created, Type.GAUGE, labels, metric, declared=False)
        case Type.HISTOGRAM | Type.SUMMARY:
            if metric.type is Type.HISTOGRAM:
                with_le = labels.with_(frozenset({"le"}))
                yield Exported(f"{name}_bucket", Type.COUNTER, with_le, metric, declared=False)
            else:
                with_quantile = labels.with_(frozenset({"quantile"}))
                yield Exported(name, Type.GAUGE, with_quantile, metric)
            for form in ("sum", "count"):
                yield Exported(f"{name}_{form}", Type.COUNTER, labels, metric, declared=False)
            yield Exported(created, Type.GAUGE, labels, metric, declared=False)
        case Type.GAUGE | Type.INFO:
            yield Exported(name, Type.GAUGE, labels, metric)


def _scraped(one: Exported, scrape_labels: frozenset[str]) -> Exported:
    return Exported(one.name, one.type, one.labels.with_(scrape_labels), one.metric, one.declared)


def window_seconds(one: Exported) -> float:
    """The shortest window over it that makes sense, in seconds; 0 if any does."""
    return seconds(one.metric.window) if one.metric.window else 0.0
