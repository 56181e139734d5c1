"""Runs commands in a process-like way: an empty folder, no settings, and what was said on each stream."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from responder.cli import app, output

Command = Callable[..., Result]


@pytest.fixture
def responder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`responder("check", "--json")`."""
    monkeypatch.chdir(tmp_path)
    for variable in ("RESPONDER_CONFIG", "RESPONDER_SERVER", "RESPONDER_TOKEN"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
        for console in (output.out, output.err):
            console.width = 80  # a command widens it for a table
        return CliRunner().invoke(app, arguments, env=env)

    return run
