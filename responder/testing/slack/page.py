"""The page for people: the workspace as Slack would show it, and what a phone showed last."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import jinja2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from responder.testing.slack.charts import drawn
from responder.testing.slack.doing import me
from responder.testing.slack.model import Channel
from responder.testing.slack.mrkdwn import plain, rich_parts, shown, with_emoji
from responder.testing.slack.people import Person
from responder.testing.slack.workspace import Workspace

NOTIFICATION_SHOWN: Final = 150
"""Characters of the text that a locked phone shows."""

WHISPERS_SHOWN: Final = 3
"""Of what only one person is shown the newest; Slack forgets the others when the page is loaded anew."""

POLICY: Final = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'"
"""Nothing is loaded from elsewhere: a message's image is shown as a placeholder."""

STATIC: Final = {"slack.css": "text/css", "slack.js": "text/javascript"}
LINK_SCHEMES: Final = frozenset({"http", "https", "mailto"})


def page_router(workspace: Workspace) -> APIRouter:
    """The page, its style and script, and permalinks."""
    router = APIRouter()
    templates = _environment()

    @router.get("/", response_class=HTMLResponse)
    async def show(request: Request, channel: str = "", thread: str = "") -> HTMLResponse:
        context = _context(workspace, channel, thread, me(workspace, request))
        html = templates.get_template("page.html").render(context)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    @router.get("/archives/{channel_id}/p{digits}")
    async def permalink(channel_id: str, digits: str) -> RedirectResponse:
        return RedirectResponse(_address(workspace, channel_id, f"{digits[:-6]}.{digits[-6:]}"))

    @router.get("/_stand-in/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            raise HTTPException(404)
        source = templates.get_template(name).render()
        return Response(source, media_type=STATIC[name])

    return router


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("responder.testing.slack"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        mrkdwn=rich_parts,
        with_emoji=with_emoji,
        shown=shown,
        drawn=drawn,
        href=safe_href,
        initials=initials,
        moment=moment_of,
    )
    return environment


def _context(workspace: Workspace, channel_id: str, thread_ts: str, person: Person) -> dict[str, Any]:
    channel = workspace.channels.get(channel_id) or next(iter(workspace.channels.values()), None)
    return {
        "channels": list(workspace.channels.values()),
        "channel": channel,
        "timeline": channel.timeline() if channel else [],
        "thread": channel.message(thread_ts) if channel else None,
        "notification": _notification(workspace),
        "revision": workspace.revision,
    } | _for_one(workspace, channel, person)


def _for_one(workspace: Workspace, channel: Channel | None, person: Person) -> dict[str, Any]:
    """What only this person sees, and whether they can press anything."""
    interactive = workspace.interactive
    whispers = interactive.shown_to(person.id, channel.id) if channel else ()
    return {
        "me": person,
        "people": interactive.directory.people,
        "names": interactive.directory.names(),
        "app": workspace.apps[0],
        "live": interactive.live,
        "whispers": whispers[-WHISPERS_SHOWN:],
        "modal": interactive.top(person.id),
    }


def _notification(workspace: Workspace) -> dict[str, Any] | None:
    newest = workspace.notified()
    if newest is None:
        return None
    channel, message = newest
    text = plain(message.posted.text)
    cut = f"{text[:NOTIFICATION_SHOWN]}…" if len(text) > NOTIFICATION_SHOWN else text
    return {"channel": channel, "message": message, "text": cut}


def _address(workspace: Workspace, channel_id: str, ts: str) -> str:
    channel = workspace.channels.get(channel_id)
    message = channel.message(ts) if channel else None
    if channel is None or message is None:
        raise HTTPException(404)
    thread = f"&thread={message.thread_ts}" if message.thread_ts else ""
    return f"/?channel={channel.id}{thread}#m{ts}"


def safe_href(url: object) -> str | None:
    """A web address that may be followed, or None: `javascript:` and its kin are shown as text."""
    try:
        return str(url) if urlsplit(str(url)).scheme.lower() in LINK_SCHEMES else None
    except ValueError:
        return None


def initials(name: str) -> str:
    """Two letters for an avatar."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def moment_of(seconds: object) -> datetime:
    """The time that a `ts` or a date element says, in UTC; 1970 where it says none."""
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
