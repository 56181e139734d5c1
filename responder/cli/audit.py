"""`responder audit`: what was done to Hypertool, by whom and why."""

import json as json_module
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from responder.cli.calls import JsonOption
from responder.cli.fix_view import line_row
from responder.cli.output import out, print_table
from responder.cli.server import ServerOption, ask, checked_id

PAGE: Final = 200
"""Lines that the server gives at once."""
MOST: Final = 1_000_000
COLUMNS: Final = ("AT", "BY", "HAPPENED", "CHANGE", "TEXT", "FIX", "INCIDENT", "QUICK FIX", "TARGET")


def audit(
    incident: Annotated[str | None, typer.Option(help="Only lines of this incident.")] = None,
    fix: Annotated[str | None, typer.Option(help="Only lines of this fix.")] = None,
    limit: Annotated[int, typer.Option(help="So many, the newest.", min=1, max=MOST)] = 50,
    before: Annotated[int | None, typer.Option(help="Only lines before this `seq`.", min=1)] = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Show the audit log of quick fixes, the newest first; `--json` prints a JSON document a line."""
    lines = _lines(server, {"incident": checked_id(incident), "fix": checked_id(fix)}, before, limit)
    if json:
        for line in lines:
            sys.stdout.write(json_module.dumps(line, ensure_ascii=False) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column)
    for line in lines:
        of = (Text(line.get(key, "")) for key in ("fix", "incident", "quick_fix", "target"))
        table.add_row(*line_row(line), *of)
    print_table(table) if table.row_count else out.print("no lines")


def _lines(
    server: str | None, of: dict[str, Any], before: int | None, limit: int
) -> Iterator[dict[str, Any]]:
    """Page through the log."""
    left = limit
    while left > 0:
        query = {**of, "before": before, "limit": min(left, PAGE)}
        answer = ask(server, "/api/v1/audit", "lines", query)
        yield from answer["lines"][:left]
        left, before = left - len(answer["lines"]), answer["before"]
        if before is None:
            return
