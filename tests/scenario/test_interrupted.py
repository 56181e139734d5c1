"""However a demo ends, everything it started is stopped, and its folder is thrown away or told.

What belongs to a run is found by its folder: each of its processes works in it or names it.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.scenario

PATIENCE: Final = 300.0
SHORT: Final = ("--scenario", "metrics-crashed", "--seed", "3")


def heard_again() -> None:
    """Have a child hear Ctrl-C also where the tests run in the background (`&`, `nohup`)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@asynccontextmanager
async def demo(folder: Path, *arguments: str, path: str = "") -> AsyncIterator[Process]:
    """A demo that keeps its files below that folder; ended by force if a test fails."""
    environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "100"}  # noqa: TID251 - a child's
    environment["PATH"] = f"{path}:{environment['PATH']}" if path else environment["PATH"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "responder", "demo", *SHORT, *arguments),
        env=environment,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
        preexec_fn=heard_again,
    )
    try:
        yield process
    finally:
        for left in [process.pid, *belonging_to(folder)]:
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        await process.wait()


async def says(process: Process, words: str) -> str:
    """What it said until those words came."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        async for line in process.stdout:
            said += line.decode()
            if words in said:
                return said
    raise AssertionError(f"it ended without saying {words!r}: {said}")


async def ended(process: Process) -> tuple[int, str]:
    """Its exit code, and the rest of what it said."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        rest = await process.stdout.read()
        return await process.wait(), rest.decode()


def left_in(folder: Path) -> list[Path]:
    """Files of a run that are still there."""
    return list(folder.iterdir())


def belonging_to(folder: Path) -> list[int]:
    """The processes that work below a folder, or name it."""
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit() and _names(one, folder)]


def _names(process: Path, folder: Path) -> bool:
    with suppress(OSError):  # it has just ended
        return (
            str(folder) in f"{process.joinpath('cwd').readlink()} {process.joinpath('cmdline').read_text()}"
        )
    return False


@pytest.mark.parametrize(
    ("moment", "signals"),
    [
        ("writing eight days of history", [signal.SIGINT]),
        ("starting Alertmanager and Prometheus", [signal.SIGTERM]),
        ("something goes wrong", [signal.SIGINT, signal.SIGINT, signal.SIGTERM]),  # impatient
    ],
)
async def test_a_demo_that_is_stopped_stops_all_it_started(
    tmp_path: Path, moment: str, signals: list[signal.Signals]
) -> None:
    async with demo(tmp_path, "--once") as process:
        await says(process, moment)
        assert left_in(tmp_path)
        for reason in signals:
            process.send_signal(reason)
        code, _ = await ended(process)
        assert code == 1  # it was to run to its end
        assert belonging_to(tmp_path) == []
    assert left_in(tmp_path) == []


async def test_a_demo_that_has_played_stays_up_until_it_is_stopped_and_that_is_fine(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        said = await says(process, "Everything stays up")
        assert "process crashed" in said
        assert belonging_to(tmp_path)
        process.send_signal(signal.SIGINT)
        code, rest = await ended(process)
        assert code == 0, said + rest
        assert belonging_to(tmp_path) == []
    assert left_in(tmp_path) == []


async def test_a_closed_terminal_ends_it(tmp_path: Path) -> None:
    """Nobody hears any more what it says, and it is told so."""
    async with demo(tmp_path, "--once") as process:
        await says(process, "Everything runs")
        transport = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined] # asyncio has no other way
        transport.close()
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 1
        assert belonging_to(tmp_path) == []
    assert left_in(tmp_path) == []


async def test_a_part_that_fails_ends_it_and_the_logs_are_kept(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "prometheus"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho it is broken\nexit 3\n")
    broken.chmod(0o755)
    folder = tmp_path / "runs"
    folder.mkdir()
    async with demo(folder, "--once", path=str(broken.parent)) as process:
        code, said = await ended(process)
        assert code == 1
        assert "it is broken" in said
        (kept,) = left_in(folder)
        assert f"the logs are in {kept}" in said
        assert (kept / "prometheus.log").exists()
        assert belonging_to(folder) == []


async def test_json_is_all_that_stands_on_standard_output(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "responder", "demo", "--list", "--json"), stdout=PIPE, stderr=DEVNULL
    )
    code, said = await ended(process)
    assert code == 0
    assert said.lstrip().startswith("[")
