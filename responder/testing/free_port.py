"""A port that whoever starts next can still listen on."""

import random
import socket
from functools import cache
from pathlib import Path
from typing import Final

LOWEST: Final = 10_000
TRIES: Final = 100
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST_OF_OTHERS: Final = 32_768
"""Where the system says nothing."""
_random: Final = random.SystemRandom()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment, and that the system gives to nobody.

    The ports that it hands out by itself go to each connection that anybody opens: one of these can be taken
    a moment later. Below them only who asks for the same number is in the way.
    """
    highest = _lowest_that_is_handed_out() - 1
    for _ in range(TRIES if highest > LOWEST else 0):
        port = _random.randint(LOWEST, highest)
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether one may listen on this port of 127.0.0.1."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@cache
def _lowest_that_is_handed_out() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _LOWEST_OF_OTHERS
