"""Durable intake against a bare endpoint, in turns: 16 connections, every notification a new incident.

The responder is the whole one, with the settings it comes with: so many new incidents are a storm to it, of
which it investigates the worst and tells in a summary. The same with storms switched off, where each incident
is ordered to be investigated, is measured beside it, and so is intake on PostgreSQL. Prometheus is a stand-in
and people are told in the log, so that the two cores are the responder's and the load generator's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from responder.testing.postgres import Postgres, running_postgres
from responder.testing.prometheus import prometheus_stand_in
from tests.bench.figures import Figure, Holds, Target
from tests.bench.loaded import Loaded, bare, ours
from tests.bench.options import Options
from tests.bench.playbooks import write_five_diagnostics
from tests.bench.site import CALM, Site

SHARE: Final = Target(limit=0.45, at_least=True, holds=Holds.EVERYWHERE)
P99: Final = Target(limit=60)
RESIDENT: Final = Target(limit=300)
ON_POSTGRES: Final = Target(limit=600, at_least=True)


async def bench(options: Options, folder: Path) -> list[Figure]:
    """Each turn has a process and a database of its own."""
    playbooks = write_five_diagnostics(folder / "intake-five")
    reference, shipped, calm, postgres = [], [], [], []
    with running_postgres(durable=True) as server:
        async with prometheus_stand_in() as prometheus:
            for number in range(options.rounds):
                place = folder / f"intake-{number}"
                reference.append(await bare(options, _made(place / "bare")))
                site = Site(folder=_made(place / "shipped"), prometheus=prometheus.url, playbooks=playbooks)
                shipped.append(await ours(options, site))
                calm.append(await ours(options, replace(site, folder=_made(place / "calm"), storm=CALM)))
                postgres.append(await _on_postgres(options, site, server, _made(place / "postgres")))
    return [
        *_shares("durable intake", shipped, reference),
        *_figures("durable intake", shipped, P99),
        *_shares("each incident ordered", calm, reference),
        *_figures("each incident ordered", calm, P99),
        *_figures("on PostgreSQL", postgres, P99, ON_POSTGRES),
        *_figures("bare endpoint", reference),
        *_peaks({"durable intake": shipped, "each incident ordered": calm, "on PostgreSQL": postgres}),
    ]


async def _on_postgres(options: Options, site: Site, server: Postgres, folder: Path) -> Loaded:
    with server.database() as url:
        return await ours(options, replace(site, folder=folder, database=url))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _shares(name: str, ones: Sequence[Loaded], reference: Sequence[Loaded]) -> list[Figure]:
    shares = [one.a_second / other.a_second for one, other in zip(ones, reference, strict=True)]
    return [Figure(name=f"{name}, share of the bare endpoint's", unit="", rounds=shares, target=SHARE)]


def _peaks(ones: Mapping[str, Sequence[Loaded]]) -> list[Figure]:
    return [
        Figure(name=f"{name}, most resident", unit="MB", rounds=[one.peak for one in of], target=RESIDENT)
        for name, of in ones.items()
    ]


def _figures(
    name: str, ones: Sequence[Loaded], p99: Target | None = None, a_second: Target | None = None
) -> list[Figure]:
    return [
        Figure(name=name, unit="requests/s", rounds=[one.a_second for one in ones], target=a_second),
        Figure(name=f"{name}, p99 of an answer", unit="ms", rounds=[one.p99 for one in ones], target=p99),
        Figure(name=f"{name}, CPU a request", unit="ms", rounds=[one.cpu for one in ones]),
    ]
