"""What Slack accepts in a message, as a table: shapes, lengths and counts of Block Kit.

The figures are those of Slack's published reference; where it is silent they come from what the service was
seen to refuse (the size of all blocks together, one table a message, no empty cell). `check.py` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TEXT_LONGEST: Final = 40_000
"""Characters of a message's `text`."""

BLOCKS_MOST: Final = 50
"""Blocks in one message."""

BLOCKS_JSON_LONGEST: Final = 13_200
"""Characters of all blocks as compact JSON: not documented, seen refused from here on."""

CHARTS_MOST: Final = 2
"""Charts in one message."""

TABLES_MOST: Final = 1
"""Tables in one message."""

MARKDOWN_LONGEST: Final = 12_000
"""Characters in all `markdown` blocks of one message together."""


@dataclass(frozen=True)
class Chars:
    """A string of so many characters."""

    most: int | None = None
    least: int = 0


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Number:
    """A number."""


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[str | int, ...]


@dataclass(frozen=True)
class Text:
    """A text object with its own longest length."""

    most: int
    kinds: tuple[str, ...] = ("plain_text", "mrkdwn")


@dataclass(frozen=True)
class Many:
    """A list of things of one shape."""

    of: "Shape"
    most: int | None = None
    least: int = 0


@dataclass(frozen=True)
class OneOf:
    """An object whose `type` is one of these; what each may hold is in `OBJECTS`."""

    types: tuple[str, ...]


@dataclass(frozen=True)
class Fields:
    """An object: the keys it must have and those it may have; no others."""

    required: Mapping[str, "Shape"] = field(default_factory=dict)
    optional: Mapping[str, "Shape"] = field(default_factory=dict)
    exactly_one: tuple[str, ...] = ()
    at_least_one: tuple[str, ...] = ()


Shape = Chars | Flag | Number | Choice | Text | Many | OneOf | Fields

PLAIN: Final = ("plain_text",)
ID: Final = Chars(255)
URL: Final = Chars(3000, least=1)
STYLE: Final = Fields(optional=dict.fromkeys(("bold", "italic", "strike", "code", "underline"), Flag()))
INLINE: Final = OneOf(("text", "link", "emoji", "date", "user", "channel", "usergroup", "broadcast", "color"))
RICH_PARTS: Final = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
PRESSED: Final = OneOf(("button", "overflow", "static_select", "radio_buttons"))
BORDER: Final = Choice((0, 1))
CONFIRM: Final = Fields(
    required={"text": Text(300)},
    optional={
        "title": Text(100, PLAIN),
        "confirm": Text(30, PLAIN),
        "deny": Text(30, PLAIN),
        "style": Choice(("primary", "danger")),
    },
)
OPTION: Final = Fields(
    required={"text": Text(75)},
    optional={"value": Chars(150), "description": Text(75, PLAIN), "url": URL},
)
SLACK_FILE: Final = Fields(optional={"id": Chars(), "url": Chars()}, exactly_one=("id", "url"))
PICTURE: Final[Mapping[str, Shape]] = {"image_url": URL, "slack_file": SLACK_FILE}
CELLS: Final = OneOf(("rich_text", "raw_text", "raw_number"))
COLUMN: Final = Fields(optional={"align": Choice(("left", "center", "right")), "is_wrapped": Flag()})

COURSE: Final = Fields(
    required={
        "series": Many(
            Fields(
                required={
                    "name": Chars(20, least=1),
                    "data": Many(
                        Fields(required={"label": Chars(20, least=1), "value": Number()}), 20, least=1
                    ),
                }
            ),
            6,
            least=1,
        ),
        "axis_config": Fields(
            required={"categories": Many(Chars(20, least=1), 20, least=1)},
            optional={"x_label": Chars(50), "y_label": Chars(50)},
        ),
    }
)
"""A chart with an axis of categories; that its series have exactly these is checked besides."""

