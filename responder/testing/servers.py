"""Runs a real Prometheus and a real Alertmanager on loopback, for tests and for the demo.

    async with prometheus(config, folder=tmp_path, files={"hypertool.rules.yml": rules}) as server:
        await http.get(f"{server.url}/api/v1/query", params={"query": "up"})

Each listens on a free port of 127.0.0.1, is ready when the block is entered, and is gone with its children
when the block is left, however that happens. What it logs is in `<folder>/<name>.log`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from responder.testing.binaries import Tool, find
from responder.testing.free_port import free_port, is_free
from responder.testing.processes import Program, start, succeeds

PORT_TRIES: Final = 3
CLUSTER: Final = "--cluster.listen-address="
BLOCK: Final = "4400h"
"""Half a year: promtool reads a history once for each block, so all of it goes into one."""


class ServerFailed(Exception):  # noqa: N818 - reads as what it is
    """A server did not get ready, or promtool did not accept the history; the text has the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, and the program itself."""

    url: str
    program: Program

    @property
    def pid(self) -> int:
        return self.program.pid

    @property
    def log(self) -> Path:
        return self.program.log

    def tail(self) -> str:
        """The last lines of its log."""
        return self.program.tail()


@asynccontextmanager
async def prometheus(  # noqa: PLR0913 - all but the first two are rarely given, and by name
    config: str,
    *,
    folder: Path,
    files: Mapping[str, str] | None = None,
    history: Path | None = None,
    port: int | None = None,
    lookback_delta: str = "5m",
    retention: str = "15d",
    lifecycle: bool = True,
    flags: Sequence[str] = (),
) -> AsyncIterator[Server]:
    """A Prometheus with that configuration (YAML text); all it writes is below `folder`.

    `files` are written beside the configuration: rules that it names. `history` is a file in OpenMetrics
    format whose samples are there from the start; they must all be in the past. `lookback_delta` is how old a
    sample may be that an instant query uses; scale it like every other duration. `POST /-/reload` reads the
    configuration anew, unless without `lifecycle`.

    Prometheus scrapes nothing in its first 5 s or more, whatever the scrape interval: it gathers targets for
    that long.

    Raises:
        ToolMissing: there is no Prometheus and none can be fetched.
        ServerFailed: it did not get ready, or `history` is not accepted.
    """
    folder = _write(folder, {**(files or {}), "prometheus.yml": config})
    data = folder / "prometheus-data"
    if history is not None:
        await load_history(history, data)

    program = str(await asyncio.to_thread(find, Tool.PROMETHEUS))

    def command(address: str) -> list[str]:
        return [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={data}",
            f"--storage.tsdb.retention.time={retention}",
            f"--query.lookback-delta={lookback_delta}",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}/",
            *(["--web.enable-lifecycle"] if lifecycle else []),
            *flags,
        ]

    async with _running(command, folder / "prometheus.log", port) as server:
        yield server


@asynccontextmanager
async def alertmanager(
    config: str,
    *,
    folder: Path,
    files: Mapping[str, str] | None = None,
    port: int | None = None,
    flags: Sequence[str] = (),
) -> AsyncIterator[Server]:
    """An Alertmanager with that configuration (YAML text); all it writes is below `folder`.

    It is alone, unless `flags` say where it listens for others (`--cluster.listen-address=…`).

    `files` are written beside the configuration: secrets that it names by a relative path.

    Raises:
        ToolMissing: there is no Alertmanager and none can be fetched.
        ServerFailed: it did not get ready.
    """
    folder = _write(folder, {**(files or {}), "alertmanager.yml": config})

    program = str(await asyncio.to_thread(find, Tool.ALERTMANAGER))

    def command(address: str) -> list[str]:
        return [
            program,
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager-data'}",
            f"--web.listen-address={address}",
            f"--web.external-url=http://{address}/",
            *(() if any(flag.startswith(CLUSTER) for flag in flags) else (CLUSTER,)),
            *flags,
        ]

    async with _running(command, folder / "alertmanager.log", port) as server:
        yield server


async def load_history(openmetrics: Path, data: Path) -> None:
    """Put the samples of an OpenMetrics file into a data folder, before a Prometheus runs on it.

    Raises:
        ServerFailed: promtool does not accept the file.
    """
    process = await asyncio.create_subprocess_exec(
        str(await asyncio.to_thread(find, Tool.PROMTOOL)),
        *("tsdb", "create-blocks-from", "openmetrics", "--quiet"),
        *(f"--max-block-duration={BLOCK}", str(openmetrics), str(data)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:  # whoever waited was interrupted
            process.kill()
            await process.wait()
    if process.returncode:
        raise ServerFailed(f"promtool does not accept {openmetrics}:\n{output.decode(errors='replace')}")


@asynccontextmanager
async def _running(command: Callable[[str], list[str]], log: Path, port: int | None) -> AsyncIterator[Server]:
    """The server on that port, or on a free one (another, if somebody takes it in the meantime)."""
    if port is not None and not is_free(port):  # else whoever listens there would be taken for ours
        raise ServerFailed(f"{log.stem} cannot listen on 127.0.0.1:{port}: address already in use")
    for attempt in range(PORT_TRIES):
        address = f"127.0.0.1:{port or free_port()}"
        program = await start(command(address), log)
        url = f"http://{address}"
        try:
            if await program.ready(succeeds(f"{url}/-/ready")):
                yield Server(url, program)
                return
        finally:
            await program.stop()
        taken = "address already in use" in program.tail()
        if port is not None or not taken or attempt == PORT_TRIES - 1:
            raise ServerFailed(f"{log.stem} did not get ready on {address}; its log ends:\n{program.tail()}")


def _write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the texts there; the folder's absolute path, which a server needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder.absolute()
