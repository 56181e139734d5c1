"""`responder serve`: the server."""

from functools import partial

from responder.app import serve_forever
from responder.cli.calls import ConfigOption, errors_shown
from responder.settings import load_settings


def serve(config: ConfigOption = None) -> None:
    """Take Alertmanager's notifications, investigate them and tell people, until stopped."""
    with errors_shown():
        serve_forever(partial(load_settings, config))
