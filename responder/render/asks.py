"""The buttons by which people ask something of an incident, each with what was shown beside it. Pure."""

import json
from collections.abc import Iterator
from typing import Final

from responder.domain.marks import SilenceState
from responder.domain.notice import Notice
from responder.render.blocks import Block, Element, plain
from responder.render.limits import clean, cut
from responder.render.view import headline, view

AGAIN: Final = "incident_again"
TAKE: Final = "incident_take"
SILENCE: Final = "incident_silence"
UNSILENCE: Final = "incident_unsilence"
FALSE_ALARM: Final = "incident_false_alarm"
"""What each button is called when it is pressed (its `action_id`), and the form that it opens."""

LABEL_LONGEST: Final = 75
"""Characters of what a screen reader says of a button."""


def ask_row(notice: Notice) -> Block | None:
    """The row below the message; None where nothing is left to be said."""
    buttons = list(_buttons(notice))
    return {"type": "actions", "elements": buttons} if buttons else None


def _buttons(notice: Notice) -> Iterator[Element]:
    incident = notice.incident
    if incident.open:
        yield _button(
            notice, TAKE, "Take over" if incident.taken_by else "Take it", taken_by=incident.taken_by
        )
        yield _button(notice, AGAIN, "Run again", revision=incident.revision)
        if not _holds(notice):
            yield _button(notice, SILENCE, "Silence")
    if (silence := incident.silence) and _holds(notice) and silence.state is not SilenceState.ENDING:
        yield _button(notice, UNSILENCE, "End silence", silence=silence.id)
    if incident.false_alarm is None:
        yield _button(notice, FALSE_ALARM, "False alarm")


def _holds(notice: Notice) -> bool:
    """Whether somebody's silence holds or is about to; when it was told decides, not when it is pressed."""
    silence = notice.incident.silence
    return silence is not None and silence.holds(notice.at or silence.at)


def _button(notice: Notice, action: str, text: str, **seen: str | int) -> Element:
    about = clean(headline(view(notice).worst), LABEL_LONGEST)
    return {
        "type": "button",
        "text": plain(text),
        "action_id": action,
        "value": json.dumps({"incident": notice.incident.id, **seen}),
        "accessibility_label": cut(f"{text}: {about}", LABEL_LONGEST),
    }
