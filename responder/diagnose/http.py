"""The kind `http`: our own probe of a configured endpoint, by its name."""

from typing import ClassVar, Literal

from responder.playbook.diagnostic import Diagnostic, Slug


class HttpSpec(Diagnostic):
    """`endpoint` is a name (metrics, control, supervisor, langfuse, …), never an address.

    `failure` is a word for `error`: see `responder.diagnose.failure`.
    """

    FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"reachable", "status", "content_type", "is_metrics", "failure", "error", "took"}
    )

    kind: Literal["http"]
    endpoint: Slug
