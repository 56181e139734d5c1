"""Runs the stand-in for Grafana on loopback until it is interrupted."""

import argparse
from collections.abc import Sequence

import uvicorn

from responder.testing.grafana.app import create_app
from responder.testing.grafana.model import TOKEN, GrafanaStandIn, Role


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m responder.testing.grafana", description=__doc__)
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--token", default=TOKEN, help="the token to accept (default: %(default)s)")
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until interrupted."""
    options = parse()
    app = create_app(GrafanaStandIn({options.token: Role.ADMIN}))
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
