"""The reference Hypertool's connection to Langfuse: whether it stands, and if not, why not."""

from dataclasses import dataclass
from enum import StrEnum


class Disconnected(StrEnum):
    """Why Hypertool writes no traces. The words of the control API."""

    MISSING_CREDENTIALS = "missing_credentials"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    SDK_MISSING = "sdk_missing"
    DISABLED = "disabled"


@dataclass
class LangfuseLink:
    """What Hypertool finds when it connects, and how the last attempt ended.

    Args:
        obstacle: what would stop a new connection now; None if nothing would.
        reason: why there is no connection; None while there is one.
    """

    obstacle: Disconnected | None = None
    reason: Disconnected | None = None

    @property
    def connected(self) -> bool:
        """Whether traces are written."""
        return self.reason is None

    def connect(self) -> None:
        """Drop the connection and make a new one, with the credentials and the network of now."""
        self.reason = self.obstacle
