"""What to look at when a far side doesn't answer as it should."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from responder.domain.errors import AdapterError, Reason

ADVICE: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.NO_CONNECTION: "is it running, and is the address right?",
        Reason.TIMEOUT: "is it overloaded, or does a firewall swallow the question?",
        Reason.UNAUTHORIZED: "is the token right?",
        Reason.NOT_FOUND: "is the address right?",
        Reason.BAD_ANSWER: "does the address lead to something else?",
    }
)


def with_advice(error: AdapterError, setting: str) -> str:
    """What went wrong, what to look at, and which setting it is about."""
    return f"{'; '.join(filter(None, (str(error), ADVICE.get(error.reason))))} ({setting})"
