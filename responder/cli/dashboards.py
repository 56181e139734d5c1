"""`responder dashboards`: bring the dashboards to a Grafana, and prove that they are there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from responder.cli.calls import FOUND_A_PROBLEM, ConfigOption, JsonOption, errors_shown, plural, settings_from
from responder.cli.output import err, out, print_json
from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.domain.errors import AdapterError, BadInput, Reason
from responder.knowledge import dashboard_install as install
from responder.knowledge.dashboard_install import Outcome, Place, Pushed, Verified
from responder.knowledge.dashboards import BoardFile, read_boards
from responder.resources import resource_dir
from responder.settings import Settings

app: Final = typer.Typer(help="The Grafana dashboards that come with the product.", no_args_is_help=True)

FOLDER: Final = "Hypertool"
ADVICE: Final = {
    Reason.NO_CONNECTION: "is it running, and is the address right? (grafana.url)",
    Reason.TIMEOUT: "is it overloaded, or does a firewall swallow the question?",
    Reason.UNAUTHORIZED: "the token must be that of a service account with the role Editor; "
    "for --data-source, Admin (grafana.token)",
    Reason.NOT_FOUND: "does the address end where Grafana's own paths begin? (grafana.url)",
    Reason.BAD_ANSWER: "is it a Grafana that answers there? (grafana.url)",
}

Files = Annotated[
    Path | None,
    typer.Argument(help="A folder of dashboards as JSON; else those that come along.", show_default=False),
]
T = TypeVar("T")


@app.callback()
def dashboards() -> None:
    """The Grafana dashboards that come with the product."""


@app.command()
def push(
    files: Files = None,
    folder: Annotated[str, typer.Option(help="Title of the folder; it is made if missing.")] = FOLDER,
    folder_uid: Annotated[
        str, typer.Option(help="The folder's uid, where its title is not enough.", show_default=False)
    ] = "",
    data_source: Annotated[
        str,
        typer.Option(
            help="Name or uid of the Prometheus to ask; else Grafana's default.", show_default=False
        ),
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Store the dashboards in Grafana, over what stands under their uids; what is there already stays."""
    settings = settings_from(config)
    place = Place(folder=folder, folder_uid=folder_uid, data_source=data_source)
    pushed = _asked(settings, files, lambda grafana, boards: install.push(grafana, boards, place))
    print_json([asdict(one) for one in pushed]) if json else _tell_pushed(pushed)
    if any(one.outcome is Outcome.FAILED for one in pushed):
        raise typer.Exit(FOUND_A_PROBLEM)


@app.command()
def verify(files: Files = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Say whether the dashboards are in Grafana, and where their panels and queries differ."""
    verified = _asked(settings_from(config), files, install.verify)
    print_json([{**asdict(one), "good": one.good} for one in verified]) if json else _tell_verified(verified)
    if not all(one.good for one in verified):
        raise typer.Exit(FOUND_A_PROBLEM)


def _asked(
    settings: Settings,
    files: Path | None,
    work: Callable[[Grafana, tuple[BoardFile, ...]], Awaitable[T]],
) -> T:
    """What came of the work with the configured Grafana; else the exit with what is wrong."""
    with errors_shown():
        boards = read_boards(files or resource_dir("dashboards"))
        if settings.grafana.url is None:
            raise BadInput("not_configured", "set grafana.url, or RESPONDER_GRAFANA__URL")
        try:
            return asyncio.run(_with_grafana(settings, settings.grafana.url, boards, work))
        except AdapterError as error:
            if error.reason not in ADVICE:
                raise
            err.print(f"{error}; {ADVICE[error.reason]}", markup=False, soft_wrap=True)
            raise typer.Exit(FOUND_A_PROBLEM) from error


async def _with_grafana(
    settings: Settings,
    url: str,
    boards: tuple[BoardFile, ...],
    work: Callable[[Grafana, tuple[BoardFile, ...]], Awaitable[T]],
) -> T:
    token = settings.grafana.token
    async with Http() as http:
        return await work(Grafana(http, url, token.get_secret_value() if token else None), boards)


def _tell_pushed(pushed: list[Pushed]) -> None:
    for one in pushed:
        if one.outcome is Outcome.FAILED:
            err.print(f"{one.uid}: {one.error}", markup=False, soft_wrap=True)
        else:
            out.print(f"{one.uid}: {one.outcome} {one.url}".rstrip(), markup=False, soft_wrap=True)


def _tell_verified(verified: list[Verified]) -> None:
    for one in verified:
        if not one.found:
            err.print(f"{one.uid}: it is not there", markup=False, soft_wrap=True)
        for difference in one.differences:
            err.print(f"{one.uid}: {difference}", markup=False, soft_wrap=True)
    good = sum(one.good for one in verified)
    out.print(f"{good} of {plural(len(verified), 'dashboard')} as they should be", soft_wrap=True)
