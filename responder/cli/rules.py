"""`responder rules`: the Prometheus rules that come with the product: render, load, and prove them loaded."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from responder.app import with_prometheus
from responder.cli.calls import FOUND_A_PROBLEM, ConfigOption, JsonOption, errors_shown, plural, settings_from
from responder.cli.output import err, out, print_json
from responder.clients.http import for_people
from responder.clients.prometheus import Prometheus
from responder.clients.prometheus_rules import LoadedGroup
from responder.knowledge.loaded_rules import compare, not_evaluated, shipped
from responder.knowledge.push_rules import NotReloaded, checked
from responder.knowledge.push_rules import push as push_rules
from responder.knowledge.rules import DEMO_GRAFANA, DEMO_OPERATING, DEMO_RUNBOOK, RulesFile, render_rules
from responder.settings import Settings

ASK_SECONDS: Final = 10.0

GrafanaOption = Annotated[
    str | None, typer.Option(help="Where Grafana's own paths begin.", show_default="grafana.url, the demo's")
]
RunbookOption = Annotated[
    str | None,
    typer.Option(
        help="The runbook's page; '#' and the alert's name are added.",
        show_default="runbook_url, server.public_url/runbook, the demo's",
    ),
]
OperatingOption = Annotated[
    str | None,
    typer.Option(
        help="The page about the responder's own alerts; '#' and the alert's name are added.",
        show_default="server.public_url/operating, the demo's",
    ),
]
FilesOption = Annotated[
    list[RulesFile] | None,
    typer.Option("--file", help="Only this file; may be repeated.", show_default="both"),
]

app: Final = typer.Typer(help="The Prometheus rules that come with the product.", no_args_is_help=True)


@app.callback()
def rules() -> None:
    """The Prometheus rules that come with the product."""


@app.command()
def render(
    file: Annotated[RulesFile, typer.Option(help="Hypertool's alerts, or the responder's own.")] = (
        RulesFile.HYPERTOOL
    ),
    grafana_url: GrafanaOption = None,
    runbook_url: RunbookOption = None,
    operating_url: OperatingOption = None,
    config: ConfigOption = None,
) -> None:
    """Print the rules with your site's addresses: put the output where Prometheus's rule_files point."""
    settings = settings_from(config)
    with errors_shown():
        addresses = _addresses(settings, grafana_url, runbook_url, operating_url)
        sys.stdout.write(render_rules(file.text(), **addresses))


@app.command()
def push(
    into: Annotated[
        Path, typer.Option(help="The folder that Prometheus's rule_files point to.", exists=True)
    ],
    file: FilesOption = None,
    grafana_url: GrafanaOption = None,
    runbook_url: RunbookOption = None,
    operating_url: OperatingOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write the rules into a folder, reload Prometheus, and verify; what it doesn't accept is taken back."""
    settings = settings_from(config)
    with errors_shown():
        texts = _rendered(file, _addresses(settings, grafana_url, runbook_url, operating_url))
        tried = checked(texts)
        try:
            written = asyncio.run(with_prometheus(settings, lambda asked: push_rules(asked, into, texts)))
        except NotReloaded as error:
            err.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(FOUND_A_PROBLEM) from error
    more = {"written": [str(path) for path in written], "checked_by_promtool": tried}
    if not json:
        how = "" if tried else " (there is no promtool to check them with before)"
        out.print(f"written and reloaded: {', '.join(map(str, written))}{how}", markup=False, soft_wrap=True)
    _verify(settings, texts, json=json, more=more)


@app.command()
def verify(
    file: FilesOption = None,
    grafana_url: GrafanaOption = None,
    runbook_url: RunbookOption = None,
    operating_url: OperatingOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask Prometheus whether each rule is loaded as we render it and works; exit with 1 if not."""
    settings = settings_from(config)
    with errors_shown():
        texts = _rendered(file, _addresses(settings, grafana_url, runbook_url, operating_url))
    _verify(settings, texts, json=json, more={})


def _verify(settings: Settings, texts: Mapping[str, str], *, json: bool, more: Mapping[str, Any]) -> None:
    ours = [group for name, text in texts.items() for group in shipped(text, name)]
    with errors_shown():
        loaded = asyncio.run(with_prometheus(settings, _loaded))
    findings, waiting = compare(ours, loaded), not_evaluated(ours, loaded)
    count = sum(len(group.rules) for group in ours)
    if json:
        found = [asdict(finding) for finding in findings]
        print_json({**more, "rules": count, "findings": found, "not_evaluated_yet": list(waiting)})
    else:
        for finding in findings:
            err.print(str(finding), markup=False, soft_wrap=True)
        said = plural(len(findings), "difference") if findings else "loaded as they should be"
        late = f"; not evaluated yet: {', '.join(waiting)}" if waiting else ""
        out.print(f"{plural(count, 'rule')}: {said}{late}", markup=False, soft_wrap=True)
    if findings:
        raise typer.Exit(FOUND_A_PROBLEM)


async def _loaded(prometheus: Prometheus) -> tuple[LoadedGroup, ...]:
    return await prometheus.alerting_rules(within=ASK_SECONDS)


def _rendered(files: list[RulesFile] | None, addresses: Mapping[str, str]) -> dict[str, str]:
    """The texts by the files' names."""
    return {one.file: render_rules(one.text(), **addresses) for one in files or RulesFile}


def _addresses(
    settings: Settings, grafana: str | None, runbook: str | None, operating: str | None
) -> dict[str, str]:
    """Those given, else the configured ones, else the demo's."""
    public = settings.server.public_url
    configured = for_people(settings.grafana.url) if settings.grafana.url else None
    ours = settings.runbook_url or (f"{public}/runbook" if public else None)
    return {
        "grafana_url": grafana or configured or DEMO_GRAFANA,
        "runbook_url": runbook or ours or DEMO_RUNBOOK,
        "operating_url": operating or (f"{public}/operating" if public else DEMO_OPERATING),
    }
