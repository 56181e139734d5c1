"""Slack's mrkdwn as rich text: the same parts that a `rich_text` block has, so that one template shows both.

Nothing here makes HTML: text stays text, and what a page does with it is the page's affair.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

Part = dict[str, Any]
Style = Mapping[str, bool]

PRE: Final = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
QUOTE: Final = re.compile(r"(?:&gt;|>) ?")
INLINE: Final = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|(?P<angle><[^<>\n]+>)"
    r"|(?<![\w*])(?P<bold>\*[^\s*](?:[^*\n]*[^\s*])?\*)(?![\w*])"
    r"|(?<![\w])(?P<italic>_[^\s_](?:[^\n]*?[^\s_])?_)(?![\w])"
    r"|(?<![\w~])(?P<strike>~[^\s~](?:[^~\n]*[^\s~])?~)(?![\w~])"
    r"|(?P<emoji>:[a-z0-9_+'-]+:)"
)
EMOJI: Final[Mapping[str, str]] = {
    "arrow_down": "⬇️",
    "arrow_right": "➡️",
    "arrow_up": "⬆️",
    "bell": "🔔",
    "bust_in_silhouette": "👤",
    "chart_with_downwards_trend": "📉",
    "chart_with_upwards_trend": "📈",
    "eyes": "👀",
    "fire": "🔥",
    "ghost": "👻",
    "grey_question": "❔",
    "hammer_and_wrench": "🛠️",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",  # noqa: RUF001 - the emoji itself
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "link": "🔗",
    "mag": "🔍",
    "memo": "📝",
    "mute": "🔇",
    "no_entry": "⛔",
    "no_bell": "🔕",
    "question": "❓",
    "red_circle": "🔴",
    "repeat": "🔁",
    "rotating_light": "🚨",
    "shrug": "🤷",
    "speech_balloon": "💬",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "wrench": "🔧",
    "x": "❌",
    "zzz": "💤",
}
"""Emoji that alerts are likely to use; others are shown by their name."""

SHOWN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "link": ("", ("text", "url")),
    "date": ("", ("fallback", "timestamp")),
    "user": ("@", ("user_id",)),
    "usergroup": ("@", ("usergroup_id",)),
    "broadcast": ("@", ("range",)),
    "channel": ("#", ("channel_id",)),
}
"""A sign to put before it, and where an element's words are, the best first."""


def rich_parts(text: str) -> list[Part]:
    """The parts of a mrkdwn text: sections, quotes and preformatted blocks."""
    parts: list[Part] = []
    for index, piece in enumerate(PRE.split(text)):
        if index % 2:
            parts.append({"type": "rich_text_preformatted", "elements": [_text(_unescape(piece), {})]})
        else:
            parts.extend(_prose(piece))
    return parts


def plain(text: str) -> str:
    """A mrkdwn text as a notification shows it: without marks, on one line."""
    lines = ["".join(map(shown, part["elements"])) for part in rich_parts(text)]
    return " ".join(" ".join(lines).split())


def shown(element: Part) -> str:
    """One element of rich text as characters."""
    if element["type"] == "emoji":
        return with_emoji(f":{element['name']}:")
    sign, keys = SHOWN.get(element["type"], ("", ("text", "value")))
    return sign + next((str(element[key]) for key in keys if element.get(key)), "")


def with_emoji(text: str) -> str:
    """A plain text in which the names of emoji have become emoji."""
    return re.sub(r":([a-z0-9_+'-]+):", lambda found: EMOJI.get(found[1], found[0]), text)


def _prose(text: str) -> Iterator[Part]:
    lines = text.strip("\n").split("\n") if text.strip("\n") else []
    for quoted, group in groupby(lines, key=lambda line: bool(QUOTE.match(line))):
        body = "\n".join(QUOTE.sub("", line, count=1) if quoted else line for line in group)
        kind = "rich_text_quote" if quoted else "rich_text_section"
        yield {"type": kind, "elements": _inline(body, {})}


def _inline(text: str, style: Style) -> list[Part]:
    elements: list[Part] = []
    end = 0
    for found in INLINE.finditer(text):
        if found.start() > end:
            elements.append(_text(_unescape(text[end : found.start()]), style))
        elements.extend(_marked(str(found.lastgroup), found[0], style))
        end = found.end()
    if end < len(text):
        elements.append(_text(_unescape(text[end:]), style))
    return elements


def _marked(kind: str, token: str, style: Style) -> list[Part]:
    match kind:
        case "code":
            return [_text(_unescape(token[1:-1]), {**style, "code": True})]
        case "angle":
            return [_angle(token[1:-1], style)]
        case "emoji":
            return [{"type": "emoji", "name": token[1:-1]}]
        case _:
            return _inline(token[1:-1], {**style, kind: True})


def _angle(inside: str, style: Style) -> Part:
    target, _, label = inside.partition("|")
    for prefix, make in SPECIAL.items():
        if target.startswith(prefix):
            return make(target.removeprefix(prefix), _unescape(label)) | _styled(style)
    return {"type": "link", "url": _unescape(target), "text": _unescape(label)} | _styled(style)


def _date(target: str, label: str) -> Part:
    seconds, _, form = target.partition("^")
    form, _, url = form.partition("^")
    if not seconds.isdecimal():
        return _text(label or target, {})
    date = {"type": "date", "timestamp": int(seconds), "format": form, "fallback": label}
    return date | ({"url": url} if url else {})


def _mention(kind: str, key: str) -> Callable[[str, str], Part]:
    return lambda target, _label: {"type": kind, key: target}


def _broadcast(target: str, label: str) -> Part:
    if target in {"here", "channel", "everyone"}:
        return {"type": "broadcast", "range": target}
    return _text(label or f"<!{target}>", {})


SPECIAL: Final[Mapping[str, Callable[[str, str], Part]]] = {
    "!date^": _date,
    "!subteam^": _mention("usergroup", "usergroup_id"),
    "!": _broadcast,
    "@": _mention("user", "user_id"),
    "#": lambda target, label: {"type": "channel", "channel_id": label or target},
}
"""What stands between angle brackets, by its first characters; anything else is a link."""


def _text(text: str, style: Style) -> Part:
    return {"type": "text", "text": text} | _styled(style)


def _styled(style: Style) -> Part:
    return {"style": dict(style)} if style else {}


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
