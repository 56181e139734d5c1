"""The runbook as one value: its general part, and the playbooks in the order people read them in. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from responder.playbook.general import General
from responder.playbook.model import Playbook, Playbooks

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


_KEYS: Final[Mapping[Chapter, str]] = {
    Chapter.BEGIN: "variables",
    Chapter.TIPS: "tips",
    Chapter.COMMANDS: "commands",
    Chapter.ISSUES: "issues",
    Chapter.ESCALATION: "escalation",
}


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
        return tuple(chapter for chapter in Chapter if self.content(chapter))

    def content(self, chapter: Chapter) -> Sequence[object]:
        """What stands in a chapter."""
        return getattr(self.general, _KEYS[chapter]) if self.general else ()

    def knows(self, alert: str) -> bool:
        """Whether there is something to jump to."""
        return any(playbook.alert == alert for playbook in self.playbooks)


def runbook_of(playbooks: Playbooks, general: General | None) -> Runbook:
    """Put a runbook together."""
    ordered = sorted(playbooks.values(), key=lambda one: (one.severity.rank, one.alert))
    return Runbook(general, tuple(ordered))


def anchor(alert: str) -> str:
    """Where `runbook_url` opens the page; GitHub makes the same of the heading."""
    return alert.lower()


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


def words_of_alert(playbook: Playbook) -> str:
    """All text of an alert's part, for searching."""
    return "\n".join(_texts(_alert_as_json(playbook)))


def words_of_chapter(runbook: Runbook, chapter: Chapter) -> str:
    """All text of another part, for searching."""
    return "\n".join((chapter.value, *_texts(runbook.content(chapter))))


def _texts(value: object) -> Iterator[str]:
    """Every text in a structure."""
    match value:
        case str():
            yield value
        case BaseModel():
            yield from _texts(value.model_dump())
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
