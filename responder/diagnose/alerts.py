"""The kind `alerts`: which related alerts are active now, as Alertmanager has them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from responder.playbook.diagnostic import Diagnostic

AlertName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]


class AlertsSpec(Diagnostic):
    """`since` is in seconds since the epoch, `status` firing, silenced or inhibited."""

    FIELDS: ClassVar[frozenset[str]] = frozenset({"status", "severity", "since"})

    kind: Literal["alerts"]
    names: Annotated[list[AlertName], Field(min_length=1, max_length=20)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
