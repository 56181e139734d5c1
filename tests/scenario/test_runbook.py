"""Every query and every command of the runbook, on the demo: pasted as they stand, they work and answer.

The day is an ordinary one, so that what finds nothing then has to say what no answer means. The durations of
queries are those of the demo.
"""

import asyncio
import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from responder.demo.run import FACTOR
from responder.demo.watch import Watch
from responder.diagnose.registry import specs
from responder.domain.durations import scale_promql
from responder.knowledge.runbook import read_runbook
from responder.playbook.model import Step
from responder.playbook.runbook import Runbook
from responder.render.runbook_words import exports
from responder.resources import resource_dir
from responder.testing.binaries import Tool, find

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="module")]

PATIENCE: Final = 30.0
"""Seconds until the running day has filled every window; a command has as many."""
POLL: Final = 0.25
RUNBOOK: Final[Runbook] = read_runbook(resource_dir("playbooks"), specs())


def steps() -> Iterator[tuple[str, Step]]:
    """Everything that can be pasted, by its place on the page."""
    for playbook in RUNBOOK.playbooks:
        for number, step in enumerate(playbook.investigation, 1):
            yield f"{playbook.alert}-{number}", step
    general = RUNBOOK.general
    for number, step in enumerate(general.commands if general else (), 1):
        yield f"commands-{number}", step
    for one in general.escalation if general else ():
        yield f"escalation-{one.to}", Step(do=one.do, run=one.run)


QUERIES: Final = [pytest.param(step, id=place) for place, step in steps() if step.query]
COMMANDS: Final = [pytest.param(step, id=place) for place, step in steps() if step.run]


@dataclass(frozen=True)
class Shell:
    """A shell into which the block of the demo's page that sets its variables has been pasted."""

    beginning: str
    programs: str
    folder: Path
    config: Path

    async def run(self, command: str) -> tuple[int, str, str]:
        """The exit code (that of the first part of a pipe that failed), and both streams."""
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",  # noqa: TID251 - as a person's shell has it
            "HOME": str(self.folder),
            "USER": "ada",
            "RESPONDER_CONFIG": str(self.config),
        }
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", f"{self.beginning}\n{command}"),
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE):
            said, complained = await process.communicate()
        return process.returncode or 0, said.decode(), complained.decode()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shell(watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("shell")
    amtool = folder / "amtool"
    amtool.write_text(f'#!/bin/sh\nexec "{await asyncio.to_thread(find, Tool.AMTOOL)}" "$@"\n')
    amtool.chmod(0o755)
    responder = Path(shutil.which("responder") or Path.cwd() / ".venv/bin/responder")
    page = read_runbook(watch.stage.folder / "playbooks", specs())
    assert page.general is not None
    return Shell(
        beginning="\n".join(exports(page.general)),
        programs=f"{folder}:{responder.parent}",
        folder=folder,
        config=watch.stage.config,
    )


async def answer(watch: Watch, query: str) -> list[float]:
    """The values of an answer that are numbers.

    Raises:
        httpx.HTTPStatusError: Prometheus does not understand the query.
    """
    url = f"{watch.stage.prometheus}/api/v1/query"
    said = (await watch.http.get(url, params={"query": query})).raise_for_status().json()
    assert said["status"] == "success"
    found = [float(row["value"][1]) for row in said["data"]["result"]]
    return [value for value in found if math.isfinite(value)]


@pytest.mark.parametrize("step", QUERIES)
@pytest.mark.parametrize("watch", ["designed-first", "deployed"], indirect=True, scope="module")
async def test_every_query_is_answered_with_data_or_says_what_no_answer_means(
    watch: Watch, step: Step
) -> None:
    query = scale_promql(step.query or "", 1 / FACTOR)
    if step.empty:
        await answer(watch, query)
        return
    async with asyncio.timeout(PATIENCE):
        while not await answer(watch, query):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(POLL)


@pytest.mark.parametrize("step", COMMANDS)
@pytest.mark.parametrize("watch", ["designed-first"], indirect=True, scope="module")
async def test_every_command_works_as_it_is_pasted(watch: Watch, shell: Shell, step: Step) -> None:
    program = (step.run or "").partition(" ")[0]
    if program in {"curl", "ss"} and shutil.which(program) is None:
        pytest.skip(f"this machine has no {program}")
    code, said, complained = await shell.run(step.run or "")
    assert (code, complained) == (0, "")
    assert said.strip() or step.empty
    if said.startswith("{"):
        assert json.loads(said)
