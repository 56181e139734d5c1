"""Our own probes of Hypertool, for a restart: what answers somebody is not restarted."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from responder.actions.action import NotCalledFor
from responder.actions.tools import WITHIN, Tools
from responder.domain.errors import AdapterError, Effect, Reason, Refused

SYSTEM: Final = "Probe"
HYPERTOOL: Final = "Hypertool"
NOT_SEEN: Final = "set hypertool.metrics_url, so that we can see that it doesn't answer"
"""Why no restart is proposed where there is no probe."""
METRICS: Final = "the metrics port"
CONTROL: Final = "the control API"
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_STARTED: Final = re.compile(
    r"^process_start_time_seconds(?:\{[^}\n]*\})? ([0-9]{1,12}(?:\.[0-9]{1,12})?(?:e\+[0-9]{1,2})?)\s",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """Which of our probes were answered, of how many; since when the process runs, if its metrics tell."""

    probes: int
    answering: tuple[str, ...]
    started_at: datetime | None = None


async def probe(tools: Tools) -> Probed:
    """Ask what is configured, side by side. A refusal is an answer: somebody is there."""
    metrics, control = await asyncio.gather(_metrics(tools), _control(tools))
    answers = {METRICS: metrics is not None, CONTROL: control}
    return Probed(
        probes=sum(side is not None for side in (tools.metrics_url, tools.control)),
        answering=tuple(name for name, answered in answers.items() if answered),
        started_at=started_at(metrics or ""),
    )


async def unanswered(tools: Tools) -> int:
    """How many probes there are, none of which is answered.

    Raises:
        NotCalledFor: one is.
    """
    found = await probe(tools)
    if found.answering:
        who = " and ".join(found.answering)
        raise NotCalledFor(f"a restart is for a Hypertool that is gone: {who} of this one can be reached")
    return found.probes


async def still_unanswered(tools: Tools) -> None:
    """Let pass what answers nobody.

    Raises:
        Refused: it answers by now.
    """
    try:
        await unanswered(tools)
    except NotCalledFor as error:
        raise Refused(HYPERTOOL, Reason.CHANGED, str(error), effect=Effect.NONE) from error


def started_at(metrics: str) -> datetime | None:
    """When the process began, by what the client libraries export."""
    found = _STARTED.search(metrics)
    seconds = float(found[1]) if found else None
    if seconds is None or seconds > timedelta.max.total_seconds() / 1000:
        return None
    return _EPOCH + timedelta(seconds=seconds)


async def _metrics(tools: Tools) -> str | None:
    """What is exported; empty if it is something else that answers, None if nothing does."""
    if tools.metrics_url is None:
        return None
    try:
        answer = await tools.http.ask(SYSTEM, "GET", tools.metrics_url, within=WITHIN)
        return answer.checked().body.decode(errors="replace")
    except Refused:
        return ""
    except AdapterError:
        return None


async def _control(tools: Tools) -> bool:
    if tools.control is None:
        return False
    try:
        await tools.control.resources(within=WITHIN)
    except Refused:
        return True
    except AdapterError:
        return False
    return True
