"""Who is in the workspace: people, and the user groups they are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from responder.testing.slack.model import SlackError


@dataclass(frozen=True)
class Person:
    """A member of the workspace."""

    id: str
    name: str
    real_name: str


@dataclass(frozen=True)
class Group:
    """A user group with the ids of its members."""

    id: str
    handle: str
    users: tuple[str, ...]


PEOPLE: Final = (Person("U0ANN", "ann", "Ann Approver"), Person("U0BOB", "bob", "Bob Bystander"))
GROUPS: Final = (Group("S0ONCALL", "oncall", ("U0ANN",)),)


@dataclass(frozen=True)
class Directory:
    """Everybody."""

    people: Sequence[Person] = PEOPLE
    groups: Sequence[Group] = GROUPS

    def names(self) -> dict[str, str]:
        """What people read for an id."""
        return {one.id: one.name for one in self.people} | {one.id: one.handle for one in self.groups}

    def person(self, user: str) -> Person:
        """A person by id; refuses `user_not_found`."""
        found = next((person for person in self.people if person.id == user), None)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def group(self, group: str) -> Group:
        """A user group by id; refuses `no_such_subteam`."""
        found = next((one for one in self.groups if one.id == group), None)
        if found is None:
            raise SlackError("no_such_subteam")
        return found
