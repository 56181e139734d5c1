"""Ids of orders, made from domain facts in this one place: the same facts always make the same order."""

import hashlib
import secrets
from typing import Final

ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
INCIDENT_LETTERS: Final = 8


def new_incident_id() -> str:
    """A short id that can be read aloud at night: no 0, 1, i, l or o. 8 of 31 letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(INCIDENT_LETTERS))


def is_incident_id(text: str) -> bool:
    """Whether an incident could have this id."""
    return len(text) == INCIDENT_LETTERS and all(letter in ALPHABET for letter in text)


def new_notification_id() -> str:
    return secrets.token_hex(8)


def investigate_id(incident: str, revision: int, attempt: int = 1) -> str:
    return _id("investigate", incident, revision, attempt)


def tell_id(incident: str, notifier: str, notice: int, attempt: int = 1) -> str:
    return _id("tell", incident, notifier, notice, attempt)


def end_id(incident: str, revision: int, notice: int, attempt: int = 1) -> str:
    """The order to find out how an incident ended, which it can do more than once."""
    return _id("end", incident, f"{revision}.{notice}", attempt)


def compare_id(incident: str, notice: int, attempt: int = 1) -> str:
    """The order to compare one incident with what Alertmanager says."""
    return _id("compare", incident, notice, attempt)


def content_digest(text: str) -> str:
    """What names a version of a text: 12 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _id(*facts: str | int) -> str:
    *named, attempt = facts
    return "/".join(map(str, named)) + (f"/{attempt}" if attempt != 1 else "")
