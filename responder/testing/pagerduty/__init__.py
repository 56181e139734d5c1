"""A stand-in for PagerDuty: an account in memory that takes events, answers its REST API and shows itself.

In a test:

    account = Account()
    async with serving(create_app(account)) as url:
        ...  # pagerduty.events_url = url, pagerduty.api_url = url
             # pagerduty.routing_key = ROUTING_KEY, pagerduty.api_token = TOKEN, pagerduty.from_email = EMAIL
    account.faults.add(Fault(FaultKind.LOST_ANSWER, "POST /v2/enqueue"))

It tells of what happens by signed webhooks if it knows where to, `Account(webhook_url=…)`.

As a process of its own: `python -m responder.testing.pagerduty --port 8091`.
"""

from responder.testing.pagerduty.account import EMAIL, ROUTING_KEY, SECRET, TOKEN, Account
from responder.testing.pagerduty.app import create_app
from responder.testing.pagerduty.model import Alert, Incident, User

__all__ = [
    "EMAIL",
    "ROUTING_KEY",
    "SECRET",
    "TOKEN",
    "Account",
    "Alert",
    "Incident",
    "User",
    "create_app",
]
