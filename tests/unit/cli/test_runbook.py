"""`responder runbook`: prints the page, writes it, or says that a page is not what the playbooks say."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from responder.resources import resource_dir

Command = Callable[..., Result]


def test_it_prints_the_page_of_the_playbooks_that_come_along(responder: Command) -> None:
    made = responder("runbook")
    assert made.exit_code == 0
    assert "\n## TokenBudgetExceeded\n" in made.stdout
    assert "\n## Escalation path\n" in made.stdout


def test_what_was_written_is_what_the_playbooks_say(responder: Command, tmp_path: Path) -> None:
    page = tmp_path / "runbook.md"
    written = responder("runbook", "--output", str(page))
    assert (written.exit_code, written.stdout) == (0, "")
    held = responder("runbook", "--check", str(page))
    assert (held.exit_code, held.stderr) == (0, "")


def test_a_page_that_was_changed_is_found(responder: Command, tmp_path: Path) -> None:
    page = tmp_path / "runbook.md"
    responder("runbook", "--output", str(page))
    page.write_text(page.read_text().replace("# Hypertool runbook", "# Our runbook"))
    held = responder("runbook", "--check", str(page))
    assert held.exit_code == 1
    assert f"{page}:3: the playbooks say something else" in held.stderr


def test_machines_get_the_structure(responder: Command) -> None:
    made = json.loads(responder("runbook", "--json").stdout)
    assert len(made["alerts"]) == 7
    assert made["alerts"][0]["anchor"] == made["alerts"][0]["alert"].lower()


def test_a_site_s_own_playbooks_need_no_general_part(responder: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    text = (resource_dir("playbooks") / "slow-workflow-stage.yaml").read_text()
    (mine / "slow.yaml").write_text(text)
    made = responder("runbook", "--playbooks", "mine")
    assert made.exit_code == 0
    assert made.stdout.count("\n## ") == 1


def test_mistakes_in_the_files_are_wrong_use(responder: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("alert: A\n")
    made = responder("runbook", "--playbooks", str(tmp_path))
    assert made.exit_code == 2
    assert made.stdout == ""
    assert "a.yaml:1: title: this key is missing" in made.stderr


def test_a_file_that_can_not_be_used_is_wrong_use(responder: Command) -> None:
    assert responder("runbook", "--check", "nowhere.md").exit_code == 2
    assert responder("runbook", "--output", "no/where.md").exit_code == 2
    assert responder("runbook", "--json", "--output", "a.md").exit_code == 2
