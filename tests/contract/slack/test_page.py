"""The page shows a workspace to people; untrusted text stays text."""

from typing import Any

import httpx
import pytest

from responder.testing.slack import Channel, Workspace
from responder.testing.slack.mrkdwn import plain, rich_parts

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"style": style} if style else {})


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a *b* c", [section(text("a "), text("b", bold=True), text(" c"))]),
        ("*_both_*", [section(text("both", bold=True, italic=True))]),
        ("2 * 3 * 4 snake_case_name", [section(text("2 * 3 * 4 snake_case_name"))]),  # no marks
        ("`a *b* &lt;c&gt;`", [section(text("a *b* <c>", code=True))]),  # code is verbatim
        ("~gone~", [section(text("gone", strike=True))]),
        (
            "<http://x/?a=1&amp;b=2|go>",
            [section({"type": "link", "url": "http://x/?a=1&b=2", "text": "go"})],
        ),
        ("<!channel>", [section({"type": "broadcast", "range": "channel"})]),
        ("&lt;!channel&gt;", [section(text("<!channel>"))]),  # escaped: pings nobody
        (
            "<!date^60^{time}|00:01>",
            [section({"type": "date", "timestamp": 60, "format": "{time}", "fallback": "00:01"})],
        ),
        (
            "a\n&gt; b\nc",
            [section(text("a")), {"type": "rich_text_quote", "elements": [text("b")]}, section(text("c"))],
        ),
        ("```\n*a*\n```", [{"type": "rich_text_preformatted", "elements": [text("*a*")]}]),
        ("", []),
    ],
)
def test_mrkdwn_becomes_the_parts_of_rich_text(source: str, parts: list[dict[str, Any]]) -> None:
    assert rich_parts(source) == parts


def test_a_notification_is_one_line_without_marks() -> None:
    assert plain(":bell: *a* <http://x/|b>\n&gt; c &amp; d") == "🔔 a b c & d"


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return workspace.channel("C0ALERTS0")


def hostile_blocks() -> list[dict[str, Any]]:
    """The same hostile text in every place a block has for text."""
    words = {"type": "plain_text", "text": HOSTILE[:75]}
    mrkdwn = {"type": "mrkdwn", "text": HOSTILE}
    raw = text(HOSTILE, bold=True)
    picture = {"type": "image", "image_url": "http://x/y.png", "alt_text": f'"{HOSTILE}'}
    return [
        {"type": "header", "text": words},
        {
            "type": "section",
            "text": mrkdwn,
            "fields": [words],
            "accessory": {"type": "button", "text": words},
        },
        {"type": "context", "elements": [mrkdwn, picture]},
        {"type": "actions", "elements": [{"type": "button", "text": words, "url": "javascript:alert(1)"}]},
        {"type": "rich_text", "elements": [section(raw, {"type": "link", "url": "javascript:alert(2)"})]},
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [raw]}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
        {**picture, "title": words},
        {"type": "markdown", "text": HOSTILE},
    ]


async def test_untrusted_text_never_becomes_html(
    web: httpx.AsyncClient, workspace: Workspace, channel: Channel
) -> None:
    app = workspace.apps[0]
    message = workspace.post(app, channel, HOSTILE, hostile_blocks())
    workspace.post(app, channel, HOSTILE, thread_ts=message.ts, broadcast=True)
    page = (await web.get("/", params={"channel": channel.id, "thread": message.ts})).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page


async def test_the_page_forbids_what_it_does_not_need(web: httpx.AsyncClient) -> None:
    policy = (await web.get("/")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


async def test_the_phone_shows_the_beginning_of_what_was_first_posted(
    web: httpx.AsyncClient, workspace: Workspace, channel: Channel
) -> None:
    app = workspace.apps[0]
    message = workspace.post(app, channel, f"*{'x' * 149}* and more")
    workspace.update(app, channel, message.ts, text="edited: nobody is notified")
    page = (await web.get("/")).text
    phone = page.partition("On a locked phone")[2]
    assert f"<p>{'x' * 149} …</p>" in phone
    assert "edited: nobody" not in phone


async def test_an_empty_workspace_has_a_page(web: httpx.AsyncClient) -> None:
    page = (await web.get("/")).text
    assert "Nothing has been posted here yet." in page
    assert "No notification yet." in page


async def test_replies_are_counted_in_the_channel_and_shown_in_the_thread(
    web: httpx.AsyncClient, workspace: Workspace, channel: Channel
) -> None:
    app = workspace.apps[0]
    parent = workspace.post(app, channel, "parent")
    workspace.post(app, channel, "the detail", thread_ts=parent.ts)
    closed = (await web.get("/")).text
    opened = (await web.get("/", params={"thread": parent.ts})).text
    assert "1 reply" in closed
    assert "the detail" not in closed
    assert "the detail" in opened


async def test_style_and_script_are_served_and_nothing_else(web: httpx.AsyncClient) -> None:
    names = ("slack.css", "slack.js", "page.html", "..%2fpage.py")
    answers = [await web.get(f"/_stand-in/static/{name}") for name in names]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]
