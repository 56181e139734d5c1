"""Runs the stand-in for PagerDuty on loopback until it is interrupted."""

import argparse
from collections.abc import Sequence

import uvicorn

from responder.testing.pagerduty.account import ROUTING_KEY, SECRET, TOKEN, Account
from responder.testing.pagerduty.app import create_app


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m responder.testing.pagerduty", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--token", default=TOKEN, help="the API token to accept (default: %(default)s)")
    parser.add_argument(
        "--routing-key", default=ROUTING_KEY, help="the integration key to accept (default: %(default)s)"
    )
    parser.add_argument("--webhook-url", default="", help="where it tells of what happens")
    parser.add_argument("--secret", default=SECRET, help="what that is signed with (default: %(default)s)")
    parser.add_argument("--grouping", action="store_true", help="new alerts join the page that is open")
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until interrupted."""
    options = parse()
    account = Account(
        token=options.token,
        routing_keys=(options.routing_key,),
        webhook_url=options.webhook_url,
        secrets=(options.secret,),
        grouping=options.grouping,
    )
    uvicorn.run(
        create_app(account),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
