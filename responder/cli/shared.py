"""What commands share: options, output, and how an error becomes a message and an exit code."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from responder.domain.errors import BadInput, ConfigError, ResponderError
from responder.settings import Settings, load_settings

FOUND_A_PROBLEM: Final = 1
USED_WRONGLY: Final = 2
WIDEST: Final = 1000
"""Columns."""

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The configuration file; else RESPONDER_CONFIG, else defaults.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

out: Final = Console(highlight=False)
err: Final = Console(stderr=True, highlight=False)


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


def plural(count: int, noun: str) -> str:
    """The count with its noun: 1 problem, 2 problems."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


@contextmanager
def errors_shown() -> Iterator[None]:
    """Say in plain words what is known to be wrong; anything else is a defect and shows its trace."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            err.print(str(problem), markup=False, soft_wrap=True)
        err.print(plural(len(error.problems), "problem"), markup=False)
        raise typer.Exit(USED_WRONGLY) from error
    except BadInput as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(USED_WRONGLY) from error
    except ResponderError as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(FOUND_A_PROBLEM) from error


def settings_from(config: Path | None) -> Settings:
    """The configuration, or the exit with every mistake in it."""
    with errors_shown():
        return load_settings(config)
