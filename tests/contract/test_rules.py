"""What the real promtool and amtool say of the rules and of the example configurations."""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from responder.knowledge.rules import render_rules, scale_yaml
from responder.resources import resource_dir

RunTool = Callable[..., subprocess.CompletedProcess[str]]

TESTS = sorted((resource_dir("rules") / "tests").glob("*_test.yml"))


def succeeded(run: subprocess.CompletedProcess[str]) -> bool:
    """Whether the tool was content; else what it said becomes part of the failure."""
    assert run.returncode == 0, run.stdout + run.stderr
    return True


def test_promtool_accepts_the_rules_and_finds_the_seven(promtool: RunTool, rules_dir: Path) -> None:
    run = promtool("check", "rules", rules_dir / "hypertool.rules.yml")
    assert succeeded(run)
    assert "7 rules found" in run.stdout


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_the_alert_fires_and_is_silent_as_its_promtool_tests_say(promtool: RunTool, file: Path) -> None:
    assert succeeded(promtool("test", "rules", file))


def test_promtool_accepts_the_responders_own_rules(promtool: RunTool, rules_dir: Path) -> None:
    assert succeeded(promtool("check", "rules", rules_dir / "responder.rules.yml"))


def test_each_alert_has_a_file_of_promtool_tests(rules_dir: Path) -> None:
    files = rules_dir.glob("*.rules.yml")
    names = {line.split()[-1] for file in files for line in _lines(file, "- alert: ")}
    assert {file.stem.removesuffix("_test").replace("_", "") for file in TESTS} == {
        name.lower() for name in names
    }


def test_rules_rendered_for_another_site_are_still_accepted(
    promtool: RunTool, rules_dir: Path, tmp_path: Path
) -> None:
    text = (rules_dir / "hypertool.rules.yml").read_text()
    rendered = tmp_path / "rules.yml"
    rendered.write_text(
        render_rules(
            text, grafana_url="https://g.example/grafana?a=1&b=%20", runbook_url="https://w.example/x"
        )
    )
    assert succeeded(promtool("check", "rules", rendered))


def test_scaled_rules_fire_after_their_scaled_time(
    promtool: RunTool, rules_dir: Path, tmp_path: Path
) -> None:
    """Five minutes thirty times faster are 10 s; an hour's prediction looks 2 minutes ahead."""
    text = (rules_dir / "hypertool.rules.yml").read_text()
    (tmp_path / "hypertool.rules.yml").write_text(scale_yaml(text, Fraction(1, 30)))
    test = tmp_path / "scaled_test.yml"
    test.write_text(SCALED_TEST)
    assert succeeded(promtool("test", "rules", test))


SCALED_TEST = """
rule_files: [hypertool.rules.yml]
evaluation_interval: 1s
tests:
  - interval: 500ms
    input_series:
      - series: hypertool_persona_switches_total{from_persona="a", to_persona="b", chatmode="c"}
        values: 0+2x80
    promql_expr_test:
      - {expr: 'ALERTS{alertname="ExcessivePersonaSwitching", alertstate="firing"}', eval_time: 10s}
      - expr: count by (alertname) (ALERTS{alertname="ExcessivePersonaSwitching", alertstate="firing"})
        eval_time: 13s
        exp_samples: [{labels: '{alertname="ExcessivePersonaSwitching"}', value: 1}]
  - interval: 1s
    input_series:
      - series: hypertool_persona_token_budget_remaining{persona="data-scientist"}
        values: 2000-15x60
    promql_expr_test:
      # in 120 s, an hour thirty times faster, 15 tokens a second are 1800
      - {expr: 'ALERTS{alertname="TokenBudgetDepletionPredicted"}', eval_time: 10s}
      - expr: count by (persona) (ALERTS{alertname="TokenBudgetDepletionPredicted", alertstate="firing"})
        eval_time: 40s
        exp_samples: [{labels: '{persona="data-scientist"}', value: 1}]
"""


def test_promtool_accepts_the_example_configuration(promtool: RunTool, rules_dir: Path) -> None:
    assert succeeded(promtool("check", "config", rules_dir / "prometheus.yml"))


def test_amtool_accepts_the_example_configuration(amtool: RunTool, rules_dir: Path) -> None:
    assert succeeded(amtool("check-config", rules_dir / "alertmanager.yml"))


def test_amtool_accepts_the_scaled_configuration(amtool: RunTool, rules_dir: Path, tmp_path: Path) -> None:
    scaled = tmp_path / "alertmanager.yml"
    scaled.write_text(scale_yaml((rules_dir / "alertmanager.yml").read_text(), Fraction(1, 30)))
    assert succeeded(amtool("check-config", scaled))


@pytest.mark.parametrize(
    ("alert", "severity", "receiver"),
    [
        ("TokenBudgetExceeded", "critical", "responder-and-page"),
        ("HypertoolMetricsNotReported", "critical", "responder-and-page"),
        ("SlowWorkflowStage", "warning", "responder"),
        ("TokenBudgetDepletionPredicted", "info", "responder"),
        ("SomebodyElses", "none", "responder"),  # unknown severities wake nobody
        ("ResponderRoundTrip", "critical", "responder-round-trip"),  # never a pager, whatever it says
        ("ResponderRoundTrip", "info", "responder-round-trip"),
        ("ResponderWatchdog", "none", "responder-watchdog"),
    ],
)
def test_an_alert_reaches_the_receiver_that_it_should(
    amtool: RunTool, rules_dir: Path, alert: str, severity: str, receiver: str
) -> None:
    config = f"--config.file={rules_dir / 'alertmanager.yml'}"
    run = amtool("config", "routes", "test", config, f"alertname={alert}", f"severity={severity}")
    assert succeeded(run)
    assert run.stdout.split() == [receiver]


def _lines(file: Path, start: str) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip().startswith(start)]
