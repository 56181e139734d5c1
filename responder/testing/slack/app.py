"""The stand-in as one application: Web API, administration and the page for people."""

from fastapi import FastAPI

from responder.testing.slack.admin import admin_router
from responder.testing.slack.api import api_router
from responder.testing.slack.commanding import commanding_router
from responder.testing.slack.doing import doing_router
from responder.testing.slack.hooks import hooks_router
from responder.testing.slack.page import page_router
from responder.testing.slack.sockets import sockets_router
from responder.testing.slack.workspace import Workspace


def create_app(workspace: Workspace | None = None) -> FastAPI:
    """Slack, as far as the responder speaks with it.

    Args:
        workspace: its state; a test keeps it to look at and to order faults. A fresh one by default.
    """
    workspace = Workspace() if workspace is None else workspace
    app = FastAPI(title="Stand-in for Slack", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspace = workspace
    app.include_router(api_router(workspace))
    app.include_router(admin_router(workspace))
    app.include_router(doing_router(workspace))
    app.include_router(commanding_router(workspace))
    app.include_router(sockets_router(workspace.interactive.sockets))
    app.include_router(hooks_router(workspace))
    app.include_router(page_router(workspace))
    return app
