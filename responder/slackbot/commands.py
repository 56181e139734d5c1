"""Reads what people write after `/hypertool`, and says what is wrong with it. Pure.

status
diagnose TokenBudgetExceeded persona=backend-engineer share
diagnose SlowWorkflowStage workflow="bug fix" stage=review
"""

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from responder.domain.asked import LONGEST_SILENCE, SHORTEST_SILENCE
from responder.domain.command import Command, Verb
from responder.domain.durations import parse_duration
from responder.domain.ids import is_incident_id
from responder.slackbot.shellwords import Unclosed, split
from responder.yamldoc import did_you_mean

COMMAND: Final = "/hypertool"
TEXT_LONGEST: Final = 2_000
"""Characters of a whole command."""
VALUE_LONGEST: Final = 1_000
"""Characters of one label's value."""
REASON_LONGEST: Final = 300
LABELS_MOST: Final = 50
SHARE: Final = "share"
TYPED: Final = tuple(verb for verb in Verb if verb is not Verb.SHARE)
"""What can be written; sharing is a button."""
IGNORED: Final = frozenset({"alertname", "severity", "component", "category", "job"})
"""Labels that come along when an alert is copied, and that no playbook asks by."""

_LABEL: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_ABOUT: Final = re.compile(r"(?:(persona|workflow)=)?+(.+)", re.DOTALL)
_MARKED_UP: Final = re.compile(r"<([@#!])?([^<>|]*)(?:\|([^<>]*))?>")

Variables = Mapping[str, Sequence[str]]
"""The labels that each playbook asks by, by alert name."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why it can't be understood, with the nearest right words."""

    words: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Understood, but for labels that are still to be named."""

    command: Command
    labels: tuple[str, ...]


Read = Command | Missing | Wrong


def read(text: str, playbooks: Variables) -> Read:
    """What a person asks; `text` is as Slack sends it, with `should_escape`."""
    if len(text) > TEXT_LONGEST:
        return Wrong(f"that is longer than {TEXT_LONGEST} characters")
    try:
        words = [as_written(word) for word in split(text)]
    except Unclosed:
        return Wrong("a quotation mark is not closed")
    shared = len(words) > 1 and words[-1].lower() == SHARE
    first, *rest = words[:-1] if shared else words or [Verb.HELP]
    verb = next((one for one in TYPED if one == first.lower()), None)
    if verb is None:
        return Wrong(f'there is no "{first}"{_instead(first, playbooks)}')
    found = _READERS[verb](Command(verb=verb), rest, playbooks)
    match found:
        case Command():
            return replace(found, shared=shared)
        case Missing():
            return replace(found, command=replace(found.command, shared=shared))
        case Wrong():
            return found


def as_written(word: str) -> str:
    """A word as the person wrote it: Slack marks up users, channels and links, and escapes three letters."""
    return html.unescape(_MARKED_UP.sub(_plain, word))


def missing(command: Command, playbooks: Variables) -> tuple[str, ...]:
    """The labels without which its playbook can't be asked."""
    return tuple(name for name in playbooks[command.subject] if not command.labels.get(name))


def _plain(found: re.Match[str]) -> str:
    kind, target, title = found.groups()
    match kind:
        case None:
            return str(target)
        case "!":
            return f"@{title or target}".replace("@@", "@")
        case _:
            return f"{kind}{title or target}"


def _instead(word: str, playbooks: Variables) -> str:
    if near := next((name for name in playbooks if name.lower() == word.lower()), None):
        return f' (did you mean "diagnose {near}"?)'
    return did_you_mean(word.lower(), TYPED)


def _whatever(command: Command, _: list[str], __: Variables) -> Read:
    return command


def _alone(command: Command, rest: list[str], _: Variables) -> Read:
    if rest:
        return Wrong(f'"{command.verb}" takes no more words, but there is "{rest[0]}"')
    return command


def _with_reason(command: Command, rest: list[str], _: Variables) -> Read:
    return replace(command, text=" ".join(rest)[:REASON_LONGEST])


def _of_incident(command: Command, rest: list[str], _: Variables) -> Read:
    """An incident's id, which has no letters that look like others."""
    if not rest and command.verb is Verb.FIX:
        return command
    if len(rest) != 1:
        return Wrong(f'write the id of one incident: "{command.verb} ID"')
    name = rest[0].lower()
    if not is_incident_id(name):
        return Wrong(f'"{rest[0]}" is no id of an incident: it stands at the end of the address of its page')
    return replace(command, subject=name)


