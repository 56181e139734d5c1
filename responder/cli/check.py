"""`responder check`: what is wrong with playbooks, rules and dashboards, all of it at once."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from responder.cli import check_online
from responder.cli.calls import FOUND_A_PROBLEM, ConfigOption, JsonOption, errors_shown, settings_from
from responder.cli.output import err, out, print_json
from responder.diagnose.registry import specs
from responder.domain.errors import BadInput
from responder.knowledge.catalogue import load_catalogue
from responder.knowledge.check import Checked, Files, checked, read_files
from responder.knowledge.lint.configured import problems_of_fixes
from responder.knowledge.lint.said import SCRAPE_SECONDS, Facts
from responder.knowledge.lint.scraping import scrape_interval
from responder.knowledge.online.result import Told
from responder.playbook.diagnostic import seconds
from responder.playbook.model import SPAN
from responder.resources import resource_dir
from responder.settings import Settings, configuration, placed

_DASHBOARDS: Final = "dashboards"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files are; None: there are none."""

    playbooks: Path
    rules: Path | None
    dashboards: Path | None
    linked: tuple[Path, ...] = ()


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="A folder of playbooks; else the configured one, else those that come along.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            help="Prometheus rules they must agree with (a file, or a folder of *.rules.yml); those that "
            "come along have theirs.",
            exists=True,
        ),
    ] = None,
    dashboards: Annotated[
        Path | None,
        typer.Option(
            help="Grafana's dashboards (a file or a folder); the playbooks that come along have theirs.",
            exists=True,
        ),
    ] = None,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file of further metrics, besides those of `catalogues`; may be repeated.", exists=True
        ),
    ] = None,
    scrape: Annotated[
        str | None,
        typer.Option(
            "--scrape-interval",
            help="How often Prometheus scrapes; else as in a prometheus.yml beside the rules, else 15s.",
        ),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask Prometheus, Alertmanager and Grafana as well.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check configuration, playbooks, rules and dashboards; exit with 1 if there is anything to mend."""
    settings = settings_from(config)
    with errors_shown():
        places = _places(settings, folder, rules, dashboards)
        facts = Facts(load_catalogue((*settings.catalogues, *(catalogue or ()))), _interval(scrape, places))
        files = read_files(places.playbooks, specs(), places.rules, places.dashboards, places.linked)
        told = check_online.asked(files, facts, settings) if online else Told()
        document = configuration(config)
        of_fixes = placed(document, problems_of_fixes(document, settings.fixes.auto, _fixes(files)))
        found = checked(files, facts, (*of_fixes, *told.problems))
    if json:
        print_json(_plain(found) | ({"online": check_online.plain(told)} if online else {}))
    else:
        check_online.show(told)
        _print(found)
    if found.problems:
        raise typer.Exit(FOUND_A_PROBLEM)


def _places(settings: Settings, folder: Path | None, rules: Path | None, dashboards: Path | None) -> Places:
    """What is asked for; with the playbooks that come along go their rules and dashboards."""
    own = folder or settings.playbooks.path
    carried = resource_dir(_DASHBOARDS)
    if own is None:
        return Places(
            resource_dir("playbooks"), rules or resource_dir("rules"), dashboards or carried, (carried,)
        )
    return Places(own, rules, dashboards, (carried,) if dashboards else ())


def _interval(said: str | None, places: Places) -> float:
    """Seconds between two scrapes."""
    if said is not None:
        if not SPAN.fullmatch(said) or not seconds(said):
            raise BadInput("span", f'--scrape-interval is a span of time such as 15s, not "{said}"')
        return seconds(said)
    beside = scrape_interval(places.rules) if places.rules else None
    return beside or SCRAPE_SECONDS


def _fixes(files: Files) -> set[str]:
    return {fix.id for one in files.playbooks if one.playbook for fix in one.playbook.fixes}


def _print(found: Checked) -> None:
    for problem in found.problems:
        err.print(f"{problem} [{problem.rule}]", markup=False, soft_wrap=True)
    out.print(found.summary, markup=False, soft_wrap=True)


def _plain(found: Checked) -> dict[str, object]:
    return {
        "problems": [asdict(problem) for problem in found.problems],
        **dict(zip(("playbooks", "rules", "dashboards"), (one.read for one in found.counted), strict=True)),
    }
