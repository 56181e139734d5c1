"""How commands are called and how they fail: options, exit codes, and errors in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from responder.domain.errors import BadInput, ConfigError, ResponderError
from responder.settings import Settings, load_settings

FOUND_A_PROBLEM: Final = 1
USED_WRONGLY: Final = 2

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The configuration file; else RESPONDER_CONFIG, else defaults.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


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
            typer.echo(str(problem), err=True)
        typer.echo(plural(len(error.problems), "problem"), err=True)
        raise typer.Exit(USED_WRONGLY) from error
    except BadInput as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USED_WRONGLY) from error
    except ResponderError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FOUND_A_PROBLEM) from error


def settings_from(config: Path | None) -> Settings:
    """The configuration, or the exit with every mistake in it."""
    with errors_shown():
        return load_settings(config)
