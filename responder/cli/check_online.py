"""`responder check --online`: the far sides that are asked, and what they say as tables."""

import asyncio
from dataclasses import asdict
from typing import Final

from pydantic import SecretStr
from rich.table import Table
from rich.text import Text

from responder.cli.output import out, print_table
from responder.cli.server import server_address
from responder.clients.alertmanager import Alertmanager
from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.clients.round_trip import Server
from responder.domain.clock import system_clock
from responder.knowledge.check import Files
from responder.knowledge.lint.said import Facts
from responder.knowledge.online.ask import FarSides, ask_far_sides
from responder.knowledge.online.result import Ran, Told
from responder.settings import Settings, client_token

WORDS: Final = {
    True: Text("there", style="green"),
    False: Text("not there", style="yellow"),
    None: Text("not asked", style="dim"),
}
SHOWN: Final = 15
"""Queries in the table: those that take longest."""


def asked(files: Files, facts: Facts, settings: Settings) -> Told:
    """What the configured far sides say of the files."""
    return asyncio.run(_asked(files, facts, settings))


async def _asked(files: Files, facts: Facts, settings: Settings) -> Told:
    async with Http() as http:
        within = settings.prometheus.timeout
        prometheus = Prometheus(
            http, settings.prometheus.url, _text(settings.prometheus.token), patience=within
        )
        grafana = settings.grafana
        sides = FarSides(
            prometheus=prometheus,
            alertmanager=Alertmanager(http, settings.alertmanager.url),
            grafana=Grafana(http, grafana.url, _text(grafana.token)) if grafana.url else None,
            server=Server(http, server_address(None, _own(settings)), client_token()),
            clock=system_clock,
            within=within,
        )
        return await ask_far_sides(files, facts, sides)


def _own(settings: Settings) -> str:
    return f"http://{settings.server.host}:{settings.server.port}"


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def plain(told: Told) -> dict[str, object]:
    """For machines."""
    return {"queries": [asdict(one) for one in told.ran], "there": [asdict(one) for one in told.there]}


def show(told: Told) -> None:
    """What is there and what isn't, and the queries that take longest."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in told.there:
        table.add_row(WORDS[one.there], Text(one.kind), Text(one.name), Text(one.said))
    if told.there:
        print_table(table)
    if told.ran:
        out.print()
        _show_queries(sorted(told.ran, key=lambda ran: ran.took or float("inf"), reverse=True))


def _show_queries(ran: list[Ran]) -> None:
    table = Table("takes", "touches", "answers", "query", box=None, pad_edge=False)
    for one in ran[:SHOWN]:
        took = "-" if one.took is None else f"{one.took * 1000:.0f} ms"
        touched = "-" if one.touched is None else f"{one.touched} series"
        answered = "-" if one.answered is None else f"{one.answered}"
        table.add_row(took, touched, answered, Text(f"{one.query.file}:{one.query.line} {one.query.key}"))
    print_table(table)
    if len(ran) > SHOWN:
        out.print(f"the {SHOWN} slowest of {len(ran)} queries")
    out.print()
