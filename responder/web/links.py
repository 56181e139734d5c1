"""Signed addresses of pages: read-only, for whoever has the link, valid for seven days."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from responder.domain.clock import Clock
from responder.domain.incident import Incident

VALID_FOR: Final = timedelta(days=7)
SIGNATURE_DIGITS: Final = 40
LONGEST_MOMENT: Final = 12
"""Digits of the seconds since the epoch, with room for some thousand years."""


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

    def incident(self, incident: Incident) -> str:
        """The address of an incident's page, good for seven days from its last change; empty without a base.

        It changes only with the incident, so that no message is edited for a new address only.
        """
        if not self.base:
            return ""
        until = int((incident.changed_at + VALID_FOR).timestamp())
        query = urlencode({"until": until, "signature": self._sign(incident.id, until)})
        return f"{self.base}/incidents/{incident.id}?{query}"

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
