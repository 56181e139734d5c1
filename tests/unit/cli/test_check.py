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
    assert (found.exit_code, found.stdout, found.stderr) == (
        0,
        "7 playbooks, 2 rule files, 3 dashboards, no problem\n",
        "",
    )


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


def rules_of_the_site(folder: Path, expression: str) -> Path:
    """A file of rules with one alert, which needs no playbook."""
    rule = {"alert": "SiteAlert", "expr": expression, "labels": {"component": "responder"}}
    (folder / "site").mkdir()
    (folder / "site" / "alerts.yml").write_text(json.dumps({"groups": [{"name": "site", "rules": [rule]}]}))
    return folder / "site"


def own_playbooks(folder: Path) -> Path:
    """A folder with one playbook, without the rule that it belongs to."""
    own = folder / "own"
    own.mkdir()
    text = (resource_dir("playbooks") / "excessive-persona-switching.yaml").read_text()
    kept = [line for line in text.splitlines() if not line.startswith("related:") and "names:" not in line]
    (own / "switching.yaml").write_text(
        "\n".join(kept).replace("kind: alerts", "kind: targets\n    job: hypertool")
    )
    return own


def test_a_fix_that_a_variable_names_and_no_playbook_has_is_told_of_the_variable(
    responder: Command, tmp_path: Path
) -> None:
    (tmp_path / "responder.yaml").write_text("fixes: {mode: auto}")
    env = {"RESPONDER_FIXES__AUTO": '["raise-budgte"]'}
    found = responder("check", "--config", "responder.yaml", env=env)
    assert found.exit_code == 1
    said = 'RESPONDER_FIXES__AUTO: [0]: no playbook has a fix "raise-budgte" (did you mean "raise-budget"?)'
    assert f"environment: {said}" in found.stderr


def test_a_sites_own_metrics_are_known_by_option_and_by_configuration(
    responder: Command, tmp_path: Path
) -> None:
    site = rules_of_the_site(tmp_path, "site_jobs > 5")
    (tmp_path / "metrics.yaml").write_text("metrics:\n  site_jobs: {type: gauge}\n")
    (tmp_path / "responder.yaml").write_text("catalogues: [metrics.yaml]\n")
    asked = ("check", str(own_playbooks(tmp_path)), "--rules", str(site))
    assert 'no metric "site_jobs" [unknown-metric]' in responder(*asked).stderr
    for more in (("--catalogue", "metrics.yaml"), ("--config", "responder.yaml")):
        assert "site_jobs" not in responder(*asked, *more).stderr


def test_a_mistake_in_a_catalogue_is_wrong_use(responder: Command, tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text("metrics:\n  site_jobs: {type: gage}\n")
    found = responder("check", "--catalogue", "metrics.yaml")
    assert found.exit_code == 2
    assert "metrics.yaml:2: metrics.site_jobs.type: " in found.stderr


def test_the_scrape_interval_comes_from_prometheus_or_by_option(responder: Command, tmp_path: Path) -> None:
    site = rules_of_the_site(tmp_path, "sum(rate(hypertool_persona_switches_total[1m])) > 2")
    asked = ("check", str(own_playbooks(tmp_path)), "--rules", str(site))
    assert "[short-window]" not in responder(*asked).stderr
    (site / "prometheus.yml").write_text("global: {scrape_interval: 30s}\n")
    assert "one every 30s: make it 2m or longer [short-window]" in responder(*asked).stderr
    assert "[short-window]" not in responder(*asked, "--scrape-interval", "10s").stderr
    assert responder(*asked, "--scrape-interval", "often").exit_code == 2


def test_dashboards_of_a_site_are_checked_and_those_that_come_along_may_be_linked_to(
    responder: Command, tmp_path: Path
) -> None:
    (tmp_path / "boards").mkdir()
    panel = {"id": 1, "targets": [{"expr": "upp"}]}
    (tmp_path / "boards" / "one.json").write_text(json.dumps({"uid": "one", "panels": [panel]}))
    (tmp_path / "boards" / "package.json").write_text("{}")  # no dashboard
    found = responder("check", str(own_playbooks(tmp_path)), "--dashboards", "boards")
    assert found.stderr.startswith('boards/one.json:1: panels[0].targets[0].expr: no metric "upp"')
    assert found.stdout == "1 problem in 0 of 1 playbook, 1 of 1 dashboard\n"


def test_a_folder_without_what_was_looked_for_is_told(responder: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = responder("check", str(tmp_path / "empty"), "--rules", "empty", "--dashboards", "empty")
    assert found.exit_code == 1
    assert found.stderr.count("in this folder") == 3


def test_a_folder_that_is_not_there_is_wrong_use(responder: Command) -> None:
    assert responder("check", "nowhere").exit_code == 2


def test_far_sides_that_are_away_are_told_as_problems(responder: Command) -> None:
    nobody = "http://127.0.0.1:1"
    away = {f"RESPONDER_{name}__URL": nobody for name in ("PROMETHEUS", "ALERTMANAGER", "GRAFANA")}
    found = responder("check", "--online", "--json", env=away)
    assert found.exit_code == 1
    told = [(one["file"], one["rule"]) for one in json.loads(found.stdout)["problems"]]
    assert told == [(name, "far-side-away") for name in ("Alertmanager", "Grafana", "Prometheus")]
