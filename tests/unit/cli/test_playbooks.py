"""`responder playbooks`: list, show, schema and reference; and tests that can't be run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from responder.cli import app
from responder.diagnose.registry import specs
from responder.knowledge.reference import reference
from responder.resources import resource_dir

Call = Callable[..., Result]


@pytest.fixture
def call() -> Call:
    """Calls `responder playbooks` with these arguments."""

    def called(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, ["playbooks", *map(str, arguments)])

    return called


def test_the_list_has_a_row_a_playbook(call: Call) -> None:
    rows = call("list").stdout.splitlines()
    assert len(rows) == 1 + 7
    assert [row.split()[:2] for row in rows if "Exceeded" in row] == [["TokenBudgetExceeded", "critical"]]
    found = json.loads(call("list", "--json").stdout)["playbooks"]
    assert found[-1]["alert"] == "TokenBudgetExceeded"
    assert found[-1]["variables"] == ["persona"]


def test_a_playbook_is_explained_with_what_decides(call: Call) -> None:
    told = " ".join(call("show", "TokenBudgetExceeded").stdout.split())
    for part in (
        "min by (persona) (hypertool_persona_token_budget_remaining",  # what is asked
        "Prompt bloat prompt-bloat (high: 4)",  # a cause with its prior
        "for strong 8: tokens per finished stage are 1.5 times the day before or more [tokens_a_stage_up",
        "against strong 8: a model's share of the tokens is up by 20 % or more [model_share_up.value ge 0.2]",
        "check by hand: Open the persona's longest traces in Langfuse",
        "raise-budget (lease) answers: Budget too low, Model change; else it buys time",
    ):
        assert part in told
    assert json.loads(call("show", "TokenBudgetExceeded", "--json").stdout)["causes"][0]["for"]


def test_an_alert_without_playbook_is_told_what_there_is(call: Call) -> None:
    found = call("show", "TokenBudgetExceded")
    assert found.exit_code == 2
    assert (
        'there is no playbook for "TokenBudgetExceded" (did you mean "TokenBudgetExceeded"?)' in found.stderr
    )


def test_what_is_generated_is_printed_or_written(call: Call, tmp_path: Path) -> None:
    checked_in = resource_dir("playbooks")
    assert call("schema").stdout == (checked_in / "playbook.schema.json").read_text(encoding="utf-8")
    call("schema", "--tests", "--output", tmp_path / "schema.json")
    written = (tmp_path / "schema.json").read_text(encoding="utf-8")
    assert written == (checked_in / "playbook-tests.schema.json").read_text(encoding="utf-8")
    assert call("reference").stdout == reference(specs())
    assert call("reference", "--output", tmp_path / "not" / "there").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere: there are no tests here (tests/*.yaml)"),
        (["--case", "prompt blaot"], 'no case has "prompt blaot" in its name'),
    ],
)
def test_tests_that_are_not_there_are_used_wrongly(call: Call, arguments: list[str], told: str) -> None:
    found = call("test", *arguments)
    assert found.exit_code == 2
    assert told in found.stderr
