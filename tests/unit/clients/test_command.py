"""Commands that are configured: real small programs that end well, fail, hang, and talk too much."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from responder.clients.command import KEPT, LINE, Ran, run
from responder.domain.errors import Effect, Reason, Refused

SHELL = "/bin/sh"


def sh(script: str) -> tuple[str, ...]:
    """A shell as the program that is run; what runs it is none."""
    return (SHELL, "-c", script)


@pytest.mark.parametrize(
    ("command", "ended"),
    [
        (("true",), Ran(0, "")),
        (sh("echo one; echo two"), Ran(0, "two")),
        (sh("echo said; echo wrong >&2; exit 7"), Ran(7, "wrong")),  # both streams
        (sh("printf 'last words\\n\\n  \\n'; exit 1"), Ran(1, "last words")),  # blank lines say nothing
        (sh("printf 'a\\033[31mb\\000c\\n'"), Ran(0, "a[31mbc")),  # nothing that moves a terminal
        (sh("kill -9 $$"), Ran(-9, "")),
        (("echo", "$HOME; echo injected"), Ran(0, "$HOME; echo injected")),  # there is no shell
        (sh("cat"), Ran(0, "")),  # nothing comes in
    ],
)
async def test_the_end_is_told_with_the_last_line(command: tuple[str, ...], ended: Ran) -> None:
    assert await run(command, within=20) == ended


async def test_it_is_told_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER_SLACK__BOT_TOKEN", "xoxb-secret")
    ran = await run(("env",), within=20)
    assert "secret" not in ran.last_line
    ran = await run(sh("env | cut -d= -f1 | grep -v -e PWD -e _ -e SHLVL | sort | tr '\\n' ' '"), within=20)
    assert ran.last_line == "LANG PATH"


async def test_ten_megabytes_are_read_and_the_end_is_kept() -> None:
    script = "for _ in range(10_240): print('x' * 1023)\nprint('the end')"
    assert await run((sys.executable, "-c", script), within=60) == Ran(0, "the end")


async def test_a_line_without_end_is_cut() -> None:
    ran = await run((sys.executable, "-c", f"print('x' * {3 * KEPT}, end='')"), within=60)
    assert ran == Ran(0, "x" * LINE)


async def test_what_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """Also if it does not want to end, and talks all the time."""
    child = tmp_path / "pid"
    script = f"trap '' TERM; sleep 600 & echo $! > {child}; while :; do echo busy; sleep 0.01; done"
    with pytest.raises(Refused, match="did not end within") as caught:
        await run(sh(script), within=0.5)
    assert (caught.value.reason, caught.value.effect) == (Reason.TIMEOUT, Effect.UNKNOWN)
    assert await gone(int(child.read_text()))


async def test_whoever_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    task = asyncio.ensure_future(run(sh(f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 600"), within=600))
    async with asyncio.timeout(20):
        while not pid.exists():  # noqa: ASYNC110 - only a file tells
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(int(pid.read_text()))


async def test_what_it_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    """A restart leaves a Hypertool that holds on to the output: it lives on."""
    child = tmp_path / "pid"
    assert await run(sh(f"sleep 600 & echo $! > {child}; echo started"), within=20) == Ran(0, "started")
    left = int(child.read_text())
    os.kill(left, 0)
    os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize("command", [("no-such-program",), ("/etc/passwd",), ("/",), ("a\0b",)])
async def test_what_cannot_be_run_surely_did_nothing(command: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        await run(command, within=20)
    assert (caught.value.reason, caught.value.effect) == (Reason.NOT_CONFIGURED, Effect.NONE)


async def gone(pid: int) -> bool:
    """Whether the process ends soon; one that nobody waits for counts as ended."""
    async with asyncio.timeout(20):
        while not has_ended(pid):  # noqa: ASYNC110 - it is no child of ours
            await asyncio.sleep(0.01)
    return True


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
