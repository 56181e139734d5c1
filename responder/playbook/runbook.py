"""The runbook as one value: its general part, and the playbooks in the order people read them in. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from responder.domain.alert import Severity
from responder.playbook.general import General
from responder.playbook.model import Fix, FixKind, Playbook, Playbooks
from responder.playbook.texts import placeholders

_FIRST: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)

UNTITLED: Final = "Runbook"
"""Its title where nothing says another."""


class Chapter(StrEnum):
    """The parts that belong to no alert, by their headings."""

    BEGIN = "Before you begin"
    TIPS = "General tips"
    COMMANDS = "Quick diagnostic commands"
    ISSUES = "Common issues"
    ESCALATION = "Escalation path"

    @property
    def anchor(self) -> str:
        """As GitHub makes it of the heading. No alert's name has a hyphen, so none can be the same."""
        return self.value.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Runbook:
    """All that is in it; `playbooks` the most severe first, then by name."""

    general: General | None
    playbooks: tuple[Playbook, ...]

    @property
    def title(self) -> str:
        return self.general.title if self.general else UNTITLED

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """Those that have something in them."""
        general = self.general
        if general is None:
            return ()
        has = {
            Chapter.BEGIN: general.variables,
            Chapter.TIPS: general.tips,
            Chapter.COMMANDS: general.commands,
            Chapter.ISSUES: general.issues,
            Chapter.ESCALATION: general.escalation,
        }
        return tuple(chapter for chapter, content in has.items() if content)

    def knows(self, alert: str) -> bool:
        """Whether there is something to jump to."""
        return any(playbook.alert == alert for playbook in self.playbooks)


def runbook_of(playbooks: Playbooks, general: General | None) -> Runbook:
    """Put a runbook together."""
    ordered = sorted(playbooks.values(), key=lambda one: (_FIRST.index(one.severity), one.alert))
    return Runbook(general, tuple(ordered))


def anchor(alert: str) -> str:
    """Where `runbook_url` opens the page; GitHub makes the same of the heading."""
    return alert.lower()


def gain(fix: Fix) -> str:
    """What a fix gains, said without anything measured; empty if that can't be said."""
    return next((text for text in fix.buys if not any(placeholders(text))), "")


def kind_words(fix: Fix) -> str:
    """What kind of fix it is, for people."""
    return "for a time, then undone" if fix.kind is FixKind.LEASE else "done once"


def cures(playbook: Playbook, fix: Fix) -> tuple[str, ...]:
    """The titles of the causes that a fix answers, in the order of the table."""
    return tuple(cause.title for cause in playbook.causes if cause.id in fix.answers)


def as_json(runbook: Runbook) -> Mapping[str, Any]:
    """The structure of the whole page; the keys are those of the files."""
    general = runbook.general.model_dump(mode="json", exclude_none=True) if runbook.general else None
    return {
        "title": runbook.title,
        "general": general,
        "alerts": [_alert_as_json(one) for one in runbook.playbooks],
    }


_OF_AN_ALERT: Final = (
    *("alert", "title", "severity", "category", "description", "impact", "investigation", "manual_checks"),
    *("causes", "fixes", "long_term", "prevention", "related"),
)


def _alert_as_json(playbook: Playbook) -> Mapping[str, Any]:
    plain = playbook.model_dump(mode="json", include=set(_OF_AN_ALERT), exclude_none=True)
    for cause in plain["causes"]:  # what is measured is the responder's own business
        del cause["for_"], cause["against"]
    return {"anchor": anchor(playbook.alert)} | {key: plain[key] for key in _OF_AN_ALERT}


def words_of(value: object) -> Iterator[str]:
    """Every text in a structure, for searching."""
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from words_of(inner)
        case list() | tuple():
            for inner in value:
                yield from words_of(inner)
