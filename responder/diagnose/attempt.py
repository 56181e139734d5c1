"""The border around everything that is asked: its deadline, and its failure as a value."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

from responder.domain.errors import AdapterError, Reason, Refused, Unreachable

LOG: Final = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds: for everything together, and for each question."""

    total: float = 10.0
    each: float = 5.0

    def of_one(self, begun: float, now: float) -> float:
        """When a question asked now must be answered, in the loop's time as the arguments are."""
        return min(begun + self.total, now + self.each)


async def attempt(work: Awaitable[T], until: float) -> T | AdapterError:
    """What was answered, or why it was not, at the latest at that moment of the loop's time."""
    patience = max(0.0, until - asyncio.get_running_loop().time())
    try:
        async with asyncio.timeout_at(until):
            return await work
    except TimeoutError:
        return Unreachable("It", Reason.TIMEOUT, f"no answer within {patience:.3g} s")
    except AdapterError as error:
        return error
    # A mistake of ours in one question must not cost the other answers: it is shown in its place.
    except Exception as error:
        LOG.exception("question_broke")
        return Refused("The responder", Reason.BAD_ANSWER, f"a mistake of its own: {type(error).__name__}")
