"""Rules are written whole or not at all, and checked before where there is a promtool."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.domain.errors import ConfigError
from responder.knowledge.push_rules import NotReloaded, checked, push
from responder.knowledge.rules import RulesFile
from responder.testing.binaries import Tool, find

GOOD = {one.file: one.text() for one in RulesFile}
BROKEN = {"broken.rules.yml": "groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]"}


@pytest.fixture
async def nobody() -> AsyncIterator[Prometheus]:
    """A Prometheus that isn't there."""
    async with Http() as http:
        yield Prometheus(http, "http://127.0.0.1:1")


async def test_where_one_file_can_not_be_written_none_is(nobody: Prometheus, tmp_path: Path) -> None:
    first, second = GOOD
    (tmp_path / first).write_text("before\n")
    (tmp_path / f".{second}.new").mkdir()  # in the way when the first is written already
    with pytest.raises(ConfigError, match="can't be written"):
        await push(nobody, tmp_path, GOOD)
    assert (tmp_path / first).read_text() == "before\n"
    assert not (tmp_path / second).exists()


async def test_files_keep_their_mode_and_leave_nothing_beside_them(
    nobody: Prometheus, tmp_path: Path
) -> None:
    first, second = GOOD
    (tmp_path / first).write_text("before\n")
    (tmp_path / first).chmod(0o640)
    with pytest.raises(NotReloaded, match="the files are written, but Prometheus could not be told"):
        await push(nobody, tmp_path, GOOD)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == GOOD  # noqa: ASYNC240 - a test's own
    assert (tmp_path / first).stat().st_mode & 0o777 == 0o640
    assert (tmp_path / second).stat().st_mode & 0o444


@pytest.mark.scenario
def test_promtool_says_what_is_wrong_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{find(Tool.PROMTOOL).parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert checked(GOOD)
    with pytest.raises(ConfigError, match=r"broken\.rules\.yml: .*unclosed left parenthesis"):
        checked(BROKEN)


def test_without_promtool_nothing_is_checked_and_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not checked(BROKEN)
