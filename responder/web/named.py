"""Which incident, or which fix, a path names."""

from typing import Annotated

from fastapi import Depends

from responder.domain.ids import is_incident_id
from responder.web.problem import not_found


def _named(incident: str) -> str:
    """The id; what can be none is not looked for: no database could even be asked for some of it."""
    if not is_incident_id(incident):
        raise not_found(f"incident {incident[:40]}")
    return incident


IncidentId = Annotated[str, Depends(_named)]


def _named_fix(fix: str) -> str:
    if not is_incident_id(fix):  # they are made alike
        raise not_found(f"fix {fix[:40]}")
    return fix


FixId = Annotated[str, Depends(_named_fix)]
