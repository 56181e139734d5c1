"""What the figures were measured on."""

import os
import platform
import re
import sqlite3
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("fastapi", "uvicorn", "dbos", "sqlalchemy")
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
ON_DISK: Final = Path("/var/tmp")  # noqa: S108 - only who makes new folders in it asks for it


def folder() -> Path:
    """Where files are written: on a disk if there is one, since in memory a durable commit costs nothing."""
    usual = Path(tempfile.gettempdir())
    if file_system(usual) not in IN_MEMORY or not ON_DISK.is_dir() or file_system(ON_DISK) in IN_MEMORY:
        return usual
    return ON_DISK


def facts() -> Mapping[str, str]:
    """Names and values, for people."""
    memory = _in_file("/proc/meminfo", r"^MemTotal:\s*(\d+)", "0")
    return {
        "cores": str(os.cpu_count()),
        "processor": _in_file("/proc/cpuinfo", r"^model name\s*: (.+)$"),
        "memory": f"{int(memory) / 1024**2:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "files in": f"{folder()} ({file_system(folder())})",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
    }


def load_average() -> str:
    """Of the last 1, 5 and 15 minutes; the bench's own load is in it."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on: what a durable commit costs hangs on it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    over = [(len(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(over, default=(0, "unknown"))[1]


def _in_file(path: str, pattern: str, default: str = "unknown") -> str:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return default
    return found[1] if found else default
