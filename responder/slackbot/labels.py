"""The form that asks for the labels a diagnosis still needs, with the values that are known now. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, Field

from responder.domain.command import Command, Verb
from responder.render.blocks import Block, Element, context, plain
from responder.render.limits import clean, cut
from responder.slackbot.commands import VALUE_LONGEST
from responder.slackbot.payload import ChannelId
from responder.slackbot.payload import View as Sent

CALLBACK: Final = "diagnose_labels"
TITLE: Final = "Diagnose"
OPTIONS_MOST: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
KEPT_LONGEST: Final = 3_000
"""Characters that a form keeps for us."""

View = Mapping[str, Any]


class Kept(BaseModel):
    """What the form keeps of the command until it is sent off."""

    alert: str = Field(max_length=200)
    labels: Mapping[str, str] = {}
    missing: tuple[str, ...] = ()
    shared: bool = False
    channel: ChannelId
    answer_url: str = Field("", max_length=500)

    def command(self, given: Mapping[str, str]) -> Command:
        """The command with these labels."""
        labels = {**self.labels, **given}
        return Command(verb=Verb.DIAGNOSE, subject=self.alert, labels=labels, shared=self.shared)


def form(kept: Kept, known: Mapping[str, Sequence[str]]) -> View | None:
    """The form; None where the command is longer than a form can keep.

    Args:
        kept: the command so far.
        known: the values of each missing label; none where they can't be had.
    """
    metadata = kept.model_dump_json()
    if len(metadata) > KEPT_LONGEST:
        return None
    said = [f'{name}="{clean(value, 60)}"' for name, value in kept.labels.items()]
    about = " ".join((cut(kept.alert, OPTION_TEXT), *said))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": metadata,
        "title": plain(TITLE),
        "submit": plain("Diagnose"),
        "close": plain("Cancel"),
        "blocks": [context(about), *(_field(name, known.get(name, ())) for name in kept.missing)],
    }


def told(text: str) -> View:
    """The form after it was sent off: why nothing came of it."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return {"type": "modal", "title": plain(TITLE), "close": plain("Close"), "blocks": [section]}


def given(sent: Sent, missing: Sequence[str]) -> dict[str, str]:
    """What was chosen or written."""
    fields = {name: sent.field(name) for name in missing}
    return {
        name: (field.selected_option.value if field.selected_option else field.value or "").strip()
        for name, field in fields.items()
    }


def wrong(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the fields, by their names."""
    empty = {name: "Choose or write one." for name, value in values.items() if not value}
    long = {
        name: f"At most {VALUE_LONGEST} characters."
        for name, value in values.items()
        if len(value) > VALUE_LONGEST
    }
    return {**empty, **long}


def _field(name: str, known: Sequence[str]) -> Block:
    choosable = [value for value in known if len(value) <= OPTION_VALUE]
    whole = 0 < len(choosable) == len(known) <= OPTIONS_MOST
    block: Element = {"type": "input", "block_id": name, "label": plain(name)}
    if whole:
        options = [{"text": plain(_shown(value)), "value": value} for value in choosable]
        return {**block, "element": {"type": "static_select", "action_id": name, "options": options}}
    hint = f"For example {', '.join(_shown(value) for value in choosable[:3])}" if choosable else ""
    element = {"type": "plain_text_input", "action_id": name, "max_length": VALUE_LONGEST}
    return {**block, "element": element, **({"hint": plain(hint)} if hint else {})}


def _shown(value: str) -> str:
    return cut(clean(value), OPTION_TEXT) or "-"
