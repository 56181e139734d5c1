"""Proves that a request comes from Slack: signature, age, and that it comes for the first time."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from responder.domain.clock import Clock
from responder.slackbot.seen import Seen

TIMESTAMP: Final = "x-slack-request-timestamp"
SIGNATURE: Final = "x-slack-signature"
WINDOW: Final = timedelta(minutes=5)
"""A request's timestamp may be so far from our clock."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class Verdict(StrEnum):
    """What a request is. Values are metric labels: never rename one."""

    GENUINE = "genuine"
    REPLAYED = "replayed"
    """Genuine, and seen before: nothing is done again."""
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"
    NOT_CONFIGURED = "not_configured"


REFUSED: Final[Mapping[Verdict, str]] = {
    Verdict.UNSIGNED: "Slack's signature or its timestamp is missing or can't be read",
    Verdict.STALE: "its timestamp is more than 5 minutes from our clock",
    Verdict.FORGED: "the signature doesn't fit: is slack.signing_secret that of the app?",
    Verdict.NOT_CONFIGURED: "slack.signing_secret is not set",
}
"""What whoever sent it is told; these are answered 401."""


class Guard:
    """Judges requests.

    Args:
        secret: the app's signing secret now; None: nothing can be proved.
        clock: what time it is.
    """

    def __init__(self, secret: Callable[[], str | None], clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._seen = Seen(2 * WINDOW)

    def judge(self, headers: Mapping[str, str], body: bytes) -> Verdict:
        """What this request is; one that is genuine is replayed from then on, until it is forgotten."""
        secret = self._secret()
        if not secret:
            return Verdict.NOT_CONFIGURED
        said, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not signature or not _SECONDS.fullmatch(said):
            return Verdict.UNSIGNED
        now = self._clock()
        if abs(now.timestamp() - int(said)) > WINDOW.total_seconds():
            return Verdict.STALE
        expected = signed(secret, said, body)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape")):
            return Verdict.FORGED
        return Verdict.GENUINE if self._seen.is_new(expected, now) else Verdict.REPLAYED

    def forget(self, headers: Mapping[str, str]) -> None:
        """It could not be worked on: the same request may come again."""
        self._seen.forget(headers.get(SIGNATURE, ""))


def signed(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's signature, version 0, of a body as it came."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
