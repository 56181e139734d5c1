"""`responder rules`: the Prometheus rules that come with the product."""

import sys
from typing import Annotated, Final

import typer

from responder.cli.shared import errors_shown
from responder.knowledge.rules import DEMO_GRAFANA, DEMO_RUNBOOK, render_rules
from responder.resources import resource_dir

app: Final = typer.Typer(help="The Prometheus rules that come with the product.", no_args_is_help=True)


@app.callback()
def rules() -> None:
    """The Prometheus rules that come with the product."""


@app.command()
def render(
    grafana_url: Annotated[str, typer.Option(help="Where Grafana's own paths begin.")] = DEMO_GRAFANA,
    runbook_url: Annotated[
        str, typer.Option(help="The runbook's page; '#' and the alert's name are added.")
    ] = DEMO_RUNBOOK,
) -> None:
    """Print the rules with your site's addresses: put the output where Prometheus's rule_files point."""
    text = (resource_dir("rules") / "hypertool.rules.yml").read_text(encoding="utf-8")
    with errors_shown():
        sys.stdout.write(render_rules(text, grafana_url=grafana_url, runbook_url=runbook_url))
