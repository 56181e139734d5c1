"""The buttons of quick fixes in Slack, each with what it is about. Pure."""

import json
from datetime import datetime
from typing import Final

from responder.domain.fix import Fix, FixState
from responder.render.blocks import Block, Element, plain
from responder.render.fix_words import change_words, lasts_words, title_of, undo_words, why_words
from responder.render.limits import clean, cut
from responder.render.view import utc

APPROVE: Final = "fix_approve"
REJECT: Final = "fix_reject"
REVERT: Final = "fix_revert"
EXTEND: Final = "fix_extend"
OTHER: Final = "fix_other"
"""What each button is called when it is pressed (its `action_id`)."""

LABEL_LONGEST: Final = 75
"""Characters of a button's text, and of what a screen reader says of it."""
CONFIRM_TITLE_LONGEST: Final = 100
CONFIRM_LONGEST: Final = 300
TARGET_LONGEST: Final = 80


def buttons(fix: Fix, at: datetime | None, incident: str, *, others: bool = False) -> Block | None:
    """The row of buttons of one fix, or None where it has none.

    Args:
        fix: the fix.
        at: when this is told; nobody can approve it earlier.
        incident: its id.
        others: more fixes are proposed than are shown.
    """
    match fix.state:
        case FixState.PROPOSED if not fix.refusal:
            row = [_approve(fix, at or fix.proposed_at), _button(fix, REJECT, "Reject")]
        case FixState.IN_FORCE:
            row = [_undo(fix), _button(fix, EXTEND, "+1 h", said="1 h longer")]
        case _:
            return None
    return {"type": "actions", "elements": [*row, *([_other(incident)] if others else [])]}


def value_of(fix: Fix) -> str:
    """What a press is bound to: the fix, and what was shown of it."""
    return json.dumps({"fix": fix.id, "digest": fix.digest})


def _approve(fix: Fix, at: datetime) -> Element:
    """Its dialog says from which value to which, and until when: a time that counts from the approval."""
    lasts, end = lasts_words(fix), utc(at + fix.lasts)
    sets = change_words(fix)
    target = clean(fix.change.target, TARGET_LONGEST)
    what = f"{target}: {sets}" if sets else f"It is done once ({target})"
    until = f"for {lasts} from your approval, which is until {end} or later" if lasts else ""
    why = why_words(fix)
    told = ", ".join(filter(None, (what, until))) + "." + _undone(fix) + (f" It {why}." if why else "")
    confirm = _confirm(f"{title_of(fix)}?", told, "Approve")
    return _button(fix, APPROVE, "Approve", style="primary", confirm=confirm)


def _undone(fix: Fix) -> str:
    return " Then it is undone by itself." if fix.change.after is not None else ""


def _undo(fix: Fix) -> Element:
    end = f" It would end by itself at {utc(fix.expires_at)}." if fix.expires_at else ""
    told = f"{clean(fix.change.target, TARGET_LONGEST)}: {undo_words(fix)}, now.{end}"
    return _button(
        fix, REVERT, "Undo", confirm=_confirm(f"Undo: {title_of(fix)}?", told, "Undo", style="danger")
    )


def _other(incident: str) -> Element:
    return {"type": "button", "text": plain("Other fixes"), "action_id": OTHER, "value": incident}


def _button(  # noqa: PLR0913 - what a button has
    fix: Fix, action: str, text: str, *, said: str = "", style: str = "", confirm: Element | None = None
) -> Element:
    return {
        "type": "button",
        "text": plain(text),
        "action_id": action,
        "value": value_of(fix),
        "accessibility_label": cut(f"{said or text}: {title_of(fix)}", LABEL_LONGEST),
        **({"style": style} if style else {}),
        **({"confirm": confirm} if confirm else {}),
    }


def _confirm(title: str, text: str, confirm: str, *, style: str = "primary") -> Element:
    return {
        "title": plain(cut(title, CONFIRM_TITLE_LONGEST)),
        "text": plain(cut(text, CONFIRM_LONGEST)),
        "confirm": plain(confirm),
        "deny": plain("Cancel"),
        "style": style,
    }
