"""The stand-in as one application: events, REST API, administration and the page for people."""

from fastapi import FastAPI

from responder.testing.pagerduty.account import Account
from responder.testing.pagerduty.admin import admin_router
from responder.testing.pagerduty.events import events_router
from responder.testing.pagerduty.page import page_router
from responder.testing.pagerduty.rest import rest_router


def create_app(account: Account | None = None) -> FastAPI:
    """PagerDuty, as far as the responder and Alertmanager speak with it.

    Args:
        account: its state; a test keeps it to look at and to order faults. A fresh one by default.
    """
    account = Account() if account is None else account
    app = FastAPI(title="Stand-in for PagerDuty", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.account = account
    app.include_router(events_router(account))
    app.include_router(rest_router(account))
    app.include_router(admin_router(account))
    app.include_router(page_router(account))
    return app
