"""`responder serve`: the server."""

from responder.app import serve_forever
from responder.cli.shared import ConfigOption, errors_shown, settings_from


def serve(config: ConfigOption = None) -> None:
    """Take Alertmanager's notifications, investigate them and tell people, until stopped."""
    settings = settings_from(config)
    with errors_shown():
        serve_forever(settings)
