"""`responder check`: what is wrong with playbooks, all of it at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from responder.cli.shared import (
    FOUND_A_PROBLEM,
    ConfigOption,
    JsonOption,
    err,
    errors_shown,
    out,
    print_json,
    settings_from,
)
from responder.diagnose.registry import specs
from responder.knowledge.check import Checked
from responder.knowledge.check import check as find_problems
from responder.resources import resource_dir


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of playbooks; else the configured one, else those that come along."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="Prometheus rules they must agree with; those that come along have theirs."),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check the configuration and every playbook; exit with 1 if there is anything to mend."""
    settings = settings_from(config)
    place = folder or settings.playbooks.path
    with errors_shown():
        found = find_problems(place, specs(), rules) if place else _those_that_come_along(rules)
    if json:
        print_json(
            {"problems": [asdict(problem) for problem in found.problems], "playbooks": found.playbooks}
        )
    else:
        for problem in found.problems:
            err.print(str(problem), markup=False, soft_wrap=True)
        out.print(found.summary, markup=False, soft_wrap=True)
    if found.problems:
        raise typer.Exit(FOUND_A_PROBLEM)


def _those_that_come_along(rules: Path | None) -> Checked:
    return find_problems(
        resource_dir("playbooks"), specs(), rules or resource_dir("rules") / "hypertool.rules.yml"
    )
