"""`responder database`: back up, and move what is open into another database."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer

from responder.cli.calls import ConfigOption, JsonOption, errors_shown, plural, settings_from
from responder.cli.output import out, print_json
from responder.domain.clock import system_clock
from responder.storage import backup as copies
from responder.storage import transfer_file
from responder.storage.database import Database

app: Final = typer.Typer(
    help="The configured database: back it up, move what is open into another one.", no_args_is_help=True
)

New = Annotated[Path, typer.Argument(help="A file that is not there yet.")]


@app.callback()
def database() -> None:
    """The configured database: back it up, move what is open into another one."""


@app.command()
def backup(file: New, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Copy an SQLite database into a new file; the server may go on meanwhile."""
    with errors_shown(), _database(config) as used:
        copies.back_up(used, file)
    _say(f"{file} has everything that was kept", {"file": str(file)}, json=json)


@app.command("export")
def export(file: New, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Write what is open into a new file; the server has to be stopped."""
    with errors_shown(), _database(config) as used:
        number = transfer_file.write(used, file, system_clock())
    _say(f"{plural(number, 'row')} in {file}", {"file": str(file), "rows": number}, json=json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take such a file into an empty database, all or nothing; then start the server with it."""
    with errors_shown(), _database(config) as used:
        number = transfer_file.read_into(used, file, system_clock())
    into = str(used.url)
    words = (
        f"{plural(number, 'row')} taken in by {into}"
        if number
        else f"nothing to do: {into} has taken it in before, or there is nothing in it"
    )
    _say(words, {"file": str(file), "rows": number, "database": into}, json=json)


def _database(config: Path | None) -> closing[Database]:
    return closing(Database(settings_from(config).database.url))


def _say(words: str, facts: dict[str, object], *, json: bool) -> None:
    print_json(facts) if json else out.print(words, markup=False, soft_wrap=True)
