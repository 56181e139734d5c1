"""What people ask of an incident, and how that changes it. Pure.

A change is given what whoever asked had seen; where that is no longer so it changes nothing, and `TooLate`
says who was first.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from responder.domain import incident as incidents
from responder.domain.clock import utc
from responder.domain.incident import Absorbed, Event, EventKind, Incident
from responder.domain.marks import AskedSilence, FalseAlarm, SilenceState

LONGEST_SILENCE: Final = timedelta(days=7)
SHORTEST_SILENCE: Final = timedelta(minutes=1)
_HOLDS: Final = {SilenceState.ORDERED: "is being silenced", SilenceState.ENDING: "is still silenced"}


class TooLate(ValueError):  # noqa: N818 - reads as what it is
    """Somebody was first, or it has moved on; the text says who and how."""


class UnderWay(TooLate):
    """It is being investigated anew already, because somebody asked or because there was news."""


def asked_again(incident: Incident, now: datetime, who: str, seen: int | None = None) -> Absorbed:
    """Somebody wants it investigated again: a new revision, though nothing is worth showing yet.

    Args:
        incident: as it is.
        now: when.
        who: asks.
        seen: the revision that whoever asks has seen the report of; None: whichever there is.

    Raises:
        UnderWay: it is investigated anew already.
        TooLate: it is closed.
    """
    if not incident.open:
        raise TooLate("the incident is over")
    if seen is not None and seen != incident.revision:
        raise UnderWay("it is being investigated anew already")
    return incidents.asked_again(incident, now, who)


def taken(incident: Incident, now: datetime, who: str, seen: str | None = None) -> Absorbed:
    """Somebody has it; a second time by the same person changes nothing.

    Args:
        incident: as it is.
        now: when.
        who: has it.
        seen: whoever had it for all that `who` knows; None: it doesn't matter who had it.

    Raises:
        TooLate: another has it by now.
    """
    if seen is not None and incident.taken_by not in {seen, who}:
        raise TooLate(f"{incident.taken_by} has it")
    return incidents.taken(incident, now, who)


def silence_asked(incident: Incident, silence: AskedSilence) -> Absorbed:
    """Somebody wants its alerts muted for a time: the intent, recorded before anything is sent.

    Raises:
        TooLate: it is over, or muted already by one that was asked for here.
    """
    before = incident.silence
    if before is not None and before.holds(silence.at):
        made = _HOLDS.get(before.state, "is silenced")
        raise TooLate(f"it {made} already until {utc(before.until)}, by {before.by}")
    if not incident.open:
        raise TooLate("the incident is over")
    after = replace(incident, silence=silence, notice=incident.notice + 1, changed_at=silence.at)
    return Absorbed(
        after, (Event(kind=EventKind.SILENCE_ASKED, at=silence.at, text=_silence_words(silence)),)
    )


def silence_end_asked(incident: Incident, now: datetime, who: str, seen: str | None = None) -> Absorbed:
    """Somebody wants it to be told again, before the silence is over: the intent, before anything is sent.

    Args:
        incident: as it is; it may be over, since the silence mutes what comes later, too.
        now: when.
        who: asks.
        seen: the silence that whoever asks has seen; None: whichever holds.

    Raises:
        TooLate: no silence that was asked for here holds, another one does, or it is being ended already.
    """
    silence = incident.silence
    if silence is None or not silence.holds(now):
        raise TooLate("no silence holds that was asked for here")
    if silence.state is SilenceState.ENDING:
        raise TooLate(f"its silence is being ended already, by {silence.ended_by}")
    if seen not in {None, silence.id}:
        raise TooLate(f"it was silenced anew, by {silence.by}")
    ending = replace(
        silence, state=SilenceState.ENDING, ended_by=who, end_asked_at=now, due_at=now, attempts=0, failure=""
    )
    return _settled(incident, ending, Event(kind=EventKind.SILENCE_END_ASKED, at=now, text=who))


def silence_ended(incident: Incident, ended: AskedSilence, now: datetime) -> Absorbed:
    """Alertmanager mutes it no longer by this one."""
    return _settled(incident, ended, Event(kind=EventKind.SILENCE_ENDED, at=now, text=ended.ended_by))


def silence_not_ended(incident: Incident, kept: AskedSilence, now: datetime) -> Absorbed:
    """Alertmanager will not end it, or could not be asked for so long that nobody waits for it now."""
    return _settled(incident, kept, Event(kind=EventKind.SILENCE_NOT_ENDED, at=now, text=kept.failure))


def silence_made(incident: Incident, made: AskedSilence, now: datetime) -> Absorbed:
    """Alertmanager has it."""
    return _settled(incident, made, Event(kind=EventKind.SILENCED, at=now, text=_silence_words(made)))


def silence_failed(incident: Incident, failed: AskedSilence, now: datetime) -> Absorbed:
    """Alertmanager will not have it, or could not be asked for so long that nobody waits for it now."""
    return _settled(incident, failed, Event(kind=EventKind.SILENCE_FAILED, at=now, text=failed.failure))


def false_alarm(incident: Incident, now: datetime, who: str, why: str) -> Absorbed:
    """Somebody says that nothing was wrong; once an incident.

    Raises:
        TooLate: somebody said so before.
    """
    if incident.false_alarm is not None:
        raise TooLate(f"{incident.false_alarm.by} called it a false alarm already")
    said = FalseAlarm(by=who, at=now, why=why)
    after = replace(incident, false_alarm=said, notice=incident.notice + 1, changed_at=now)
    return Absorbed(after, (Event(kind=EventKind.FALSE_ALARM, at=now, text=f"{who}: {why}"),))


def _settled(incident: Incident, silence: AskedSilence, event: Event) -> Absorbed:
    after = replace(incident, silence=silence, notice=incident.notice + 1, changed_at=event.at)
    return Absorbed(after, (event,))


def _silence_words(silence: AskedSilence) -> str:
    why = f": {silence.why}" if silence.why else ""
    return f"{silence.by}, until {utc(silence.until)}{why}"
