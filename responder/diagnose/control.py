"""The kind `control`: a knob of Hypertool's control API, or the supervisor's word on the process."""

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from responder.playbook.diagnostic import Diagnostic, Span

PROCESS: Final = "process"
"""The one resource that the supervisor has, not the control API."""

_VARIABLE: Final = re.compile(r"\$\{([a-z_]+)\}")
_PATH: Final = r"^([a-z_-]+|\$\{[a-z_]+\})(/([a-z_-]+|\$\{[a-z_]+\}))*$"


class ControlSpec(Diagnostic):
    """`resource` is a path such as personas/${persona}/budget, or `process` for the supervisor's.

    Times (`…_at`) are seconds since the epoch; `changed_recently` is: within `recent` before now.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {
            # a knob
            *("value", "default", "at_default", "minimum", "maximum"),
            *("changed_at", "changed_by", "changed_recently", "reason"),
            *("leased", "lease_before", "lease_expires_at", "lease_incident", "connected"),
            # the process
            *("running", "pid", "started_at", "exit_code", "log"),
        }
    )

    kind: Literal["control"]
    resource: Annotated[str, Field(pattern=_PATH, max_length=200)]
    recent: Span = "2h"

    def variables(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.resource))
