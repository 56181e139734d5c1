"""The kind `targets`: what Prometheus says of the targets it scrapes for a job, with their last error."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from responder.playbook.diagnostic import Diagnostic


class TargetsSpec(Diagnostic):
    """`health` is up, down, unknown, or absent where there is no such target at all.

    `failure` is a word for `error`: see `responder.diagnose.failure`.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"health", "up", "failure", "error", "url", "scraped_at", "took"}
    )

    kind: Literal["targets"]
    job: Annotated[str, Field(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
