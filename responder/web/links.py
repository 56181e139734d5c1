"""Signed addresses of pages: read-only, for whoever has the link, valid for seven days."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from responder.domain.clock import Clock

VALID_FOR: Final = timedelta(days=7)
SIGNATURE_DIGITS: Final = 40
LONGEST_MOMENT: Final = 12
"""Digits of the seconds since the epoch, with room for some thousand years."""
DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks the addresses of incidents' pages.

    Args:
        base: where people reach the server, without a slash at the end; empty: there are no links.
        key: signs them.
        clock: what time it is.
    """

    base: str
    key: bytes
    clock: Clock

    def incident(self, incident: str) -> str:
        """The address of an incident's page, good for seven days and the rest of today; empty without a base.

        It stays the same all day, so that a message is not edited for a new address only.
        """
        if not self.base:
            return ""
        days = int((self.clock() + VALID_FOR).timestamp()) // DAY_SECONDS + 1
        until = days * DAY_SECONDS
        query = urlencode({"until": until, "signature": self._sign(incident, until)})
        return f"{self.base}/incidents/{incident}?{query}"

    def allows(self, incident: str, until: str, signature: str) -> bool:
        """Whether a request's `until` and `signature` are ours, for this incident, and not over."""
        if not until.isascii() or not until.isdigit() or len(until) > LONGEST_MOMENT:
            return False
        expected = self._sign(incident, int(until))
        genuine = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))
        return genuine and self.clock().timestamp() < int(until)

    def _sign(self, incident: str, until: int) -> str:
        said = f"incident\n{incident}\n{until}".encode()
        return hmac.new(self.key, said, hashlib.sha256).hexdigest()[:SIGNATURE_DIGITS]
