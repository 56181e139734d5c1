"""A bulletin: a message of its own, about no incident, kept true by every notifier that can."""

from typing import Protocol


class Bulletin(Protocol):
    """What every kind of bulletin has, ready to be rendered."""

    @property
    def id(self) -> str: ...

    @property
    def notice(self) -> int:
        """Rises with every change worth showing."""
        ...
