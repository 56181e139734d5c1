"""Says what is wrong with a view that an app wants to have shown as a modal."""

from typing import Final

from responder.testing.slack import limits
from responder.testing.slack.check import Fault, block_faults, shape_faults
from responder.testing.slack.limits import PLAIN, Chars, Choice, Fields, Flag, Many, OneOf, Text

BLOCKS_MOST: Final = 100
INPUTS: Final = OneOf(("radio_buttons", "static_select", "plain_text_input"))
INPUT: Final = Fields(
    required={"label": Text(2000, PLAIN), "element": INPUTS},
    optional={
        "block_id": limits.ID,
        "hint": Text(2000, PLAIN),
        "optional": Flag(),
        "dispatch_action": Flag(),
    },
)
VIEW: Final = Fields(
    required={"title": Text(24, PLAIN), "blocks": Many(Fields(), BLOCKS_MOST)},
    optional={
        "close": Text(24, PLAIN),
        "submit": Text(24, PLAIN),
        "private_metadata": Chars(3000),
        "callback_id": Chars(255),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "external_id": Chars(255),
        "submit_disabled": Flag(),
        "type": Choice(("modal",)),
    },
)
"""A modal. Its blocks are looked at by themselves."""
MESSAGES_ONLY: Final = frozenset({"table", "markdown", "data_visualization"})
BLOCKS: Final = {
    **{name: shape for name, shape in limits.BLOCKS.items() if name not in MESSAGES_ONLY},
    "input": INPUT,
}
"""The blocks a modal may have."""


def view_faults(view: object) -> list[Fault]:
    """Everything for which Slack would not show this view."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return [Fault("/view/type", "must be a modal")]
    blocks = view.get("blocks")
    faults = shape_faults({**view, "blocks": []}, VIEW, "/view")
    faults += block_faults(blocks, shapes=BLOCKS, most=BLOCKS_MOST)
    if _asks(blocks) and "submit" not in view:
        faults.append(Fault("/view", "missing required field: submit"))
    return faults


def _asks(blocks: object) -> bool:
    found = blocks if isinstance(blocks, list) else []
    return any(isinstance(block, dict) and block.get("type") == "input" for block in found)
