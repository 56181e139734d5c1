"""The forms that ask for how long an incident is to be silenced, and why it was a false alarm. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from responder.render.asks import FALSE_ALARM, SILENCE
from responder.render.blocks import Block, Element, context, plain, rich, said, section
from responder.slackbot.asks import WHY_LONGEST
from responder.slackbot.modal import Place, View
from responder.slackbot.payload import ShortId, Submission

FOR: Final = "for"
WHY: Final = "why"
FORMS: Final = (SILENCE, FALSE_ALARM)
USUAL: Final = "60"
DURATIONS: Final[Mapping[str, str]] = {
    "15": "15 minutes",
    "30": "30 minutes",
    USUAL: "1 hour",
    "120": "2 hours",
    "240": "4 hours",
    "480": "8 hours",
    "1440": "1 day",
    "4320": "3 days",
    "10080": "7 days",
}
"""How long, by minutes."""
TITLES: Final[Mapping[str, str]] = {SILENCE: "Silence it", FALSE_ALARM: "False alarm"}
MUTES: Final = (
    "Alertmanager mutes exactly the alerts that are active now. Others of this name go on to be told."
)
COUNTS: Final = "It is shown to everybody and counted for the playbook, so that rule or threshold are mended."


class About(Place):
    """What the form is about, and where its button stood."""

    incident: ShortId


def form(name: str, about: About, title: str) -> View:
    """The form that a button opens; `title` says which incident it is about."""
    asks = _silence() if name == SILENCE else _false_alarm()
    return {
        **_view(name, [rich(section(said(title, bold=True))), *asks]),
        "submit": plain("Silence" if name == SILENCE else "Send"),
        "callback_id": name,
        "private_metadata": about.model_dump_json(),
    }


def told(name: str, text: str) -> View:
    """The form after it was sent off: what came of it."""
    return _view(name, [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}])


def wrong(name: str, sent: Submission) -> dict[str, str]:
    """What is wrong with its fields, by their blocks."""
    why = (sent.view.field(WHY).value or "").strip()
    if not why and name == FALSE_ALARM:
        return {WHY: "Say in a few words why nothing was wrong."}
    if len(why) > WHY_LONGEST:
        return {WHY: f"At most {WHY_LONGEST} characters."}
    if name == SILENCE and lasts(sent) is None:
        return {FOR: "Choose one."}
    return {}


def lasts(sent: Submission) -> timedelta | None:
    """What was chosen; None: nothing that was offered."""
    chosen = sent.view.field(FOR).selected_option
    return timedelta(minutes=int(chosen.value)) if chosen and chosen.value in DURATIONS else None


def why(sent: Submission) -> str:
    """The reason given."""
    return sent.view.field(WHY).value or ""


def _view(name: str, blocks: list[Block]) -> dict[str, object]:
    return {"type": "modal", "title": plain(TITLES[name]), "close": plain("Close"), "blocks": blocks}


def _silence() -> list[Block]:
    options = {value: {"text": plain(words), "value": value} for value, words in DURATIONS.items()}
    select: Element = {
        "type": "static_select",
        "action_id": FOR,
        "options": list(options.values()),
        "initial_option": options[USUAL],
    }
    how_long = {"type": "input", "block_id": FOR, "label": plain("For how long?"), "element": select}
    return [how_long, _why("Why (Alertmanager shows it)", optional=True), context(MUTES)]


def _false_alarm() -> list[Block]:
    return [_why("Why was nothing wrong?", optional=False), context(COUNTS)]


def _why(label: str, *, optional: bool) -> Block:
    element = {"type": "plain_text_input", "action_id": WHY, "max_length": WHY_LONGEST}
    return {
        "type": "input",
        "block_id": WHY,
        "label": plain(label),
        "optional": optional,
        "element": element,
    }
