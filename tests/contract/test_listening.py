"""An address that can't be listened on: what may pass ends the process with 1, a mistake with 2."""

import asyncio
import errno
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from starlette.responses import PlainTextResponse

from responder.domain.errors import ConfigError, ResponderError, Unusable
from responder.serving import listen
from responder.settings import Server

PATIENCE: Final = 60


def test_a_port_that_is_taken_is_tried_again_by_whoever_supervises_it(tmp_path: Path) -> None:
    """systemd does not start again what ended with 2: a port taken for a moment would end it for good."""
    file = tmp_path / "responder.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        database = f"sqlite:///{tmp_path}/responder.db"
        file.write_text(yaml.safe_dump({"server": {"port": port}, "database": {"url": database}}))
        run = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "responder", "serve", "--config", file],
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
    said = f"127.0.0.1:{port} can't be listened on: is something else running there?"
    assert (run.returncode, run.stderr.splitlines()[-1]) == (1, said)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (OSError(errno.EADDRINUSE, "in use"), Unusable, "is something else running there?"),
        # A machine whose network, or whose shared address, comes late.
        (OSError(errno.EADDRNOTAVAIL, "not available"), Unusable, "does not have the address server.host"),
        (socket.gaierror(socket.EAI_AGAIN, "again"), Unusable, "server.host can't be looked up"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), ConfigError, "server.host: .* there is no such host"),
        (PermissionError(errno.EACCES, "denied"), ConfigError, "server.port: .* take a port from 1024 on"),
    ],
)
async def test_only_what_no_time_mends_is_a_mistake(
    error: OSError, kind: type[ResponderError], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", refused)
    with pytest.raises(kind, match=said):
        await listen(Server(port=1), PlainTextResponse("here"), asyncio.Event())
