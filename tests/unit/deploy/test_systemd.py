"""The unit for systemd: accepted by systemd itself, hardened, and with settings that the responder has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from responder.cli import app as commands
from responder.settings import load_settings
from responder.storage.database import Database
from responder.storage.migrate import migrate

UNIT = Path(__file__).parents[3] / "deploy" / "systemd" / "hypertool-responder.service"
DEPLOYING = Path(__file__).parents[3] / "docs" / "deploying.md"
EXPOSED_AT_MOST = 20
"""Tenths of systemd's own measure of exposure: 0 is none, 100 everything; above 50 it says "exposed"."""

ANALYZE = shutil.which("systemd-analyze")
with_systemd = pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze here")


def analyzed(*arguments: str) -> str:
    assert ANALYZE is not None
    run = subprocess.run(  # noqa: S603 - the tool with arguments of ours
        [ANALYZE, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    return said


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/hypertool-responder/bin/responder", "/bin/true"))
    return copy


@with_systemd
def test_systemd_accepts_it(unit: Path) -> None:
    assert unit.name not in analyzed("verify", "--man=no", str(unit))


@with_systemd
def test_it_is_exposed_to_little(unit: Path) -> None:
    analyzed("security", "--offline=true", f"--threshold={EXPOSED_AT_MOST}", str(unit))


def test_the_settings_it_gives_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNIT.read_text()
    given = dict(re.findall(r"(RESPONDER_\w+)=(\S+)", text))
    credentials = set(re.findall(r"^LoadCredential=(\w+):", text, re.MULTILINE))
    assert {value.removeprefix("%d/") for value in given.values() if value.startswith("%d/")} == credentials
    for name in credentials:
        (tmp_path / name).write_text("a-secret\n")
    for name, value in given.items():
        monkeypatch.setenv(name, value.replace("%d", str(tmp_path)))
    monkeypatch.setenv("RESPONDER_SLACK__CHANNEL", "C0123456789")
    settings = load_settings()
    assert settings.database.url == "sqlite:////var/lib/hypertool-responder/responder.db"
    assert settings.slack.on


def test_a_mistake_in_the_configuration_is_not_tried_again() -> None:
    """`serve` ends with 2 then."""
    assert re.search(r"^RestartPreventExitStatus=2$", UNIT.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", [["check"], ["database", "backup", "copy.db"]])
def test_commands_beside_it_work_with_what_the_docs_export(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where others reach the server, and no secret stands in the configuration's file."""
    _, _, section = DEPLOYING.read_text().partition("### Commands beside it")
    given = dict(re.findall(r"(RESPONDER_\w+)=(\S+)", section.partition("```\n\n")[0]))
    monkeypatch.chdir(tmp_path)
    for name in ("webhook_tokens", "slack_bot_token"):
        (tmp_path / name).write_text("a-secret\n")
    public = {"host": "0.0.0.0", "public_url": "https://responder.example.org"}
    (tmp_path / "responder.yaml").write_text(yaml.safe_dump({"server": public, "slack": {"channel": "C01"}}))
    database = Database(f"sqlite:///{tmp_path}/responder.db")
    migrate(database)
    database.close()
    for name, value in given.items():
        here = re.sub(r"/etc/hypertool-responder|/var/lib/hypertool-responder", str(tmp_path), value)
        monkeypatch.setenv(name, here)
    run = CliRunner().invoke(commands, command)
    assert (run.exit_code, run.stderr) == (0, "")
    assert given.keys() > {"RESPONDER_CONFIG", "RESPONDER_DATABASE__URL"}
