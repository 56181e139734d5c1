"""`responder runbook`: the runbook as one page, made of the playbooks."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from responder.cli.calls import (
    FOUND_A_PROBLEM,
    USED_WRONGLY,
    ConfigOption,
    JsonOption,
    errors_shown,
    settings_from,
)
from responder.cli.output import err, out, print_json
from responder.diagnose.registry import specs
from responder.knowledge.runbook import difference, read_runbook
from responder.playbook.runbook import Runbook, as_json
from responder.render.markdown import runbook_markdown
from responder.resources import resource_dir


def runbook(
    playbooks: Annotated[
        Path | None,
        typer.Option(help="A folder of playbooks; else the configured one, else those that come along."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    check: Annotated[
        Path | None, typer.Option(help="Only say whether this file is still what the playbooks say.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Print the runbook as Markdown; with --check exit with 1 if a page differs from it."""
    if sum(map(bool, (output, check, json))) > 1:
        err.print("--output, --check and --json exclude each other")
        raise typer.Exit(USED_WRONGLY)
    folder = playbooks or settings_from(config).playbooks.path or resource_dir("playbooks")
    with errors_shown():
        made = read_runbook(folder, specs())
    if check:
        _held_against(made, check)
    elif output:
        _written(runbook_markdown(made), output)
    elif json:
        print_json(as_json(made))
    else:
        sys.stdout.write(runbook_markdown(made))


def _held_against(made: Runbook, page: Path) -> None:
    try:
        line = difference(made, page.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(page, "read", error) from error
    if line is not None:
        said = f"{page}:{line}: the playbooks say something else: make it again with --output"
        err.print(said, markup=False, soft_wrap=True)
        raise typer.Exit(FOUND_A_PROBLEM)
    out.print(f"{page} is what the playbooks say", markup=False, soft_wrap=True)


def _written(text: str, page: Path) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unusable(page, "written", error) from error


def _unusable(page: Path, what: str, error: OSError | UnicodeDecodeError) -> typer.Exit:
    reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
    err.print(f"{page} can't be {what}: {reason}", markup=False, soft_wrap=True)
    return typer.Exit(USED_WRONGLY)
