"""Finds the real Prometheus and Alertmanager and their tools; fetches the distribution's packages if need be.

Nothing is installed and no root is needed: a package is unpacked into the project's cache folder and its
programs are run from there. The second call finds them without doing anything.

Debian's servers look for their pages and templates below `/usr/share/prometheus`; Alertmanager doesn't start
without them. In the unpacked copy that path is made a relative one of the same length, and a script starts
the server from within the package's folder. So give a server absolute paths.
"""

import fcntl
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

FETCH_SECONDS: Final = 300
_CHECKOUT: Final = Path(__file__).parents[2]


class Tool(StrEnum):
    """A program we run; the value is its upstream name."""

    PROMETHEUS = "prometheus"
    PROMTOOL = "promtool"
    ALERTMANAGER = "alertmanager"
    AMTOOL = "amtool"


class ToolMissing(Exception):  # noqa: N818 - reads as what it is
    """A program is neither installed nor to be had; the text says what to do."""

    def __init__(self, tool: Tool, reason: str) -> None:
        super().__init__(
            f"{tool} is not on PATH and could not be fetched: {reason}. "
            f"Install it (Debian and Ubuntu: package {_PACKAGE[tool]}; others: prometheus.io/download) "
            "so that it is on PATH, and try again."
        )


_PACKAGE: Final = {
    Tool.PROMETHEUS: "prometheus",
    Tool.PROMTOOL: "prometheus",
    Tool.ALERTMANAGER: "prometheus-alertmanager",
    Tool.AMTOOL: "prometheus-alertmanager",
}
_READY: Final = ".ready"
"""A file that says that a package's folder is complete."""

_ROOTED: Final = b"/usr/share/prometheus/"
_RELATIVE: Final = b"usr/share/prometheus//"
_SCRIPT: Final = '#!/bin/sh\ncd "$(dirname "$0")/.." && exec "usr/bin/{name}" "$@"\n'

_NAMES: Final = {tool: (str(tool), f"prometheus-{tool}") for tool in Tool}
"""Upstream's name first, then Debian's."""


def find(tool: Tool, *, say: Callable[[str], None] = lambda _: None) -> Path:
    """The program's path: from PATH, else from the cache, else fetched into the cache (seconds, once).

    `say` is told before something is fetched, for people who wait. Any number of processes may call at once.

    Raises:
        ToolMissing: there is none and none can be fetched.
    """
    return _on_path(tool) or _unpacked(tool) or _fetched(tool, say)


def cache_dir() -> Path:
    """Where fetched programs lie: `.cache/tools` of a checkout, else the user's cache folder."""
    if (_CHECKOUT / "pyproject.toml").is_file():
        return _CHECKOUT / ".cache" / "tools"
    home = os.environ.get("XDG_CACHE_HOME")  # noqa: TID251 - the user's cache folder is no setting of ours
    return (Path(home) if home else Path.home() / ".cache") / "hypertool-responder" / "tools"


def _on_path(tool: Tool) -> Path | None:
    found = next((path for name in _NAMES[tool] if (path := shutil.which(name))), None)
    return Path(found) if found else None


def _unpacked(tool: Tool) -> Path | None:
    folder = cache_dir() / _PACKAGE[tool]
    if not (folder / _READY).exists():
        return None
    programs = (folder / place / name for place in ("run", "usr/bin") for name in _NAMES[tool])
    return next((program for program in programs if program.exists()), None)


def _fetched(tool: Tool, say: Callable[[str], None]) -> Path:
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        raise ToolMissing(tool, f"this machine has no {' and no '.join(missing)}")
    package = _PACKAGE[tool]
    with _lock(cache_dir(), package):
        if path := _unpacked(tool):  # somebody else was faster
            return path
        say(f"fetching the distribution's package {package} (once, not installed)")
        try:
            _fetch(package, cache_dir() / package)
        except (OSError, subprocess.SubprocessError) as error:
            raise ToolMissing(tool, _why(error)) from error
    if path := _unpacked(tool):
        return path
    raise ToolMissing(tool, f"the package {package} has no such program")


@contextmanager
def _lock(folder: Path, name: str) -> Iterator[None]:
    """Only one process at a time; the system lets go of the lock if its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(package: str, folder: Path) -> None:
    """Download and unpack; the folder appears complete or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{package}-") as name:
        state = Path(name)
        archive = _download(package, state)
        content = state / "content"
        _run(["dpkg-deb", "--extract", str(archive), str(content)], state)
        _relocate(content)
        (content / _READY).touch()
        shutil.rmtree(folder, ignore_errors=True)
        content.rename(folder)


def _relocate(folder: Path) -> None:
    """Let the servers find their files below that folder instead of below the root."""
    for program in list((folder / "usr" / "bin").iterdir()):
        code = program.read_bytes()
        if _ROOTED in code:
            program.write_bytes(code.replace(_ROOTED, _RELATIVE))
            script = folder / "run" / program.name
            script.parent.mkdir(exist_ok=True)
            script.write_text(_SCRIPT.format(name=program.name), encoding="utf-8")
            script.chmod(0o755)


def _download(package: str, state: Path) -> Path:
    """The package's archive, by the system's package lists, or by our own if those are empty or too old."""
    try:
        _run(["apt-get", "-qq", "download", package], state)
    except subprocess.CalledProcessError:
        own = _own_lists(state)
        _run(["apt-get", *own, "update"], state)
        _run(["apt-get", *own, "download", package], state)
    return next(state.glob("*.deb"))


def _own_lists(state: Path) -> list[str]:
    """Options that make apt keep its lists in that folder: without root the system's cannot be refreshed."""
    for folder in ("lists", "archives"):
        (state / folder / "partial").mkdir(parents=True)
    settings = (
        f"Dir::State::Lists={state}/lists",
        f"Dir::Cache={state}",
        f"Dir::Cache::Archives={state}/archives",
        f"APT::Sandbox::User={getpass.getuser()}",
        "Acquire::Languages=none",
        "Acquire::Retries=3",
    )
    return ["-qq", *(word for setting in settings for word in ("-o", setting))]


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(  # noqa: S603 - fixed programs, and names of packages from the table above
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS
    )


def _why(error: Exception) -> str:
    text = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    return next(iter(reversed(text.strip().splitlines())), type(error).__name__).rstrip(".")