def _silence(command: Command, rest: list[str], playbooks: Variables) -> Read:
    """An incident's id; behind it for how long, and why: without these a form asks for them."""
    found = _of_incident(command, rest[:1], playbooks)
    if len(rest) < 2 or not isinstance(found, Command):  # noqa: PLR2004 - an id alone
        return found
    if silence_lasts(rest[1]) is None:
        return Wrong(
            f'"{rest[1]}" is not how long a silence lasts: write it like 30m or 2h, '
            f"from 1 minute to {LONGEST_SILENCE.days} days"
        )
    return replace(found, text=" ".join(rest[1:])[:REASON_LONGEST])


def silence_lasts(written: str) -> timedelta | None:
    """How long "30m" is; None where it is no duration, or none that a silence may last."""
    try:
        lasts = timedelta(milliseconds=parse_duration(written.lower()))
    except (ValueError, OverflowError):
        return None
    return lasts if SHORTEST_SILENCE <= lasts <= LONGEST_SILENCE else None


def _why(command: Command, rest: list[str], _: Variables) -> Read:
    """A name; which of both it is can be said, where a persona and a workflow have the same."""
    found = _ABOUT.fullmatch(rest[0]) if len(rest) == 1 else None
    if found is None:
        return Wrong('write the name of one persona or workflow: "why backend-engineer"')
    kind, name = found[1], found[2][:VALUE_LONGEST]
    return replace(command, labels={kind: name}) if kind else replace(command, subject=name)


def _diagnose(command: Command, rest: list[str], playbooks: Variables) -> Read:
    if not rest:
        return Wrong(f"write the name of an alert{did_you_mean('', playbooks)}")
    name, *words = rest
    alert = next((one for one in playbooks if one.lower() == name.lower()), None)
    if alert is None:
        return Wrong(f'there is no playbook for "{name}"{did_you_mean(name, playbooks)}')
    labels = _labels(words, playbooks[alert])
    if isinstance(labels, Wrong):
        return Wrong(f"{alert}: {labels.words}")
    asked = replace(command, subject=alert, labels=labels)
    lacking = missing(asked, playbooks)
    return Missing(asked, lacking) if lacking else asked


def _labels(words: Sequence[str], variables: Sequence[str]) -> Mapping[str, str] | Wrong:
    """Labels by name; words without a name are those that are asked by, in their order."""
    labels: dict[str, str] = {}
    for word in words:
        found = _LABEL.fullmatch(word)
        name, value = found.groups() if found else (_next(variables, labels), word)
        if wrong := _wrong(name, value, labels, variables):
            return Wrong(wrong)
        labels[name] = value
    return {name: value for name, value in labels.items() if name not in IGNORED}


def _next(variables: Sequence[str], labels: Collection[str]) -> str:
    return next((name for name in variables if name not in labels), "")


def _wrong(name: str, value: str, labels: Collection[str], variables: Sequence[str]) -> str:
    if not name:
        return f'"{value}" is no label: write name=value'
    if name not in variables and name not in IGNORED:
        return f'it is not asked by "{name}"{did_you_mean(name, variables)}'
    if name in labels or len(labels) == LABELS_MOST:
        return f'"{name}" is there twice'
    return (
        f'the value of "{name}" is longer than {VALUE_LONGEST} characters'
        if len(value) > VALUE_LONGEST
        else ""
    )


_READERS: Final[Mapping[Verb, Callable[[Command, list[str], Variables], Read]]] = {
    Verb.HELP: _whatever,
    Verb.STATUS: _alone,
    Verb.DIAGNOSE: _diagnose,
    Verb.INCIDENT: _of_incident,
    Verb.WHY: _why,
    Verb.FIX: _of_incident,
    Verb.FIXES: _alone,
    Verb.PAUSE: _with_reason,
    Verb.RESUME: _alone,
    Verb.SILENCE: _silence,
    Verb.UNSILENCE: _of_incident,
}


def usage() -> Iterator[tuple[str, str]]:
    """What can be written, and what it does."""
    yield "status", "what is open, what is in force, and whether everything we depend on is fine"
    yield "diagnose ALERT label=value …", "run a playbook now, without an alert"
    yield "incident ID", "an incident as it is now"
    yield "why PERSONA or WORKFLOW", "what is known about it now"
    yield "fix [ID]", "decide about the quick fixes of an incident that wait (approvers)"
    yield "fixes", "quick fixes: waiting, in force, over"
    yield "pause [why]", "apply no quick fix until somebody resumes (approvers)"
    yield "resume", "apply quick fixes again (approvers)"
    yield "silence ID [30m why]", "silence an incident for so long; without it a form asks (approvers)"
    yield "unsilence ID", "end the silence of an incident before its time (approvers)"
    yield "… share", "show the answer to the whole channel"
