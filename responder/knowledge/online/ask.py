"""Asks all far sides, side by side; one that is away is a finding, not the end."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from responder.clients.advice import with_advice
from responder.clients.alertmanager import Alertmanager
from responder.clients.grafana import Grafana
from responder.clients.prometheus import Prometheus
from responder.clients.round_trip import Server
from responder.domain.clock import Clock
from responder.domain.errors import AdapterError, Problem
from responder.domain.lint import LintRule
from responder.knowledge.check import Files
from responder.knowledge.lint.said import Facts
from responder.knowledge.online import boards, routes
from responder.knowledge.online.asked import queries
from responder.knowledge.online.prometheus import Asker
from responder.knowledge.online.result import There, Told
from responder.knowledge.online.routes import Trip

TOTAL_SECONDS: Final = 120.0
"""For all questions to one far side together."""
TRIP_SECONDS: Final = 20.0
"""For the test alert; its route waits for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSides:
    """Whom to ask; `within` is in seconds, for each question."""

    prometheus: Prometheus
    alertmanager: Alertmanager
    grafana: Grafana | None
    server: Server
    """The running responder, at which a test alert is to arrive."""
    clock: Clock
    within: float
    patience: float = TRIP_SECONDS
    """Seconds until the test alert counts as lost."""


async def ask_far_sides(files: Files, facts: Facts, sides: FarSides) -> Told:
    """What they say of the files."""
    trip = Trip(sides.server, sides.clock, sides.patience)
    asker = Asker(sides.prometheus, sides.clock, sides.within)
    asked = [
        _told(
            "Prometheus",
            "prometheus.url, prometheus.token",
            asker.told(queries(files, facts), facts.catalogue),
        ),
        _told("Alertmanager", "alertmanager.url", routes.told(sides.alertmanager, files, trip, sides.within)),
    ]
    if sides.grafana:
        asked.append(
            _told("Grafana", "grafana.url, grafana.token", boards.told(sides.grafana, files, sides.within))
        )
    else:
        nobody = There(kind="dashboard", name="Grafana", there=None, said="set grafana.url to ask it")
        asked.append(_nothing_but(nobody))
    return sum(await asyncio.gather(*asked), Told())


async def _nothing_but(there: There) -> Told:
    return Told(there=(there,))


async def _told(system: str, setting: str, asking: Awaitable[Told]) -> Told:
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await asking
    except TimeoutError:
        message = f"it did not answer everything within {TOTAL_SECONDS:.0f} s ({setting})"
    except AdapterError as error:
        message = with_advice(error, setting).removeprefix(f"{system}: ")
    return Told(problems=(Problem(system, 0, "", message, LintRule.FAR_SIDE_AWAY),))
