"""The form of all quick fixes that wait for a decision: what each would do, and one to choose. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from responder.domain.fix import Fix, FixState
from responder.render.blocks import Block, Element, context, moment, plain, rich, said, section
from responder.render.buttons import OTHER, value_of
from responder.render.fix_words import change_words, lasts_words, refusal_words, title_of, why_words
from responder.render.limits import clean, cut
from responder.slackbot import words
from responder.slackbot.payload import ChannelId, Ts

CALLBACK: Final = OTHER
CHOICE: Final = "choice"
REASON: Final = "reason"
REASON_LONGEST: Final = 300
OFFERED_MOST: Final = 10
"""Slack shows no more radio buttons in one field."""
REFUSED_MOST: Final = 10
OPTION: Final = 75
TITLE: Final = "Quick fixes"

View = Mapping[str, Any]


class Place(BaseModel):
    """Where the button stood that opened the form: what the form itself doesn't know."""

    channel: ChannelId | None = None
    thread_ts: Ts | None = None


def form(proposals: Sequence[Fix], now: datetime, place: Place) -> View:
    """The form; without a button to send it off where nothing may be approved."""
    waiting = [fix for fix in proposals if fix.state is FixState.PROPOSED]
    offered = [fix for fix in waiting if not fix.refusal][:OFFERED_MOST]
    refused = [fix for fix in waiting if fix.refusal][:REFUSED_MOST]
    blocks: list[Block] = [_described(fix, now) for fix in (*offered, *refused)]
    left_out = len(waiting) - len(blocks)
    if left_out:
        blocks.append(context(f"+{left_out} more: see the incident's page"))
    if offered:
        blocks += [_choice(offered), _reason()]
    elif not blocks:
        blocks.append(context(words.NOTHING_LEFT))
    return {**_view(blocks), **({"submit": plain("Approve")} if offered else {}), **_kept(place)}


def told(text: str) -> View:
    """The form after it was sent off: what came of it."""
    return _view([{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}])


def _view(blocks: Sequence[Block]) -> dict[str, Any]:
    return {"type": "modal", "title": plain(TITLE), "close": plain("Close"), "blocks": list(blocks)}


def _kept(place: Place) -> dict[str, Any]:
    return {"callback_id": CALLBACK, "private_metadata": place.model_dump_json()}


def _described(fix: Fix, now: datetime) -> Block:
    return rich(section(said(title_of(fix), bold=True), *_lines(fix, now)))


def _lines(fix: Fix, now: datetime) -> Iterator[Element]:
    yield said(f"\n{clean(fix.change.target, 200)}: {change_words(fix) or 'done once'}")
    if lasts := lasts_words(fix):
        yield from (said(f", for {lasts}: until "), moment(now + fix.lasts))
    if buys := clean(fix.buys, 200):
        yield said(f"\n{buys}")
    if why := why_words(fix):
        yield said(f"\n{why}")
    if refused := refusal_words(fix):
        yield said(f"\nrefused: {refused}")


def _choice(offered: Sequence[Fix]) -> Block:
    options = [_option(fix) for fix in offered]
    element = {"type": "radio_buttons", "action_id": CHOICE, "options": options}
    return {"type": "input", "block_id": CHOICE, "label": plain("Which one?"), "element": element}


def _option(fix: Fix) -> Element:
    lasts = f" for {lasts_words(fix)}" if lasts_words(fix) else ""
    return {
        "text": plain(cut(title_of(fix), OPTION)),
        "description": plain(cut(f"{change_words(fix) or 'done once'}{lasts}", OPTION)),
        "value": value_of(fix),
    }


def _reason() -> Block:
    element = {"type": "plain_text_input", "action_id": REASON, "max_length": REASON_LONGEST}
    label = plain("Why (for the audit log)")
    return {"type": "input", "block_id": REASON, "label": label, "optional": True, "element": element}
