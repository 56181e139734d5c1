"""Where the next part of the list of incidents begins, as a word in an address."""

import base64
import binascii
import json
from datetime import datetime

from responder.domain.clock import instant
from responder.domain.errors import BadInput
from responder.domain.ids import is_incident_id

Place = tuple[datetime, str]
"""When the last incident shown was opened, and its id."""


def cursor_of(after: Place) -> str:
    """What leads on from here."""
    seen = json.dumps([after[0].isoformat(), after[1]])
    return base64.urlsafe_b64encode(seen.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Where a cursor leads.

    Raises:
        BadInput: it is none of ours.
    """
    try:
        seen, incident = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if is_incident_id(incident):
            return instant(seen), incident
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadInput("wrong_cursor", "the cursor is not one of ours") from error
    raise BadInput("wrong_cursor", "the cursor is not one of ours")
