"""`responder doctor`: prove the wiring, and say what to mend."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from responder.app import examined
from responder.cli.calls import FOUND_A_PROBLEM, ConfigOption, JsonOption, settings_from
from responder.cli.output import print_json, print_table
from responder.cli.server import ServerOption, server_address
from responder.engine.doctor import Verdict
from responder.settings import client_token

STYLES = {Verdict.FINE: "green", Verdict.MEND: "red", Verdict.NOT_CONFIGURED: "dim"}


def doctor(
    config: ConfigOption = None,
    server: ServerOption = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the test alert.", min=1, max=600)] = 60,
    json: JsonOption = False,
) -> None:
    """Ask each configured far side, send a test alert through Alertmanager, and see it arrive."""
    settings = settings_from(config)
    address = server_address(server, f"http://{settings.server.host}:{settings.server.port}")
    found = asyncio.run(examined(settings, address, client_token(), wait))
    if json:
        print_json([asdict(one) for one in found])
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for one in found:
            words = one.verdict.replace("_", " ")
            table.add_row(Text(words, style=STYLES[one.verdict]), Text(one.part), Text(one.said))
        print_table(table)
    if any(one.verdict is Verdict.MEND for one in found):
        raise typer.Exit(FOUND_A_PROBLEM)
