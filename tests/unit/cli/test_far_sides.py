"""`diagnose` and `doctor` where nothing listens: said as it is, part by part."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Command = Callable[..., Result]


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A configuration whose far sides don't listen."""
    path = tmp_path / "responder.yaml"
    path.write_text(
        "prometheus: {url: 'http://127.0.0.1:1'}\n"
        "alertmanager: {url: 'http://127.0.0.1:1'}\n"
        "server: {port: 1}\n"
    )
    return path


def test_a_diagnosis_against_nothing_says_that_nothing_was_measured(
    responder: Command, nowhere: Path
) -> None:
    found = responder("diagnose", "--config", str(nowhere), "ExcessivePersonaSwitching")
    assert found.exit_code == 0
    assert "Why: not measured; most often oscillation between two personas" in found.stdout


def test_a_diagnosis_for_machines_is_the_report(responder: Command, nowhere: Path) -> None:
    arguments = ["diagnose", "--json", "--config", str(nowhere)]
    found = responder(*arguments, "TokenBudgetExceeded", "persona=backend-engineer")
    report = json.loads(found.stdout)
    assert report["alerts"][0]["subject"] == [["persona", "backend-engineer"]]
    assert {one["state"] for one in report["findings"]} == {"failed"}


def test_the_doctor_says_what_to_mend_with_the_setting_and_ends_with_1(
    responder: Command, nowhere: Path
) -> None:
    found = responder("doctor", "--json", "--config", str(nowhere))
    assert found.exit_code == 1
    verdicts = {one["part"]: (one["verdict"], one["said"]) for one in json.loads(found.stdout)}
    assert verdicts["Prometheus"][0] == "mend"
    assert verdicts["Prometheus"][1].endswith("is it running, and is the address right? (prometheus.url)")
    assert verdicts["Slack"] == ("not_configured", "set slack.bot_token and slack.channel to use it")
    assert "round trip" not in verdicts


def test_the_doctor_tells_people_a_line_a_part(responder: Command, nowhere: Path) -> None:
    found = responder("doctor", "--config", str(nowhere))
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert lines[0].startswith("mend ")
    assert next(line for line in lines if "control API" in line).startswith("not configured ")
