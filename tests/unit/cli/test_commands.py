"""The command line as a whole: what it has, what it costs, and how it refuses."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import Result

from responder.cli import COMMANDS
from responder.demo.scenarios import SCENARIOS

Command = Callable[..., Result]


def test_help_names_every_command(responder: Command) -> None:
    said = responder("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in said] == []


@pytest.mark.parametrize(
    ("command", "stays_out"),
    [
        ("serve", ["responder.demo", "responder.testing"]),  # a server carries no demo
        ("incidents", ["dbos", "sqlalchemy", "uvicorn", "responder.demo"]),  # a client carries no server
    ],
)
def test_a_command_does_not_carry_what_it_does_not_use(command: str, stays_out: list[str]) -> None:
    code = (
        f"import json, sys, responder.cli as c; c.command({command!r}); print(json.dumps(list(sys.modules)))"
    )
    told = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = json.loads(told.stdout)
    assert [name for name in stays_out if name in loaded] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serv"], "No such command 'serv'"),
        (["check", "--nope"], "No such option: --nope"),
        (["incidents", "--status", "halfway"], "'halfway' is not one of 'open', 'closed'"),
        (["diagnose", "TokenBudgetExceeded", "backend-engineer"], "write a label as name=value"),
        (["diagnose", "TokenBudgetExeeded"], 'did you mean "TokenBudgetExceeded"?'),
        (["diagnose", "TokenBudgetExceeded"], "add persona=…"),
        (["demo", "--scenario", "nope"], "nope"),
        (["serve", "--config", "nope.yaml"], "nope.yaml: can't be read"),
        (["rules", "render", "--grafana-url", "nope"], "--grafana-url: not an http or https address"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(
    responder: Command, arguments: list[str], said: str
) -> None:
    found = responder(*arguments)
    assert found.exit_code == 2
    assert said in " ".join(found.stderr.replace("│", " ").split())


def test_rules_are_rendered_for_a_site(responder: Command) -> None:
    found = responder("rules", "render", "--grafana-url", "https://grafana.example.org")
    assert found.exit_code == 0
    assert "https://grafana.example.org/d/hypertool-persona-overview" in found.stdout


def test_the_demo_names_its_scenarios(responder: Command) -> None:
    said = responder("demo", "--list").stdout
    assert [one.name for one in SCENARIOS if one.name not in said] == []
