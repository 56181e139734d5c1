"""Where the demo's parts listen: where people expect them, else wherever there is room."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from responder.testing.free_port import free_port

HOST: Final = "127.0.0.1"
CLAIM: Final = "\0hypertool-demo"
"""An abstract Unix address, held by the demo that listens on the usual ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Ports of loopback."""

    metrics: int
    control: int
    switches: int
    supervisor: int
    slack: int
    pagerduty: int
    langfuse: int
    responder: int
    prometheus: int
    alertmanager: int


USUAL: Final = Ports(
    metrics=9464,
    control=9465,
    switches=9466,
    supervisor=9467,
    slack=8090,
    pagerduty=8091,
    langfuse=3001,
    responder=8080,
    prometheus=9090,
    alertmanager=9093,
)
"""What a browser's history and a person's memory know; a demo beside a real Prometheus takes other ones."""


@contextmanager
def usual_ports(address: str = CLAIM) -> Iterator[bool]:
    """Whether this demo may have the usual ports: of several that begin at the same time only one may.

    What is claimed is no file, and is free again once the process has ended, however that was.
    """
    with socket.socket(socket.AF_UNIX) as claim:
        try:
            claim.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            yield False
        else:
            yield True


def free_ports(*, usual: bool) -> Ports:
    """Ports that nobody listens on, no two alike: the usual ones as far as they are free, or just any."""
    with ExitStack() as held:
        wanted = {name: getattr(USUAL, name) if usual else free_port() for name in Ports.__dataclass_fields__}
        return Ports(**{name: _held(held, port) for name, port in wanted.items()})


def _held(held: ExitStack, port: int) -> int:
    """That port or, where it is taken, any; nobody else gets it until all are chosen."""
    listener = held.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        return _held(held, free_port())
    return int(listener.getsockname()[1])
