"""`responder rules push` and `verify` with a real Prometheus: what is loaded is what we render."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from responder.cli import app
from responder.knowledge.rules import RulesFile
from responder.testing.loopback import loopback_client
from responder.testing.servers import Server, prometheus

pytestmark = pytest.mark.scenario

CONFIG = "rule_files: ['rules/*.yml']\n"
SITE = ("--grafana-url", "https://g.example.org", "--runbook-url", "https://w.example.org/hypertool")
FILES = [one.file for one in RulesFile]
DEADLINE = 20
"""Seconds; a group of one second is evaluated after one, at a moment that its name decides."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where its rules are; there are none yet."""
    folder = tmp_path / "rules"
    folder.mkdir()
    return folder


@pytest.fixture
async def server(tmp_path: Path, folder: Path) -> AsyncIterator[Server]:
    async with prometheus(CONFIG, folder=tmp_path) as server:
        yield server


async def rules(server: Server, *arguments: str) -> Result:
    """What the command answers about this Prometheus."""
    env = {"RESPONDER_PROMETHEUS__URL": server.url, "RESPONDER_CONFIG": ""}
    return await asyncio.to_thread(CliRunner().invoke, app, ["rules", *arguments], env=env)


async def test_what_is_pushed_is_loaded_as_it_was_rendered(server: Server, folder: Path) -> None:
    empty = await rules(server, "verify", "--json", *SITE)
    assert empty.exit_code == 1
    assert {one["difference"] for one in json.loads(empty.stdout)["findings"]} == {"missing"}
    pushed = await rules(server, "push", "--into", str(folder), "--json", *SITE)
    assert pushed.exit_code == 0, pushed.stderr
    answer = json.loads(pushed.stdout)
    assert answer["written"] == [str(folder / name) for name in FILES]
    assert (answer["rules"], answer["findings"]) == (13, [])
    assert names(folder) == sorted(FILES)
    assert (await rules(server, "verify", *SITE)).exit_code == 0


async def test_rules_with_other_addresses_are_other_rules(server: Server, folder: Path) -> None:
    await rules(server, "push", "--into", str(folder), *SITE)
    verified = await rules(server, "verify", "--file", "hypertool", "--json")
    findings = json.loads(verified.stdout)["findings"]
    assert verified.exit_code == 1
    assert {one["difference"] for one in findings} == {"annotation"}
    assert len(findings) == 14


SWITCHES = "sum(rate(hypertool_persona_switches_total[1m]))"
CHANGES = [
    # what somebody changed in the file, and which rule differs in what then
    ("> 0.2", "> 0.3", ["HighQualityGateFailureRate: expression"]),
    (SWITCHES, "sum(rate(x[1m]))", ["ExcessivePersonaSwitching: expression"]),
    ("for: 1m", "for: 2m", ["TokenBudgetExceeded: for"]),
    ("category: quality", "category: cost", ["HighQualityGateFailureRate: label"]),
    ("is slow", "crawls", ["SlowWorkflowStage: annotation"]),
    ("interval: 5m", "interval: 6m", [": interval"]),
    ("alert: SlowWorkflowStage", "alert: Own", ["SlowWorkflowStage: missing", "Own: not_ours"]),
    # only another way to write the same
    (SWITCHES + " > 2", "sum(rate(\n  hypertool_persona_switches_total[60s])) # x\n > 2.0", []),
]


@pytest.mark.parametrize(("before", "after", "differences"), CHANGES)
async def test_a_change_by_hand_is_named(
    server: Server, folder: Path, before: str, after: str, differences: list[str]
) -> None:
    await rules(server, "push", "--into", str(folder))
    path = folder / "hypertool.rules.yml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after.replace("\n", "\n          "), 1))
    await reloaded(server)
    verified = await rules(server, "verify", "--json")
    findings = json.loads(verified.stdout)["findings"]
    assert [f"{one['rule']}: {one['difference']}" for one in findings] == differences
    assert verified.exit_code == (1 if differences else 0)


async def test_an_old_copy_in_another_file_is_found(server: Server, folder: Path) -> None:
    (folder / "hypertool_alerts.yml").write_text(
        "groups: [{name: hypertool_persona_alerts, rules: [{alert: TokenBudgetExceeded, expr: 'vector(1)'}]}]"
    )
    pushed = await rules(server, "push", "--into", str(folder))
    assert pushed.exit_code == 1
    assert "TokenBudgetExceeded: is loaded a second time" in pushed.stderr
    assert "hypertool_alerts.yml" in pushed.stderr


async def test_a_rule_whose_evaluation_fails_is_found(server: Server, folder: Path) -> None:
    """Two series on each side that can't be told apart: only Prometheus itself can know."""
    two = '(vector(1) or label_replace(vector(1), "a", "b", "", ""))'
    rule = f"{{alert: ResponderQueueGrowing, expr: '{two} + on () {two}'}}"
    group = f"{{name: hypertool_responder, interval: 1s, rules: [{rule}]}}"
    (folder / "responder.rules.yml").write_text(f"groups: [{group}]")
    await reloaded(server)
    verified = await rules(server, "verify", "--file", "responder")
    async with asyncio.timeout(DEADLINE):
        while "fails" not in verified.stderr:  # another process has no event to wait for
            await asyncio.sleep(0.2)
            verified = await rules(server, "verify", "--file", "responder")
    assert verified.exit_code == 1
    assert "ResponderQueueGrowing: its evaluation fails: " in verified.stderr
    assert "many-to-many" in verified.stderr


async def test_without_the_lifecycle_api_it_says_how_to_reload_and_keeps_the_files(
    tmp_path: Path, folder: Path
) -> None:
    async with prometheus(CONFIG, folder=tmp_path, lifecycle=False) as server:
        pushed = await rules(server, "push", "--into", str(folder))
    assert pushed.exit_code == 1
    assert "start it with --web.enable-lifecycle" in pushed.stderr
    assert names(folder) == sorted(FILES)


async def test_what_prometheus_does_not_accept_is_taken_back(server: Server, folder: Path) -> None:
    (folder / "responder.rules.yml").write_text("groups: []\n")
    (folder.parent / "prometheus.yml").write_text(CONFIG + "no_such_key: 1\n")
    pushed = await rules(server, "push", "--into", str(folder))
    assert pushed.exit_code == 1
    assert "the files from before are back" in pushed.stderr
    assert names(folder) == ["responder.rules.yml"]
    assert (folder / "responder.rules.yml").read_text() == "groups: []\n"


async def test_where_nobody_is_there_it_says_so() -> None:
    nobody = {"RESPONDER_PROMETHEUS__URL": "http://127.0.0.1:1"}
    run = await asyncio.to_thread(CliRunner().invoke, app, ["rules", "verify"], env=nobody)
    assert run.exit_code == 1
    assert "Prometheus: no connection" in run.stderr


async def reloaded(server: Server) -> None:
    async with loopback_client() as http:
        (await http.post(f"{server.url}/-/reload")).raise_for_status()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
