"""What commands print, for people and for machines."""

import json
import sys
from typing import Any, Final

from rich.console import Console, ConsoleDimensions
from rich.measure import Measurement
from rich.table import Table

WIDEST: Final = 1000
"""Columns."""
ENDLESS: Final = 10_000


class Output(Console):
    """As wide as the terminal, or as `COLUMNS` says; in a pipe nothing is wrapped, for whatever reads on."""

    @property  # type: ignore[misc] # nobody sets it
    def size(self) -> ConsoleDimensions:
        """How much there is room for."""
        size = super().size
        return size if self.is_terminal or self._width is not None else size._replace(width=ENDLESS)


out: Final = Output(highlight=False)
err: Final = Output(stderr=True, highlight=False)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    """One JSON document on standard output, as it is: no colours, no wrapping."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(table: Table) -> None:
    """A table for people, each row on one line even where the terminal (or a pipe) is narrower."""
    for column in table.columns:
        column.no_wrap = True
    unbounded = out.options.update(width=WIDEST, max_width=WIDEST)
    out.width = max(out.width, Measurement.get(out, unbounded, table).maximum)
    out.print(table)


def short_time(text: str) -> str:
    """RFC 3339 in UTC as people read it: to the second."""
    return text[:19].replace("T", " ")
