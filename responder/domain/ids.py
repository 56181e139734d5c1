"""Ids of orders, made from domain facts in this one place: the same facts always make the same order."""

import hashlib
import secrets
from datetime import datetime
from itertools import count
from typing import Final

ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
INCIDENT_LETTERS: Final = 8
_TICKS: Final = 2
"""In a second."""
_TIMES: Final = len(ALPHABET) ** 3
_NUMBERS: Final = len(ALPHABET) ** 5
_STEP: Final = 17_694_113
"""From one number to the next: no number comes twice before all did, and neighbours don't look alike."""
_count: Final = count(secrets.randbelow(_NUMBERS))
_PROCESS: Final = secrets.token_hex(2)


def new_incident_id(at: datetime) -> str:
    """A short id that can be read aloud at night: no 0, 1, i, l or o. 8 of 31 letters.

    The first three are the time, so that ids made one after the other lie side by side in every index of the
    database, which then has fewer pages to write. The others are a count that each process begins anywhere:
    one process makes none twice, and of two processes the database refuses the second, which tries again.
    """
    number = next(_count) * _STEP % _NUMBERS
    return _letters(int(at.timestamp() * _TICKS) % _TIMES * _NUMBERS + number)


def new_fix_id(at: datetime) -> str:
    """Made as the ids of incidents are."""
    return new_incident_id(at)


def _letters(number: int) -> str:
    letters = []
    for _ in range(INCIDENT_LETTERS):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(reversed(letters))


def new_silence_id(at: datetime) -> str:
    """Made as the ids of incidents are."""
    return new_incident_id(at)


def is_incident_id(text: str) -> bool:
    """Whether an incident could have this id."""
    return len(text) == INCIDENT_LETTERS and all(letter in ALPHABET for letter in text)


def new_notification_id(at: datetime) -> str:
    """12 hex digits of time (milliseconds), 4 of the process and 4 of a count.

    Should two processes make the same one, the database refuses the second, which tries again.
    """
    return f"{int(at.timestamp() * 1000):012x}{_PROCESS}{next(_count) & 0xFFFF:04x}"


def investigate_id(incident: str, revision: int, attempt: int = 1) -> str:
    return _id("investigate", incident, revision, attempt)


def new_storm_id(at: datetime) -> str:
    """Made as the ids of incidents are."""
    return new_incident_id(at)


def new_loss_id(at: datetime) -> str:
    """Of one time that the watchdog stopped coming; made as the ids of incidents are."""
    return new_incident_id(at)


def tell_id(incident: str, notifier: str, notice: int, attempt: int = 1, turn: int = 0) -> str:
    """`turn` is when, in milliseconds since the epoch, for one that had to wait for its turn."""
    return _id("tell", incident, notifier, notice, attempt) + (f"@{turn}" if turn else "")


def bulletin_id(topic: str, about: str) -> str:
    """What orders to tell a bulletin are about, in the place of an incident."""
    return f"{topic}/{about}"


def tidy_id(about: str, notifier: str, at: int, attempt: int = 1) -> str:
    """The order to take away what may have been said twice; `at`: when that was seen, in milliseconds."""
    return _id("tidy", about, notifier, at, attempt)


def end_id(incident: str, revision: int, notice: int, attempt: int = 1) -> str:
    """The order to find out how an incident ended, which it can do more than once."""
    return _id("end", incident, f"{revision}.{notice}", attempt)


def compare_id(incident: str, notice: int, attempt: int = 1) -> str:
    """The order to compare one incident with what Alertmanager says."""
    return _id("compare", incident, notice, attempt)


def silence_order_id(silence: str, again: int = 1) -> str:
    return _id("silence", silence, again)


def late_silence_id(silence: str, at: int) -> str:
    """The order to look for what came late; `at` is when it was given, in milliseconds since the epoch."""
    return _id("silence", silence, "late", at)


def unsilence_order_id(silence: str, asked_at: datetime, again: int = 1) -> str:
    """The order to end a silence, which can be asked for more than once where it failed."""
    return _id("unsilence", silence, f"{asked_at.timestamp():.3f}", again)


def propose_id(incident: str, revision: int, attempt: int = 1) -> str:
    return _id("propose", incident, revision, attempt)


def fix_order_id(fix: str, revision: int, again: int = 1) -> str:
    """The order for the move that is due in this revision of a fix."""
    return _id("fix", fix, revision, again)


def annotate_id(fix: str, revision: int, attempt: int = 1) -> str:
    """The order to show on a dashboard what a fix has come to in this revision."""
    return _id("annotate", fix, revision, attempt)


def command_id(trigger: str) -> str:
    """Of what somebody asked, by the far side's name for that moment: the same however often it is sent."""
    return hashlib.sha256(trigger.encode()).hexdigest()[:32]


def answer_id(command: str, attempt: int = 1) -> str:
    """The order to answer what somebody asked."""
    return _id("answer", command, attempt)


def content_digest(text: str) -> str:
    """What names a version of a text: 12 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _id(*facts: str | int) -> str:
    *named, attempt = facts
    return "/".join(map(str, named)) + (f"/{attempt}" if attempt != 1 else "")
