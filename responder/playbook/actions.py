"""What a fix can do: the actions by name, and what a playbook must say of each.

A new action is an entry here and a module of `responder.actions` that does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from responder.domain.fix import FixKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """How an action is declared.

    Args:
        kind: what a fix by it is; a lease names a target, and how its value is computed.
        target: the one that there is; empty: the playbook names it, or it is the alert itself.
        seen_is_done: that it is there is all that was wanted: its check measures nothing.
    """

    kind: FixKind
    target: str = ""
    seen_is_done: bool = False


ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "control": Action(kind=FixKind.LEASE),
        "restart": Action(kind=FixKind.ONE_SHOT, target="process"),
        "reconnect": Action(kind=FixKind.ONE_SHOT, target="langfuse"),
        "silence": Action(kind=FixKind.ONE_SHOT, seen_is_done=True),
    }
)
