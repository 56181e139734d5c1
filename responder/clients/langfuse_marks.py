"""Where the traces say who was at work: a site's own convention, set in the configuration.

A mark is written as one word: `metadata.persona` (a key of an observation's or its trace's metadata),
`tag.persona:` (a tag that begins so; the rest is the value), `name` (the observation's) or `trace_name`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

LONGEST: Final = 200
"""Characters of a value; what is longer is no name of anything."""


class Place(StrEnum):
    """Where a mark stands."""

    METADATA = "metadata"
    TAG = "tag"
    NAME = "name"
    TRACE_NAME = "trace_name"


class Marked(Protocol):
    """What can carry marks."""

    @property
    def name(self) -> str | None: ...

    @property
    def trace_name(self) -> str | None: ...

    @property
    def tags(self) -> Sequence[str]: ...

    @property
    def metadata(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark; `key` is the metadata's key or the tag's beginning."""

    place: Place
    key: str = ""

    @classmethod
    def of(cls, text: str) -> "Mark":
        """As it is written in the configuration.

        Raises:
            ValueError: it is no mark.
        """
        place, _, key = text.partition(".")
        return cls(Place(place), key)

    def __str__(self) -> str:
        return f"{self.place}.{self.key}" if self.key else self.place.value

    @property
    def on_trace(self) -> bool:
        """Whether only traces have it, not their observations."""
        return self.place in (Place.TAG, Place.TRACE_NAME)

    def read(self, marked: Marked) -> str:
        """The value; empty where there is none."""
        match self.place:
            case Place.NAME:
                found = marked.name or ""
            case Place.TRACE_NAME:
                found = marked.trace_name or ""
            case Place.TAG:
                fitting = (tag for tag in marked.tags if tag.startswith(self.key))
                found = next(fitting, "").removeprefix(self.key)
            case Place.METADATA:
                found = _at(marked.metadata, self.key)
        return found if len(found) <= LONGEST else ""

    def condition(self, value: str) -> Mapping[str, object] | None:
        """The same as a condition of Langfuse's filter; None where it can't be one."""
        match self.place:
            case Place.NAME:
                return {"type": "string", "column": "name", "operator": "=", "value": value}
            case Place.TRACE_NAME:
                return {"type": "string", "column": "traceName", "operator": "=", "value": value}
            case Place.TAG:
                tags = [self.key + value]
                return {"type": "arrayOptions", "column": "traceTags", "operator": "any of", "value": tags}
            case Place.METADATA if "." not in self.key:
                where = {"type": "stringObject", "column": "metadata", "key": self.key}
                return {**where, "operator": "=", "value": value}
            case _:
                return None


Marks = Mapping[str, Mark]
"""By what they say: persona, workflow, stage."""


def _at(metadata: object, key: str) -> str:
    """The text or number under a key, or under a path of keys with dots between them."""
    found: object = metadata
    if isinstance(found, Mapping) and key in found:
        found = found[key]
    else:
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""
