"""Signed addresses of pages: read-only, for whoever has the link, valid for seven days or some hours more."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from responder.domain.clock import Clock
from responder.domain.incident import Incident

VALID_FOR: Final = timedelta(days=7)
DAY: Final = 24 * 60 * 60
"""Seconds."""
RUNBOOK: Final = "runbook"
LIST: Final = "list"
"""What is signed for the runbook and for the list of incidents; an incident's begins otherwise."""
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
        return f"{self.base}/incidents/{incident.id}?{urlencode(self._ticket(_of(incident.id), until))}"

    def runbook(self) -> str:
        """The address of the runbook, good for at least seven days; empty without a base.

        It changes once a day, at midnight UTC, so that no message is edited for a new address only.
        """
        return self._daily("/runbook", RUNBOOK)

    def incidents(self) -> str:
        """The address of the list of incidents, as good as that of the runbook."""
        return self._daily("/", LIST)

    def allows(self, incident: str, until: str, signature: str) -> bool:
        """Whether a request's `until` and `signature` are ours, for this incident, and not over."""
        return self._good(_of(incident), until, signature)

    def allows_runbook(self, until: str, signature: str) -> bool:
        """Whether a request's `until` and `signature` are ours, for the runbook and its playbooks."""
        return self._good(RUNBOOK, until, signature)

    def allows_list(self, until: str, signature: str) -> bool:
        """Whether a request's `until` and `signature` are ours, for the list of incidents."""
        return self._good(LIST, until, signature)

    def _daily(self, path: str, what: str) -> str:
        if not self.base:
            return ""
        until = int(self.clock().timestamp()) // DAY * DAY + DAY + int(VALID_FOR.total_seconds())
        return f"{self.base}{path}?{urlencode(self._ticket(what, until))}"

    def _good(self, what: str, until: str, signature: str) -> bool:
        if not until.isascii() or not until.isdigit() or len(until) > LONGEST_MOMENT:
            return False
        expected = self._sign(what, int(until))
        genuine = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))
        return genuine and self.clock().timestamp() < int(until)

    def _ticket(self, what: str, until: int) -> dict[str, str]:
        return {"until": str(until), "signature": self._sign(what, until)}

    def _sign(self, what: str, until: int) -> str:
        said = f"{what}\n{until}".encode()
        return hmac.new(self.key, said, hashlib.sha256).hexdigest()[:SIGNATURE_DIGITS]


def _of(incident: str) -> str:
    return f"incident\n{incident}"
