"""Runs the stand-in for Slack on loopback until it is interrupted."""

import argparse
from collections.abc import Sequence

import uvicorn

from responder.testing.slack.app import create_app
from responder.testing.slack.interactive import SECRET, Interactive
from responder.testing.slack.model import App
from responder.testing.slack.pace import Tempo
from responder.testing.slack.workspace import TOKEN, Workspace


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m responder.testing.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token", default=TOKEN, help="the bot token to accept (default: %(default)s)")
    parser.add_argument(
        "--channel", action="append", dest="channels", help="a channel the bot is in; may be repeated"
    )
    parser.add_argument("--request-url", default="", help="where the app takes what people press")
    parser.add_argument(
        "--signing-secret", default=SECRET, help="what that is signed with (default: %(default)s)"
    )
    parser.add_argument("--tempo", type=Tempo, choices=list(Tempo), default=Tempo.REAL, help="rate limits")
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until interrupted."""
    options = parse()
    channels = options.channels or ["alerts"]
    interactive = Interactive(options.request_url, options.signing_secret)
    workspace = Workspace(channels, apps=(App(options.token),), tempo=options.tempo, interactive=interactive)
    uvicorn.run(
        create_app(workspace),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
