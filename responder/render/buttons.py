"""The buttons of quick fixes in Slack, each with what it is about. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from responder.domain.clock import utc
from responder.domain.fix import Fix, FixState
from responder.domain.notice import Notice
from responder.render.blocks import Block, Element, plain
from responder.render.fix_words import change_words, lasts_words, title_of, undo_words, why_words
from responder.render.fixes import hidden
from responder.render.limits import clean, cut
from responder.render.view import view

APPROVE: Final = "fix_approve"
REJECT: Final = "fix_reject"
REVERT: Final = "fix_revert"
EXTEND: Final = "fix_extend"
OTHER: Final = "fix_other"
"""What each button is called when it is pressed (its `action_id`)."""

OWN_ROW: Final = ""
"""Stands for the row that belongs to no fix."""

LABEL_LONGEST: Final = 75
"""Characters of a button's text, and of what a screen reader says of it."""
CONFIRM_TITLE_LONGEST: Final = 100
CONFIRM_LONGEST: Final = 300
TARGET_LONGEST: Final = 80


def button_rows(notice: Notice, shown: Sequence[str]) -> dict[str, Block]:
    """The row of buttons for each of the fixes whose lines are shown, by the fix's id.

    Where more could be approved than is shown, the last row has a button for these; without any row they
    have a row of their own.
    """
    fixes = {fix.id: fix for fix in notice.fixes}
    rows = {name: row for name in shown if (row := _row(fixes[name], notice.at))}
    if not hidden(view(notice), shown):
        return {name: _actions(row) for name, row in rows.items()}
    last = next(reversed(rows), OWN_ROW)
    rows[last] = [*rows.get(last, []), _other(notice.incident.id)]
    return {name: _actions(row) for name, row in rows.items()}


def _row(fix: Fix, at: datetime | None) -> list[Element]:
    match fix.state:
        case FixState.PROPOSED if not fix.refusal:
            return [_approve(fix, at or fix.proposed_at), _button(fix, REJECT, "Reject")]
        case FixState.IN_FORCE:
            return [_undo(fix), _button(fix, EXTEND, "+1 h", said="1 h longer")]
        case _:
            return []


def _actions(row: Sequence[Element]) -> Block:
    return {"type": "actions", "elements": list(row)}


def value_of(fix: Fix) -> str:
    """What a press is bound to: the fix, and what was shown of it."""
    longer = {"extended": fix.extended} if fix.state is FixState.IN_FORCE else {}
    return json.dumps({"fix": fix.id, "digest": fix.digest, **longer})


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
