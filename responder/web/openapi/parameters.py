"""Parameters of routes in the words of OpenAPI."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from responder.domain.fix import FixState
from responder.domain.ids import ALPHABET, INCIDENT_LETTERS
from responder.domain.incident import IncidentState
from responder.render.runbook import LONGEST_SEARCH
from responder.web.fixes import NEWEST

Parameter = Mapping[str, Any]
MAYBE_ID: Final = f"^([{ALPHABET}]{{{INCIDENT_LETTERS}}})?$"


def in_path(name: str, description: str, **schema: object) -> Parameter:
    """A part of the path."""
    return _parameter("path", name, description, {"type": "string", "minLength": 1, **schema}, required=True)


def in_query(name: str, description: str, **schema: object) -> Parameter:
    """What may be said behind the question mark."""
    return _parameter("query", name, description, {"type": "string", **schema}, required=False)


def _parameter(
    place: str, name: str, description: str, schema: Mapping[str, object], *, required: bool
) -> Parameter:
    return {"in": place, "name": name, "required": required, "description": description, "schema": schema}


def _one_of(words: type[Enum]) -> list[str]:
    return [word.value for word in words]


CURSOR: Final = in_query(
    "cursor", "From the answer before; nothing: from the newest on.", pattern="^[A-Za-z0-9_-]*$"
)
LIMIT: Final = in_query("limit", "So many.", type="integer", minimum=1, maximum=200, default=50)
INCIDENTS: Final = (
    in_query("status", "Only those.", enum=_one_of(IncidentState)),
    in_query("alert", "Only those of this alert name."),
    LIMIT,
    CURSOR,
)
FIXES: Final = (
    in_query("state", "Only those.", enum=_one_of(FixState)),
    in_query("incident", "Only this incident's.", pattern=MAYBE_ID),
    LIMIT,
)
LINES: Final = (
    in_query("fix", "Only this quick fix's.", pattern=MAYBE_ID),
    in_query("incident", "Only this incident's.", pattern=MAYBE_ID),
    in_query("before", "Older than this line.", type="integer", minimum=1, maximum=NEWEST),
    LIMIT,
)
SEARCH: Final = in_query("q", "Words that a part must have.", maxLength=LONGEST_SEARCH)
LINK: Final = (in_query("until", "Of a signed link: when it ends, in seconds since the epoch."),)
