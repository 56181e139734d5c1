"""The stand-in's own limits, compared with the schema of Slack's published types."""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from responder.testing.slack.check import block_faults

Json = dict[str, Any]
Make = Callable[[int], Json]


@pytest.fixture(scope="module")
def schema_refuses() -> Callable[[list[Json]], bool]:
    """Whether the schema finds anything wrong with these blocks."""
    path = Path(__file__).parent / "blockkit" / "blockkit_check.py"
    spec = importlib.util.spec_from_file_location("blockkit_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open, and stays as it came
        spec.loader.exec_module(module)
    return lambda blocks: bool(module.check({"text": "x", "blocks": blocks}))


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", **fields}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("Go"), **fields}


def actions(**fields: Any) -> Json:
    return {"type": "actions", "elements": [button(**fields)]}


def rich(kind: str, *elements: Json, **fields: Any) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **fields}]}


def table(rows: int, cells: int = 1, settings: int = 0) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * cells] * rows, "column_settings": [{}] * settings}


TEXT = {"type": "text", "text": "x"}
ITEM = {"type": "rich_text_section", "elements": [TEXT]}

BOTH: list[tuple[str, int, Make]] = [
    ("header", 150, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("section text", 3000, lambda n: section(text=mrkdwn("x" * n))),
    ("section field", 2000, lambda n: section(fields=[mrkdwn("x" * n)])),
    ("section fields", 10, lambda n: section(fields=[mrkdwn("x")] * n)),
    ("block_id", 255, lambda n: {"type": "divider", "block_id": "x" * n}),
    ("context elements", 10, lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}),
    ("context text", 3000, lambda n: {"type": "context", "elements": [mrkdwn("x" * n)]}),
    ("actions elements", 25, lambda n: {"type": "actions", "elements": [button()] * n}),
    ("button text", 75, lambda n: actions(text=plain("x" * n))),
    ("button value", 2000, lambda n: actions(value="x" * n)),
    ("button action_id", 255, lambda n: actions(action_id="x" * n)),
    ("button label", 75, lambda n: actions(accessibility_label="x" * n)),
    ("confirm text", 300, lambda n: actions(confirm={"text": plain("x" * n)})),
    ("confirm title", 100, lambda n: actions(confirm={"text": plain("x"), "title": plain("x" * n)})),
    ("confirm yes", 30, lambda n: actions(confirm={"text": plain("x"), "confirm": plain("x" * n)})),
    ("confirm no", 30, lambda n: actions(confirm={"text": plain("x"), "deny": plain("x" * n)})),
    ("image alt", 2000, lambda n: {"type": "image", "image_url": "http://x/y.png", "alt_text": "x" * n}),
]
"""What has a limit in the schema: its name, the limit, and a block of so many."""


@pytest.mark.parametrize(("most", "make"), [row[1:] for row in BOTH], ids=[row[0] for row in BOTH])
def test_the_limit_is_exactly_the_schemas(
    schema_refuses: Callable[[list[Json]], bool], most: int, make: Make
) -> None:
    """At the limit both take it, one above both refuse it."""
    verdicts = [(bool(block_faults([make(n)])), schema_refuses([make(n)])) for n in (most, most + 1)]
    assert verdicts == [(False, False), (True, True)]


@pytest.mark.parametrize(
    "block",
    [
        section(text=mrkdwn("a"), accessory=button(url="http://x/")),
        section(fields=[plain("a")], expand=True),
        section(text=plain("a"), accessory={"type": "image", "image_url": "http://x/y.png", "alt_text": "a"}),
        {"type": "context", "elements": [plain("a"), mrkdwn("b")]},
        rich("rich_text_section", TEXT, {"type": "link", "url": "http://x/", "text": "x", "unsafe": True}),
        rich("rich_text_section", {"type": "date", "timestamp": 1, "format": "{time}", "fallback": "x"}),
        rich("rich_text_section", {"type": "emoji", "name": "bell"}, {"type": "user", "user_id": "U1"}),
        rich("rich_text_quote", {**TEXT, "style": {"bold": True, "italic": False}}, border=1),
        rich("rich_text_preformatted", TEXT, border=0),
        rich("rich_text_list", ITEM, ITEM, style="ordered", indent=1),
        table(2, 3, 3),
        {
            "type": "table",
            "rows": [[{"type": "raw_number", "value": 1.5, "text": "1.5"}, rich("rich_text_section", TEXT)]],
        },
        {"type": "markdown", "text": "# a"},
        {"type": "divider"},
    ],
    ids=lambda block: block["type"],
)
def test_both_take_what_is_right(schema_refuses: Callable[[list[Json]], bool], block: Json) -> None:
    assert block_faults([block]) == []
    assert not schema_refuses([block])


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ({"type": "heading", "text": plain("x")}, "/blocks/0/type"),
        ({"type": "header"}, "/blocks/0"),  # text missing
        ({"type": "header", "text": mrkdwn("x")}, "/blocks/0/text/type"),  # headers are plain
        ({"type": "header", "text": "x"}, "/blocks/0/text/type"),
        (section(text=mrkdwn("")), "/blocks/0/text/text"),
        (section(text=mrkdwn("x"), colour="red"), "/blocks/0"),  # no such property
        (section(text={**mrkdwn("x"), "emoji": True}), "/blocks/0/text"),  # emoji is for plain text
        (actions(style="warning"), "/blocks/0/elements/0/style"),
        (actions(disabled=True), "/blocks/0/elements/0"),  # Slack has no disabled buttons
        (
            rich("rich_text_preformatted", {"type": "emoji", "name": "x"}),
            "/blocks/0/elements/0/elements/0/type",
        ),
        (rich("rich_text_list", ITEM), "/blocks/0/elements/0"),  # style missing
        (rich("rich_text_list", TEXT, style="bullet"), "/blocks/0/elements/0/elements/0/type"),
        (
            rich("rich_text_section", {**TEXT, "style": {"big": True}}),
            "/blocks/0/elements/0/elements/0/style",
        ),
        ({"type": "table", "rows": [[mrkdwn("x")]]}, "/blocks/0/rows/0/0/type"),
        ({"type": "image", "alt_text": "x"}, "/blocks/0"),  # neither address nor file
    ],
)
def test_both_refuse_what_is_wrong_and_ours_says_where(
    schema_refuses: Callable[[list[Json]], bool], block: Json, place: str
) -> None:
    assert [fault.pointer for fault in block_faults([block])] == [place]
    assert schema_refuses([block])


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([table(101)], "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
        ([table(1, 21)], "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
        ([table(1, 1, 21)], "no more than 20 items allowed [json-pointer:/blocks/0/column_settings]"),
        ([section()], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        (
            [{"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}],
            "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
        ),
        (
            [actions(url="http://" + "x" * 2994)],
            "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            [{"type": "markdown", "text": "x" * 6001}] * 2,
            "markdown text must be less than 12001 characters [json-pointer:/blocks]",
        ),
    ],
)
def test_ours_knows_limits_that_the_schema_only_describes(blocks: list[Json], says: str) -> None:
    assert [str(fault) for fault in block_faults(blocks)] == [says]


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider"}] * 51,
        [{"type": "divider", "block_id": "a"}] * 2,  # an id twice
        [{"type": "actions", "elements": [button(action_id="a")] * 2}],  # likewise
    ],
)
def test_both_refuse_too_many_and_ids_that_repeat(
    schema_refuses: Callable[[list[Json]], bool], blocks: list[Json]
) -> None:
    assert len(block_faults(blocks)) == 1
    assert schema_refuses(blocks)
