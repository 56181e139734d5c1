"""Sentences of the runbook that its Markdown and its page share. Pure."""

from collections.abc import Sequence
from typing import Final

from responder.domain.fix import FixKind
from responder.domain.units import Unit, quantity
from responder.playbook.general import General
from responder.playbook.model import Cause, Fix, Measure, Playbook
from responder.playbook.texts import placeholders
from responder.render.limits import lower_first

SET_THEM_ONCE: Final = (
    "The commands of this page use these variables. "
    "Set them to your site's values once, in the shell you work in:"
)
PASTE: Final = (
    "Queries are for Prometheus: paste them into its page Graph. "
    "Put the labels of your alert in the place of those that stand in queries and commands."
)


def exports(general: General) -> Sequence[str]:
    """The variables as a shell takes them, each with what it is."""
    settings = [f'export {one.name}="{one.value}"' for one in general.variables]
    width = max(map(len, settings), default=0)
    return [
        f"{setting:<{width}}  # {one.means}" for setting, one in zip(settings, general.variables, strict=True)
    ]


def how_to_tell(cause: Cause) -> str:
    """What a person does to be sure of a cause, and where."""
    look = f"Look at {cause.look}." if cause.look else ""
    return " ".join(filter(None, (cause.check, look)))


def bad_when(measure: Measure) -> str:
    """On which side of its threshold a measure is bad: "above 5 min", "at or below 0 tokens"."""
    if measure.unit is Unit.YES_NO:
        return f'where it says "{measure.words(1 if measure.bad(1) else 0)}"'
    at = "at or " if measure.at_threshold == "bad" else ""
    return f"{at}{measure.direction} {quantity(measure.threshold, measure.unit)}"


def remedy(playbook: Playbook, fix: Fix) -> str:
    """What a fix cures, in the words of the table of causes, and that it cures nothing else."""
    cured = [lower_first(cause.title) for cause in playbook.causes if cause.id in fix.answers]
    if not cured:
        return "buys time, does not cure"
    return f"cures {', '.join(cured)}; for any other cause it buys time"


def kind_words(fix: Fix) -> str:
    """Whether a fix ends by itself."""
    return "for a time, then undone" if fix.kind is FixKind.LEASE else "done once"


def gain(fix: Fix) -> str:
    """What a fix gains, said without anything measured; empty if that can't be said."""
    return next((text for text in fix.buys if not any(placeholders(text))), "")
