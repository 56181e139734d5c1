"""Lays all cases of a run into one Prometheus: each in a time of its own, too far off to see the others.

The times are fixed: the first case is asked at noon of a day long ago, and each later one at noon of a later
day, so that a query with steps of a day sees the same on every run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.past import Past
from responder.knowledge.playbook_tests.reach import LOOKBACK, reach_of_playbook

FIRST_NOON: Final = datetime(2015, 1, 10, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Placed:
    """A case, and when it is asked."""

    loaded: Loaded
    now: datetime

    @property
    def beginning(self) -> datetime:
        """When its series begin."""
        return self.now - timedelta(seconds=self.loaded.at)


def placed(cases: Iterable[Loaded]) -> Iterator[Placed]:
    """Each case at the first noon at which it no longer sees what was there for the one before."""
    noon, free_from = FIRST_NOON, FIRST_NOON - timedelta(days=1000)
    reaches: dict[str, float] = {}
    for loaded in cases:
        playbook = loaded.playbook
        reach = reaches.setdefault(playbook.alert, reach_of_playbook(playbook))
        back = timedelta(seconds=max(reach, loaded.at))
        while noon - back <= free_from:
            noon += timedelta(days=1)
        yield Placed(loaded, noon)
        free_from = noon + timedelta(seconds=max(0.0, loaded.length - loaded.at) + LOOKBACK)
        noon += timedelta(days=1)


def write_openmetrics(path: Path, cases: Sequence[Placed]) -> int:
    """Write the past of all cases, and answer the number of samples."""
    with path.open("w", encoding="utf-8") as file:
        count = sum(
            _write(file, past, case.beginning.timestamp()) for case in cases for past in case.loaded.past
        )
        file.write("# EOF\n")
    return count


def _write(file: TextIO, past: Past, beginning: float) -> int:
    file.writelines(
        f"{past.name} {sample.value!r} {beginning + sample.after:.3f}\n" for sample in past.samples
    )
    return len(past.samples)
