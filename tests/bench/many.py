"""Notifications of a hundred alerts each, on SQLite and on PostgreSQL: alerts a second into incidents.

What was accepted is counted in the database afterwards.

Beside it, in turns: what the bare endpoint takes of the very same bodies, which it neither reads nor splits.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from responder.testing.postgres import running_postgres
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.figures import Figure, Target
from tests.bench.loaded import Loaded, bare, ours
from tests.bench.options import Options
from tests.bench.playbooks import write_five_diagnostics
from tests.bench.site import Site

ALERTS: Final = 100
"""In a notification."""
A_SECOND: Final = Target(limit=10_000, at_least=True)
RESIDENT: Final = Target(limit=300)


async def bench(options: Options, folder: Path) -> list[Figure]:
    """Each turn has a process and a database of its own."""
    playbooks = write_five_diagnostics(folder / "many-five")
    rounds: dict[str, list[Loaded]] = {"SQLite": [], "PostgreSQL": [], "bare endpoint": []}
    with running_postgres(durable=True) as server:
        async with prometheus_stand_in() as prometheus:
            for number in range(options.rounds):
                place = folder / f"many-{number}"
                place.mkdir()
                site = Site(folder=place, prometheus=prometheus.url, playbooks=playbooks)
                rounds["bare endpoint"].append(await bare(options, place, alerts=ALERTS))
                rounds["SQLite"].append(await ours(options, site, alerts=ALERTS))
                with server.database() as url:
                    on_postgres = replace(site, database=url)
                    rounds["PostgreSQL"].append(await ours(options, on_postgres, alerts=ALERTS))
    return [figure for name, ones in rounds.items() for figure in _figures(name, ones)]


def _figures(name: str, ones: list[Loaded]) -> list[Figure]:
    ours_here = name != "bare endpoint"
    what = f"{ALERTS} alerts a notification, {name}"
    figures = [
        Figure(
            name=what,
            unit="alerts/s",
            rounds=[one.a_second * ALERTS for one in ones],
            target=A_SECOND if ours_here else None,
        )
    ]
    if ours_here:
        peaks = [one.peak for one in ones]
        figures.append(Figure(name=f"{what}: most resident", unit="MB", rounds=peaks, target=RESIDENT))
    return figures
