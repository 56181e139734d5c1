"""What to do about the responder's own alerts, where their `runbook_url` leads."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from responder.domain.access import May
from responder.render.operating import operating_page
from responder.web.access import Access
from responder.web.pages import html


def router(text: str, access: Access) -> APIRouter:
    """The route; `text` is that of docs/operating.md."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/operating")
    async def operating(request: Request) -> HTMLResponse:
        access.who(request, May.READ)
        return html(lambda nonce: operating_page(text, nonce=nonce))

    return routes
