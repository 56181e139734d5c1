"""Errors as problem+json (RFC 9457), and who may ask: bearer tokens that have names."""

import hmac
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Annotated, Any, Final

from fastapi import Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

PROBLEM_JSON: Final = "application/problem+json"
ITSELF: Final = "hypertool"
"""Who changed a value that no caller changed."""

SCHEME: Final = HTTPBearer(auto_error=False, description="The token's name is kept with what it changes.")


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is an error.

    Args:
        status: of the answer.
        title: the same for every problem of this status.
        detail: what is wrong this time, for people.
        members: what else the body says, for programs.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """The answer."""
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return JSONResponse({**body, **self.members}, self.status, self.headers, media_type=PROBLEM_JSON)


class ProblemRoute(APIRoute):
    """A route whose problems are answered as problem+json, whatever application it is mounted on."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_or_tell_the_problem(request: Request) -> Response:
            try:
                return await answer(request)
            except Problem as problem:
                return problem.response()

        return answer_or_tell_the_problem


def bearer(tokens: Mapping[str, str]) -> Callable[..., Awaitable[str]]:
    """A dependency that lets only requests with one of these tokens pass, and answers its name.

    Args:
        tokens: by the names of who has them. An empty token lets nobody in.

    Raises:
        ValueError: a name is empty or taken by Hypertool itself.
    """
    if wrong := {"", ITSELF} & tokens.keys():
        raise ValueError(f"a token can't be named {wrong.pop()!r}")

    async def caller(  # a plain function would run in a thread
        given: Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)],
    ) -> str:
        sent = given.credentials.encode() if given else b""
        # all are compared, so that the time it takes tells nothing
        known = [name for name, token in tokens.items() if hmac.compare_digest(sent, token.encode())]
        if not sent or not known:
            raise Problem(
                401,
                "Unauthorized",
                "send the control token as a bearer token",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return known[0]

    return caller
