"""Stand-ins for Slack, PagerDuty and Langfuse in one process, a port each, until it is told to end."""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack

from responder.testing import langfuse, pagerduty, slack
from responder.testing.loopback import serving


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m responder.demo.far_sides", description=__doc__)
    for name in ("slack", "pagerduty", "langfuse"):
        parser.add_argument(f"--{name}-port", type=int, required=True)
    parser.add_argument("--responder", required=True, help="its address, without a slash at the end")
    parser.add_argument("--channel", required=True, help="in Slack, with the bot in it")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM; Langfuse is there last."""
    until, loop = asyncio.Event(), asyncio.get_running_loop()
    for reason in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(reason, until.set)
    interactive = slack.Interactive(f"{options.responder}/slack/events")
    workspace = slack.Workspace([options.channel], tempo=slack.Tempo.REAL, interactive=interactive)
    account = pagerduty.Account(webhook_url=f"{options.responder}/webhooks/pagerduty")
    apps = {
        options.slack_port: slack.create_app(workspace),
        options.pagerduty_port: pagerduty.create_app(account),
        options.langfuse_port: langfuse.create_app(langfuse.Project()),
    }
    async with AsyncExitStack() as running:
        for port, app in apps.items():
            await running.enter_async_context(serving(app, port=port))
        await until.wait()


if __name__ == "__main__":
    asyncio.run(serve(parse()))
