"""`responder check`: 0 without a mistake, 1 with mistakes in playbooks, 2 with some in the configuration."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from responder.resources import resource_dir

Command = Callable[..., Result]


def broken(folder: Path) -> Path:
    """A copy of a playbook that comes along, with a metric that does not exist."""
    text = (resource_dir("playbooks") / "token-budget-exceeded.yaml").read_text()
    (folder / "broken.yaml").write_text(text.replace("_token_budget_remaining", "_token_budget_remainin", 1))
    return folder


def test_what_comes_along_is_right(responder: Command) -> None:
    found = responder("check")
    assert (found.exit_code, found.stdout, found.stderr) == (0, "7 playbooks, 2 rule files, 3 dashboards, no problem\n", "")


def test_a_mistake_is_said_with_its_place_and_what_was_meant(responder: Command, tmp_path: Path) -> None:
    found = responder("check", str(broken(tmp_path)))
    assert found.exit_code == 1
    assert 'no metric "hypertool_persona_token_budget_remainin" (did you mean' in found.stderr
    assert found.stderr.startswith(f"{tmp_path.name}/broken.yaml:")


def test_machines_get_the_same_as_json(responder: Command, tmp_path: Path) -> None:
    found = responder("check", str(broken(tmp_path)), "--json")
    assert found.exit_code == 1
    said = json.loads(found.stdout)
    assert said["playbooks"] == 1
    assert {"file", "line", "key", "message", "rule"} == set(said["problems"][0])


def test_playbooks_are_held_against_rules_if_asked(responder: Command, tmp_path: Path) -> None:
    text = (resource_dir("rules") / "hypertool.rules.yml").read_text()
    (tmp_path / "site.rules.yml").write_text(text.replace("> 0.2", "> 0.3"))
    found = responder("check", "--rules", "site.rules.yml")
    assert found.exit_code == 1
    assert "the rule's threshold is above 0.3" in found.stderr


def test_a_mistake_in_the_configuration_is_wrong_use(responder: Command, tmp_path: Path) -> None:
    (tmp_path / "responder.yaml").write_text("prometheus:\n  ulr: http://127.0.0.1:9090\nfixes: {mode: on}\n")
    found = responder("check", "--config", "responder.yaml")
    assert found.exit_code == 2
    assert 'responder.yaml:2: prometheus.ulr: there is no such key (did you mean "url"?)' in found.stderr
    assert "responder.yaml:3: fixes.mode:" in found.stderr
    assert found.stderr.endswith("2 problems\n")
