"""The past: eight simulated days of ordinary life as OpenMetrics text, for a Prometheus that starts now.

    promtool tsdb create-blocks-from openmetrics FILE DATA_FOLDER

The samples carry the labels that a scrape would have added. A Hypertool started with the same seed, factor
and `live_from` lives through the same days first, so its counters go on where the history's end.

Besides there is `ALERTS`, where it would be there (`responder.demo.predictions`).

Most of the past is sampled once a (scaled) five minutes, the last hours as often as Prometheus scrapes:
rules look at the last minutes closely, comparisons with the days before look at hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from prometheus_client import CollectorRegistry

from responder.demo.predictions import Predictions, written_labels
from responder.demo.reference import ReferenceHypertool
from responder.demo.simclock import HISTORY_START, HOUR, LIVE

COARSE_STEP: Final = 300.0
"""Simulated seconds between two samples of the older past."""

FINE_FOR: Final = 2 * HOUR
"""Simulated seconds before live that are sampled as often as Prometheus scrapes."""

PROCESS_START: Final = "process_start_time_seconds"


@dataclass(frozen=True)
class Target:
    """What a scrape adds to each series."""

    instance: str
    job: str = "hypertool"


def write_history(path: Path, hypertool: ReferenceHypertool, target: Target, scrape_every: float) -> int:
    """Write the eight days before the clock's `live_from`, and answer the number of samples.

    Args:
        path: the file; it is overwritten.
        hypertool: at the start of history; at its end it has lived up to `LIVE`.
        target: the labels of the scrape.
        scrape_every: real seconds between two scrapes.
    """
    with path.open("w", encoding="utf-8") as file:
        return _write(file, hypertool, target, scrape_every)


def _write(file: TextIO, hypertool: ReferenceHypertool, target: Target, scrape_every: float) -> int:
    started = hypertool.now().timestamp()
    series, predictions = _Series(target), Predictions()
    samples = 0
    for simulated in sample_times(scrape_every * hypertool.clock.factor):
        hypertool.advance(simulated)
        when = f" {hypertool.now().timestamp():.3f}\n"
        lines = [f"{series.name('up', {})} 1{when}", f"{series.name(PROCESS_START, {})} {started:.3f}{when}"]
        lines += [f"{name} {value}{when}" for name, value in series.values(hypertool.registry)]
        remaining = {persona: hypertool.remaining(persona) for persona in hypertool.metrics.personas}
        lines += [f"{series.alert(who)} 1{when}" for who in predictions.firing(simulated, remaining)]
        file.writelines(lines)
        samples += len(lines)
    file.write("# EOF\n")
    return samples


def sample_times(fine_step: float) -> Iterator[float]:
    """The simulated seconds at which the past is sampled, oldest first."""
    fine_from = LIVE - FINE_FOR
    yield from _steps(HISTORY_START, fine_from, max(COARSE_STEP, fine_step))
    yield from _steps(fine_from, LIVE, fine_step)


def _steps(start: float, end: float, step: float) -> Iterable[float]:
    return (start + step * number for number in range(1, round((end - start) / step) + 1))


class _Series:
    """The series' names as text, made once each: 3000 times the same."""

    def __init__(self, target: Target) -> None:
        self._labels = {"instance": target.instance, "job": target.job}
        self._names: dict[tuple[str, ...], str] = {}

    def name(self, metric: str, labels: dict[str, str]) -> str:
        key = (metric, *labels.values())
        if key not in self._names:
            self._names[key] = _named(metric, {**labels, **self._labels})
        return self._names[key]

    def alert(self, persona: str) -> str:
        """The series of the persona's alert, which no scrape brings."""
        key = ("ALERTS", persona)
        if key not in self._names:
            self._names[key] = _named("ALERTS", written_labels(persona))
        return self._names[key]

    def values(self, registry: CollectorRegistry) -> Iterator[tuple[str, str]]:
        """Each series and its value, without the times of creation."""
        for family in registry.collect():
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    yield self.name(sample.name, sample.labels), repr(sample.value)


def _named(metric: str, labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{metric}{{{pairs}}}"
