"""What calls suffer on demand, before or instead of being obeyed."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse

from responder.testing.pagerduty.account import Account
from responder.testing.pagerduty.model import Refusal
from responder.testing.slack.api import PAGE_OF_A_PROXY, LostResponse
from responder.testing.slack.faults import Fault, FaultKind

NOT_FOUND: Final = 404


async def suffered(account: Account, call: str, obey: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of a call, after what was ordered to go wrong with it.

    `call` is its method and path without ids, for example `POST /incidents/notes`.
    """
    fault = account.faults.take(call)
    response = await _before(fault) or await _obeyed(obey)
    lost = fault is not None and fault.kind is FaultKind.LOST_ANSWER
    account.calls.append(f"{call} {'lost' if lost else response.status_code}")
    return LostResponse() if lost else response


async def _before(fault: Fault | None) -> Response | None:
    match fault:
        case Fault(kind=FaultKind.HTTP, status=status):
            return Response(status_code=status)
        case Fault(kind=FaultKind.REFUSE, error=error):
            return refused(Refusal(400, error))
        case Fault(kind=FaultKind.RATE_LIMIT, retry_after=seconds):
            limits = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": str(seconds)}
            return JSONResponse(
                {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, 429, headers=limits
            )
        case Fault(kind=FaultKind.GARBAGE):
            return HTMLResponse(PAGE_OF_A_PROXY)
        case Fault(kind=FaultKind.HANG):
            await fault.hold()
    return None


async def _obeyed(obey: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await obey()
    except Refusal as refusal:
        return refused(refusal)


def refused(refusal: Refusal) -> Response:
    """A refusal as the REST API words it."""
    words = "Not Found" if refusal.status == NOT_FOUND else "Invalid Input Provided"
    error = {"message": words, "code": refusal.code, **({"errors": refusal.said} if refusal.said else {})}
    return JSONResponse({"error": error}, refusal.status)
