"""The reading half of the control API, to be mounted on any FastAPI application.

    app.include_router(control_router(knobs, token))

`GET /control/v1` lists the resources that work here, `GET /control/v1/<resource>` answers one with an ETag.
Every request needs the bearer token. Errors are problem+json: 401 without the right token, 404 for what
does not exist, 501 for a knob that this collector does not have.
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from responder.hypertool.knobs import Knobs, Setting, UnknownResourceError, UnsupportedKnobError

PREFIX: Final = "/control/v1"
CONTROL_TOKEN_HEADER: Final = "authorization"  # noqa: S105 - the name of a header, no secret


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is an error."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail

    def response(self) -> JSONResponse:
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}  # noqa: PLR2004 - a status code
        return JSONResponse(body, self.status, headers, media_type="application/problem+json")


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


def bearer(token: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets only requests with this bearer token pass; an empty token lets none pass."""

    async def check(request: Request) -> None:  # a plain function would run in a thread
        scheme, _, given = request.headers.get(CONTROL_TOKEN_HEADER, "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), token.encode())
        if not (token and same and scheme.lower() == "bearer"):
            raise Problem(401, "Unauthorized", "send the control token as a bearer token")

    return check


def etag(setting: Setting) -> str:
    """Changes whenever anything of the answer changes."""
    text = json.dumps(setting.as_json(), sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def control_router(knobs: Knobs, token: str) -> APIRouter:
    """The routes of the control API for these knobs."""
    router = APIRouter(prefix=PREFIX, route_class=ProblemRoute, dependencies=[Depends(bearer(token))])

    @router.get("")
    async def resources() -> dict[str, list[str]]:
        return {"resources": list(knobs.resources())}

    @router.get("/{resource:path}")
    async def resource(setting: Annotated[Setting, Depends(_reader(knobs))]) -> JSONResponse:
        return JSONResponse(setting.as_json(), headers={"ETag": etag(setting)})

    return router


def _reader(knobs: Knobs) -> Callable[[str], Awaitable[Setting]]:
    async def read(resource: str) -> Setting:  # a plain function would run in a thread
        try:
            return knobs.find(resource).read()
        except UnknownResourceError as error:
            raise Problem(404, "Not Found", str(error)) from None
        except UnsupportedKnobError as error:
            raise Problem(501, "Not Implemented", str(error)) from None

    return read
