"""Put rules where a Prometheus reads them, and have it read them; what it doesn't accept is taken back."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from responder.clients.prometheus import Prometheus
from responder.domain.errors import AdapterError, ConfigError, Problem, Reason

RELOAD_SECONDS: Final = 60.0
CHECK_SECONDS: Final = 60
BY_HAND: Final = (
    "the files are written, but this Prometheus doesn't reload by HTTP: start it with "
    "--web.enable-lifecycle, or send it SIGHUP, and run `responder rules verify`"
)


class NotReloaded(Exception):  # noqa: N818 - reads as what it is
    """Prometheus has not taken the rules; the text says why, and what is in its folder now."""


def checked(texts: Mapping[str, str]) -> bool:
    """Have promtool check the files, by name; False where there is no promtool.

    Raises:
        ConfigError: in its words.
    """
    promtool = shutil.which("promtool")
    if promtool is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        run = subprocess.run(  # noqa: S603 - the program is promtool, the names are ours
            [promtool, "check", "rules", *texts],
            cwd=folder, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False,
        )  # fmt: skip
    if run.returncode:
        raise ConfigError([Problem("promtool", 0, "", (run.stdout + run.stderr).strip())])
    return True


async def push(prometheus: Prometheus, into: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the files, by name, into the folder and reload; the paths of what was written.

    Raises:
        ConfigError: a file can't be written; the folder is as it was.
        NotReloaded: Prometheus did not accept them (the folder is as it was), or could not be asked.
    """
    with _kept(into, texts) as before:
        written = tuple(_write(into / name, text) for name, text in texts.items())
        try:
            await prometheus.reload(within=RELOAD_SECONDS)
        except AdapterError as error:
            raise NotReloaded(await _after(prometheus, before, error)) from error
    return written


async def _after(prometheus: Prometheus, before: Mapping[Path, bytes | None], error: AdapterError) -> str:
    """What to say of a reload that failed. If it was the files' fault they are taken back."""
    if error.reason is Reason.UNSUPPORTED:
        return f"{error}\n{BY_HAND}"
    if error.reason is not Reason.SERVER_ERROR:
        return f"{error}\nthe files are written, but Prometheus could not be told; reload it by hand"
    await asyncio.to_thread(_put_back, before)
    try:
        await prometheus.reload(within=RELOAD_SECONDS)
    except AdapterError:
        again = "it doesn't accept those either: the mistake is elsewhere in its configuration, see its log"
    else:
        again = "with them it reloads: its log says what it has against the new ones"
    return f"{error}\nthe files from before are back; {again}"


@contextmanager
def _kept(into: Path, names: Mapping[str, str]) -> Iterator[Mapping[Path, bytes | None]]:
    """What the folder had under these names; put back where writing fails."""
    before: dict[Path, bytes | None] = {}
    try:
        for path in (into / name for name in names):
            before[path] = path.read_bytes() if path.exists() else None
        yield before
    except OSError as error:
        _put_back(before)
        problem = Problem(str(error.filename or into), 0, "", f"can't be written: {error.strerror}")
        raise ConfigError([problem]) from error


def _put_back(before: Mapping[Path, bytes | None]) -> None:
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        elif path.read_bytes() != content:
            _replace(path, content)


def _write(path: Path, text: str) -> Path:
    _replace(path, text.encode())
    return path


def _replace(path: Path, content: bytes) -> None:
    """At once and on the disk: whoever reads the file sees the old content or the new one, whole."""
    new = path.with_name(f".{path.name}.new")  # no `rule_files` pattern for YAML matches it
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
