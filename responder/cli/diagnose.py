"""`responder diagnose`: run a playbook now, from here, without an alert. Changes nothing."""

import asyncio
import json as json_module
from typing import Annotated

import typer

from responder.app import diagnosis
from responder.cli.calls import USED_WRONGLY, ConfigOption, JsonOption, errors_shown, settings_from
from responder.cli.output import err, out
from responder.playbook.codec import report_to_json
from responder.render.terminal import report_view


def diagnose(
    alert: Annotated[str, typer.Argument(help="The alert's name, for example TokenBudgetExceeded.")],
    labels: Annotated[
        list[str] | None, typer.Argument(help="Its labels, for example persona=backend-engineer.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Run an alert's playbook now and say what it finds. Asks the configured far sides; changes nothing."""
    settings = settings_from(config)
    with errors_shown():
        notice = asyncio.run(diagnosis(settings, alert, dict(map(_pair, labels or []))))
    assert notice.report is not None  # noqa: S101 - a diagnosis always has one
    if json:
        typer.echo(json_module.dumps(json_module.loads(report_to_json(notice.report)), indent=2))
    else:
        out.print(report_view(notice))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        err.print(f'write a label as name=value, not "{text}"', markup=False)
        raise typer.Exit(USED_WRONGLY)
    return name, value
