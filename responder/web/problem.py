"""Errors as problem+json (RFC 9457): what is wrong, in words, for whoever sent it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from responder.domain.errors import BadInput, Busy

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = 5
"""Seconds after which whoever sent it may send it again."""


class Problem(Exception):  # noqa: N818 - reads as what it is
    """An answer that is no success."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        """Members of its own, for machines."""


def answer(problem: Problem) -> JSONResponse:
    """The problem as it is sent."""
    body = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        **({"reason": problem.reason} if problem.reason else {}),
        **problem.more,
    }
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def not_found(what: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"there is no {what}", "not_found")


EXPECTED: Final = (Problem, BadInput, Busy, ClientDisconnect)
"""Errors of ours, and of whoever hung up."""


UNFORESEEN: Final = Problem(
    HTTPStatus.INTERNAL_SERVER_ERROR, "the responder failed; its log says why", "failed"
)
"""What an error says of itself may be nobody's business."""


def answer_to(error: Exception) -> JSONResponse:
    """What is answered to one of the expected errors."""
    match error:
        case Problem():
            return answer(error)
        case BadInput():
            return answer(Problem(HTTPStatus.BAD_REQUEST, str(error), error.reason))
        case Busy():
            wait = {"Retry-After": str(RETRY_AFTER)}
            return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), "busy", wait))
        case _:  # nobody hears it; it is no failure of ours, which the log would be full of
            return answer(Problem(HTTPStatus.BAD_REQUEST, "the body ended early", "cut_off"))


def speak_problems(app: FastAPI) -> None:
    """Have every error of ours and of the framework's answered as a problem."""

    async def expected(_: Request, error: Exception) -> JSONResponse:
        return answer_to(error)

    for kind in EXPECTED:
        app.add_exception_handler(kind, expected)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return answer(Problem(HTTPStatus(error.status_code), str(error.detail), headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors()[:5])
        return answer(Problem(HTTPStatus.BAD_REQUEST, wrong, "wrong_shape"))

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, __: Exception) -> JSONResponse:
        """The border of the server, which logs it."""
        return answer(UNFORESEEN)
