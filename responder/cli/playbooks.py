"""`responder playbooks`: what they say, their tests, and what editors need to know of them."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from responder.cli.calls import (
    FOUND_A_PROBLEM,
    USED_WRONGLY,
    ConfigOption,
    JsonOption,
    errors_shown,
    settings_from,
)
from responder.cli.output import err, out, print_json, print_table
from responder.cli.playbook_tests import as_json, case_lines, chosen, hints, summary
from responder.cli.playbook_view import playbook_table, playbook_view
from responder.diagnose.registry import specs
from responder.domain.errors import BadInput
from responder.knowledge.playbook_tests.load import load as load_tests
from responder.knowledge.playbook_tests.run import Outcome, run
from responder.knowledge.playbook_tests.unproven import unproven
from responder.knowledge.reference import reference as reference_page
from responder.knowledge.schema import as_text, playbook_schema, schema_of_tests
from responder.playbook.load import load
from responder.playbook.model import Playbooks
from responder.resources import resource_dir
from responder.testing.binaries import Tool, ToolMissing, find
from responder.testing.servers import ServerFailed
from responder.yamldoc import did_you_mean

app: Final = typer.Typer(help="What playbooks say, and their tests.", no_args_is_help=True)

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--playbooks", help="A folder of playbooks; else the configured one, else those that come along."
    ),
]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file.")]


@app.callback()
def playbooks() -> None:
    """What playbooks say, and their tests."""


@app.command("list")
def list_(playbooks: FolderOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the playbooks: for which alert, how grave, what is asked and what may be done."""
    found = _loaded(playbooks, config)
    if json:
        print_json({"playbooks": [_head(name, found) for name in found]})
    else:
        print_table(playbook_table(found.values()))


@app.command()
def show(
    alert: Annotated[str, typer.Argument(help="The alert's name, for example TokenBudgetExceeded.")],
    playbooks: FolderOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Explain a playbook: what is asked, what speaks for and against each cause, what may be done."""
    found = _loaded(playbooks, config)
    with errors_shown():
        if alert not in found:
            raise BadInput("no_playbook", f'there is no playbook for "{alert}"{did_you_mean(alert, found)}')
    if json:
        print_json(found[alert].model_dump(mode="json", by_alias=True))
    else:
        out.print(playbook_view(found[alert]))


@app.command("test")
def run_tests(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of playbooks or of tests, or files of tests; else as for list."),
    ] = None,
    case: Annotated[str | None, typer.Option(help="Only cases with this in their names.")] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Also name evidence that no case would miss, with its line.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Run the tests of playbooks on a real Prometheus that is started for them; exit with 1 if one fails."""
    with errors_shown():
        cases = chosen(load_tests(paths or [_folder(None, config)], specs()), case)
    say = (lambda _: None) if json else _say
    try:
        find(Tool.PROMETHEUS, say=_fetching)
        outcomes = asyncio.run(run(cases, say))
    except (ToolMissing, ServerFailed) as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(FOUND_A_PROBLEM) from error
    passed = all(outcome.passed for outcome in outcomes)
    missed_by_none = unproven(outcomes) if thorough and passed else ()
    if json:
        print_json(as_json(outcomes, missed_by_none))
    else:
        lines = (*missed_by_none, *hints(outcomes, whole=case is None), summary(outcomes))
        for line in lines:
            out.print(str(line), markup=False, soft_wrap=True)
    if not passed:
        raise typer.Exit(FOUND_A_PROBLEM)


@app.command()
def schema(
    tests: Annotated[bool, typer.Option("--tests", help="That of files of tests.")] = False,
    output: OutputOption = None,
) -> None:
    """Print the JSON schema of playbooks, with which editors complete and check them."""
    _write(as_text(schema_of_tests() if tests else playbook_schema(specs())), output)


@app.command()
def reference(output: OutputOption = None) -> None:
    """Print the reference of every key of a playbook as Markdown."""
    _write(reference_page(specs()), output)


def _folder(playbooks: Path | None, config: Path | None) -> Path:
    return playbooks or settings_from(config).playbooks.path or resource_dir("playbooks")


def _loaded(playbooks: Path | None, config: Path | None) -> Playbooks:
    with errors_shown():
        return load(_folder(playbooks, config), specs())


def _head(name: str, found: Playbooks) -> dict[str, object]:
    keys = {"alert", "title", "severity", "category", "variables", "version"}
    return found[name].model_dump(mode="json", include=keys)


def _say(outcome: Outcome) -> None:
    """One case's outcome at once: the whole takes a while."""
    for line in case_lines(outcome):
        out.print(line, soft_wrap=True)


def _fetching(words: str) -> None:
    err.print(words, markup=False, soft_wrap=True)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        err.print(f"{output} can't be written: {error.strerror}", markup=False, soft_wrap=True)
        raise typer.Exit(USED_WRONGLY) from error
