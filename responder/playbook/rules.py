"""What must hold inside one playbook beyond its shape."""

from collections.abc import Iterator

from responder.playbook.model import Playbook
from responder.yamldoc import KeyPath

Found = tuple[KeyPath, str]
"""Where a mistake is, and what to do about it."""


def problems_of(playbook: Playbook) -> Iterator[Found]:
    """Every mistake in a playbook whose shape is right."""
    yield from ()
