"""The command `responder`: one small file a command, read only when it is called.

Exit codes: 0 fine, 1 found a problem, 2 used wrongly (a mistake in the call or in the configuration).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from responder.lean import unadorned

COMMANDS: Final = (
    "serve",
    "demo",
    "check",
    "diagnose",
    "incidents",
    "fixes",
    "audit",
    "database",
    "doctor",
    "rules",
    "dashboards",
    "runbook",
    "playbooks",
)
"""Each is a module of this package: a function of its name, or an `app` with commands of its own."""


class Commands(TyperGroup):
    """Finds commands by their module: the server doesn't carry the demo, nor a client the server."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - Click's own is not public
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - likewise
        return command(cmd_name) if cmd_name in COMMANDS else None


def command(name: str) -> Any:  # noqa: ANN401 - likewise
    """One command, ready to be called."""
    with _nothing_is_garbage(), unadorned() if name == "serve" else nullcontext():
        module = import_module(f"{__name__}.{name}")
    found = getattr(module, "app", None)
    if found is None:
        found = typer.Typer(add_completion=False)
        found.command(name)(getattr(module, name))
    made = get_command(found)
    made.name = name
    return made


@contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """Looking for garbage while importing takes a fifth of the start, and what is imported stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


app: Final = typer.Typer(
    name="responder",
    cls=Commands,
    help="Answers Hypertool's alerts: investigates, explains and tells.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def responder() -> None:
    """Answers Hypertool's alerts: investigates, explains and tells."""


def main() -> None:
    """Run the command line."""
    app()
