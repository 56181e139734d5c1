"""One word for how a connection failed, from what Prometheus or our own client said about it.

Prometheus tells the last error of a scrape as a sentence of Go's; ours are the system's. Both are read by the
same table, so that a playbook compares one field with the same words.
"""

import re
from enum import StrEnum
from typing import Final


class Failure(StrEnum):
    """How it failed. Playbooks compare with these: never rename one."""

    NONE = "none"
    """It did not fail."""
    REFUSED = "refused"
    """Nobody listens on the port."""
    TIMEOUT = "timeout"
    UNRESOLVED = "unresolved"
    """The host's name leads nowhere."""
    UNROUTABLE = "unroutable"
    RESET = "reset"
    """The connection was closed before or within the answer."""
    NOT_SECURE = "not_secure"
    """The certificate or the protocol of the secure connection."""
    STATUS = "status"
    """Something answers, with a status that isn't 2xx."""
    NOT_METRICS = "not_metrics"
    """Something answers, but not metrics."""
    ABSENT = "absent"
    """There is no such target."""
    OTHER = "other"


_WORDS: Final = (
    # the first that is found decides
    (Failure.REFUSED, r"connection refused"),
    (Failure.UNRESOLVED, r"no such host|name or service not known|server misbehaving"),
    (Failure.UNROUTABLE, r"no route to host|network is unreachable"),
    (Failure.NOT_SECURE, r"x509|tls:|certificate|secure connection|http response to https"),
    (Failure.STATUS, r"http status [1-5][0-9][0-9]"),
    (
        Failure.NOT_METRICS,
        r"while parsing|expected .*token|invalid metric|content[- ]type|proper http|malformed|can't be read",
    ),
    (Failure.TIMEOUT, r"deadline exceeded|timeout|timed out|no answer in time"),
    (Failure.RESET, r"connection reset|broken pipe|\beof\b|was closed|broke off"),
)


def failure_of(error: str) -> Failure:
    """The word for what was said; nothing said, nothing failed."""
    if not error:
        return Failure.NONE
    said = error.lower()
    return next((word for word, pattern in _WORDS if re.search(pattern, said)), Failure.OTHER)
