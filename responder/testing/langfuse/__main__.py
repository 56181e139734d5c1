"""Runs the stand-in for Langfuse on loopback until it is interrupted."""

import argparse
from collections.abc import Sequence

import uvicorn

from responder.testing.langfuse.app import create_app
from responder.testing.langfuse.project import Edition, Project


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m responder.testing.langfuse", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--edition", type=Edition, choices=list(Edition), default=Edition.CLOUD)
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until interrupted."""
    options = parse()
    uvicorn.run(
        create_app(Project(options.edition)),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
