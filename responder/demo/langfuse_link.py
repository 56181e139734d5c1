"""The reference Hypertool's connection to Langfuse: whether it stands, if not why not, and what is traced."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from responder.demo.world import Stage

KEPT: Final = 8000
"""Calls that wait to be sent: a little more than an ordinary day's, which is what reports look back on."""


class Disconnected(StrEnum):
    """Why Hypertool writes no traces. The words of the control API."""

    MISSING_CREDENTIALS = "missing_credentials"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    SDK_MISSING = "sdk_missing"
    DISABLED = "disabled"


@dataclass(frozen=True)
class ModelCall:
    """One call to a model, as an agent made it; `at` is a simulated second.

    `prompt` is what was sent, `prompt_version` that of the stage's managed prompt which it was made from.
    """

    at: float
    stage: Stage
    model: str
    tokens_in: int
    tokens_out: int
    prompt: str
    prompt_version: int


@dataclass
class LangfuseLink:
    """What Hypertool finds when it connects, how the last attempt ended, and the calls that are to be sent.

    Args:
        obstacle: what would stop a new connection now; None if nothing would.
        reason: why there is no connection; None while there is one.
    """

    obstacle: Disconnected | None = None
    reason: Disconnected | None = None
    unsent: deque[ModelCall] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def connected(self) -> bool:
        """Whether traces are written."""
        return self.reason is None

    def connect(self) -> None:
        """Drop the connection and make a new one, with the credentials and the network of now."""
        self.reason = self.obstacle
