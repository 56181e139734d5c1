"""The past: eight simulated days of ordinary life as OpenMetrics text, for a Prometheus that starts now.

    promtool tsdb create-blocks-from openmetrics FILE DATA_FOLDER

The samples carry the labels that a scrape would have added. A Hypertool started with the same seed, factor
and `live_from` lives through the same days first, so its counters go on where the history's end.

Besides there is `ALERTS`, where it would be there (`responder.demo.predictions`).

The last hours are sampled as often as Prometheus scrapes, for rules look at the last minutes closely; the two
days before, with which those are compared, once a (scaled) five minutes. What is older is there for people to
see, once an hour; `ALERTS` is as close there as in those two days.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from responder.demo.exposed import Exposed
from responder.demo.predictions import Predictions, written_labels
from responder.demo.reference import ReferenceHypertool
from responder.demo.simclock import HISTORY_START, HOUR, LIVE

COARSE_STEP: Final = 300.0
"""Simulated seconds between two samples of the older past."""

COMPARED: Final = 50 * HOUR
"""Simulated seconds before live that are looked at closely enough: "the day before" reaches back two days."""

FINE_FOR: Final = 2 * HOUR
"""Simulated seconds before live that are sampled as often as Prometheus scrapes."""

PROCESS_START: Final = "process_start_time_seconds"


@dataclass(frozen=True)
class Target:
    """What a scrape adds to each series."""

    instance: str
    job: str = "hypertool"

    def named(self, metric: str, labels: Mapping[str, str]) -> str:
        """The series as Prometheus names it."""
        return _named(metric, {**labels, "instance": self.instance, "job": self.job})


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
    started, predictions = hypertool.now().timestamp(), Predictions()
    exposed = Exposed(hypertool.metrics, target.named)
    up, process_start = target.named("up", {}), target.named(PROCESS_START, {})
    samples = 0
    for simulated in sample_times(scrape_every * hypertool.clock.factor):
        hypertool.advance(simulated)
        when = f" {hypertool.now().timestamp():.3f}\n"
        lines = []
        if simulated >= LIVE - COMPARED or simulated % HOUR == 0:
            lines += [f"{up} 1{when}", f"{process_start} {started:.3f}{when}"]
            lines += [f"{name} {value!r}{when}" for name, value in exposed.values()]
        remaining = {persona: hypertool.remaining(persona) for persona in hypertool.metrics.personas}
        firing = predictions.firing(simulated, remaining)
        lines += [f"{_named('ALERTS', written_labels(who))} 1{when}" for who in firing]
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


def _named(metric: str, labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{metric}{{{pairs}}}"