OBJECTS: Final[Mapping[str, Fields]] = {
    # elements
    "button": Fields(
        required={"text": Text(75, PLAIN)},
        optional={
            "action_id": ID,
            "url": URL,
            "value": Chars(2000),
            "style": Choice(("primary", "danger")),
            "confirm": CONFIRM,
            "accessibility_label": Chars(75),
        },
    ),
    "overflow": Fields(
        required={"options": Many(OPTION, 5, least=1)}, optional={"action_id": ID, "confirm": CONFIRM}
    ),
    "static_select": Fields(
        required={"options": Many(OPTION, 100, least=1)},
        optional={
            "action_id": ID,
            "placeholder": Text(150, PLAIN),
            "initial_option": OPTION,
            "confirm": CONFIRM,
            "focus_on_load": Flag(),
        },
    ),
    "radio_buttons": Fields(
        required={"options": Many(OPTION, 10, least=1)},
        optional={"action_id": ID, "initial_option": OPTION, "confirm": CONFIRM, "focus_on_load": Flag()},
    ),
    "plain_text_input": Fields(
        optional={
            "action_id": ID,
            "initial_value": Chars(3000),
            "multiline": Flag(),
            "min_length": Number(),
            "max_length": Number(),
            "placeholder": Text(150, PLAIN),
            "focus_on_load": Flag(),
        }
    ),
    "image": Fields(
        required={"alt_text": Chars(2000)},
        optional=PICTURE,
        exactly_one=("image_url", "slack_file"),
    ),
    "raw_text": Fields(required={"text": Chars(least=1)}),
    "raw_number": Fields(required={"value": Number(), "text": Chars(least=1)}),
    # charts
    **dict.fromkeys(("line", "area", "bar"), COURSE),
    # parts of rich text
    "rich_text_section": Fields(required={"elements": Many(INLINE)}),
    "rich_text_quote": Fields(required={"elements": Many(INLINE)}, optional={"border": BORDER}),
    "rich_text_preformatted": Fields(
        required={"elements": Many(OneOf(("text", "link")))}, optional={"border": BORDER}
    ),
    "rich_text_list": Fields(
        required={
            "elements": Many(OneOf(("rich_text_section",))),
            "style": Choice(("bullet", "ordered")),
        },
        optional={"indent": Number(), "offset": Number(), "border": BORDER},
    ),
    "text": Fields(required={"text": Chars(least=1)}, optional={"style": STYLE}),
    "link": Fields(
        required={"url": Chars(least=1)}, optional={"text": Chars(), "style": STYLE, "unsafe": Flag()}
    ),
    "emoji": Fields(
        required={"name": Chars(least=1)}, optional={"unicode": Chars(), "url": Chars(), "style": STYLE}
    ),
    "date": Fields(
        required={"timestamp": Number(), "format": Chars(least=1)},
        optional={"url": Chars(), "fallback": Chars(), "style": STYLE},
    ),
    "user": Fields(required={"user_id": Chars(least=1)}, optional={"style": STYLE}),
    "channel": Fields(required={"channel_id": Chars(least=1)}, optional={"style": STYLE}),
    "usergroup": Fields(required={"usergroup_id": Chars(least=1)}, optional={"style": STYLE}),
    "broadcast": Fields(
        required={"range": Choice(("here", "channel", "everyone"))}, optional={"style": STYLE}
    ),
    "color": Fields(required={"value": Chars(least=1)}, optional={"style": STYLE}),
}
"""What an object of each `type` may hold inside a block."""

RICH_TEXT: Final = Fields(required={"elements": Many(OneOf(RICH_PARTS))}, optional={"block_id": ID})

BLOCKS: Final[Mapping[str, Fields]] = {
    "header": Fields(required={"text": Text(150, PLAIN)}, optional={"block_id": ID}),
    "section": Fields(
        optional={
            "block_id": ID,
            "text": Text(3000),
            "fields": Many(Text(2000), 10, least=1),
            "accessory": OneOf(("button", "overflow", "static_select", "image")),
            "expand": Flag(),
        },
        at_least_one=("text", "fields"),
    ),
    "context": Fields(
        required={"elements": Many(OneOf(("plain_text", "mrkdwn", "image")), 10, least=1)},
        optional={"block_id": ID},
    ),
    "divider": Fields(optional={"block_id": ID}),
    "actions": Fields(
        required={
            "elements": Many(OneOf(("button", "overflow", "static_select", "radio_buttons")), 25, least=1)
        },
        optional={"block_id": ID},
    ),
    "image": Fields(
        required={"alt_text": Chars(2000)},
        optional={"block_id": ID, "title": Text(2000, PLAIN), **PICTURE},
        exactly_one=("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "table": Fields(
        required={"rows": Many(Many(CELLS, 20, least=1), 100, least=1)},
        optional={"block_id": ID, "column_settings": Many(COLUMN, 20)},
    ),
    "data_visualization": Fields(
        required={"title": Chars(50, least=1), "chart": OneOf(("line", "area", "bar"))},
        optional={"block_id": ID},
    ),
    "markdown": Fields(required={"text": Chars(MARKDOWN_LONGEST, least=1)}, optional={"block_id": ID}),
}
"""The blocks a message may have; any other type is answered as unsupported."""

TEXT_OBJECTS: Final[Mapping[str, Fields]] = {
    "plain_text": Fields(required={"text": Chars(3000, least=1)}, optional={"emoji": Flag()}),
    "mrkdwn": Fields(required={"text": Chars(3000, least=1)}, optional={"verbatim": Flag()}),
}
"""Text objects; where one stands may allow less than these 3000 characters."""

METADATA_LONGEST: Final = 8_000
"""Characters of a message's metadata as compact JSON."""
