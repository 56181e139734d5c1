"""The runbook and the playbooks as pages: for whoever has a token, or comes by the link in a message."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from responder.engine.reading import Reading
from responder.playbook.runbook import Runbook
from responder.render.runbook import LONGEST_SEARCH, Around, playbook_page, runbook_page
from responder.web.access import Access
from responder.web.links import Links
from responder.web.pages import html, let_in
from responder.web.problem import not_found

Search = Annotated[str, Query(max_length=LONGEST_SEARCH)]


def router(
    runbook: Callable[[], Runbook], reading: Reading, access: Access, links: Links, around: Around
) -> APIRouter:
    """The routes.

    Args:
        runbook: what is in use now.
        reading: knows how often each alert fired.
        access: who may read without a link.
        links: checks the signatures of links.
        around: where Prometheus and Grafana are for people.
    """
    routes = APIRouter(include_in_schema=False)

    def admitted(request: Request, until: str, signature: str) -> Around:
        """Where the page leads to: whoever came by a link goes on by it."""
        if links.allows_runbook(until, signature):
            return replace(around, ticket=(("until", until), ("signature", signature)))
        let_in(access, request, linked=bool(signature))
        return around

    @routes.get("/runbook")
    async def whole(request: Request, q: Search = "", until: str = "", signature: str = "") -> HTMLResponse:
        beside = admitted(request, until, signature)
        shown = runbook()
        return html(lambda nonce: runbook_page(shown, search=q, around=beside, nonce=nonce), script=True)

    @routes.get("/playbooks/{alert}")
    async def one(alert: str, request: Request, until: str = "", signature: str = "") -> HTMLResponse:
        beside = admitted(request, until, signature)
        shown = runbook()
        playbook = next((one for one in shown.playbooks if one.alert == alert), None)
        if playbook is None:
            raise not_found(f"playbook for {alert[:100]}")
        tally = await reading.tally(alert)
        return html(lambda nonce: playbook_page(shown, playbook, tally, around=beside, nonce=nonce))

    return routes
