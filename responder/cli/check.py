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
    out,
    print_json,
    settings_from,
)
from responder.diagnose.registry import specs
from responder.knowledge.check import check as find_problems
from responder.resources import resource_dir


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder of playbooks; else the configured one, else those that come along."),
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check the configuration and every playbook; exit with 1 if there is anything to mend."""
    settings = settings_from(config)
    place = folder or settings.playbooks.path or resource_dir("playbooks")
    found = find_problems(place, specs())
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
