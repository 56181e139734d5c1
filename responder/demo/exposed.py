"""What a Hypertool exposes, read thousands of times over.

The library makes an object of each sample each time it is asked: that was three quarters of what writing a
history took. Here it is asked for the names of a series once; the numbers are read where it keeps them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from responder.hypertool import HypertoolMetrics

N = TypeVar("N")


class Exposed(Generic[N]):
    """Reads the series of one Hypertool, without the times of their creation.

    Args:
        metrics: what it exposes.
        name: what a series is called, by its metric's name and its labels; asked once each.
    """

    def __init__(self, metrics: HypertoolMetrics, name: Callable[[str, Mapping[str, str]], N]) -> None:
        self._metrics = metrics
        self._name = name
        self._names: dict[MetricWrapperBase, Sequence[N]] = {}

    def values(self) -> Iterator[tuple[N, float]]:
        """Each series and its value now."""
        for metric in _exposed(self._metrics):
            for labels, child in _children(metric):
                if child not in self._names:
                    self._names[child] = list(self._named(labels, child))
                yield from zip(self._names[child], _numbers(child), strict=True)

    def _named(self, labels: Mapping[str, str], child: MetricWrapperBase) -> Iterator[N]:
        for family in child.collect():
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    yield self._name(sample.name, {**labels, **sample.labels})


def _exposed(metrics: HypertoolMetrics) -> Iterator[MetricWrapperBase]:
    yield metrics.persona_switches
    yield metrics.persona_duration
    yield metrics.persona_tokens_used
    yield metrics.persona_token_budget
    yield metrics.workflow_stage_duration
    yield metrics.workflow_quality_gate
    if metrics.langfuse_traces is not None:
        yield metrics.langfuse_traces


def _children(metric: MetricWrapperBase) -> Iterator[tuple[Mapping[str, str], MetricWrapperBase]]:
    names = metric._labelnames  # noqa: SLF001 - the library tells it by new objects only, here and below
    if not names:
        yield {}, metric
        return
    for values, child in metric._metrics.items():  # noqa: SLF001
        yield dict(zip(names, values, strict=True)), child


def _numbers(child: MetricWrapperBase) -> Sequence[float]:
    """In the order of its samples."""
    if isinstance(child, Histogram):
        counts = list(accumulate(bucket.get() for bucket in child._buckets))  # noqa: SLF001
        return *counts, counts[-1], child._sum.get()  # noqa: SLF001
    number: float = child._value.get()  # type: ignore[attr-defined]  # noqa: SLF001 - counters and gauges have it
    return (number,)
