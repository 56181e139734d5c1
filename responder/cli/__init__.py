"""The command `responder`."""


def main() -> None:
    """Run the command line."""
