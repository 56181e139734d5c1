"""The control API, to be mounted on any FastAPI application.

    app.include_router(control_router(collector_knobs(collector), {"responder": token}))

`GET /control/v1` lists the resources that work here; each can be read (`GET`, with an ETag) and set (`PUT`,
for good or as a lease). Every request needs one of the tokens; their names are kept with what they change.
Errors are problem+json. The whole contract is in the application's OpenAPI, and in docs/control-api.md.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from responder.hypertool import contract
from responder.hypertool.answers import Answered, Answers, AnswersInMemory, Once, digest
from responder.hypertool.desk import CannotReconnectError, Desk, LeaseTermsError, ReadOnlyError, Terms
from responder.hypertool.knobs import Knobs, Setting, UnknownResourceError, UnsupportedKnobError
from responder.hypertool.orders import UNPROCESSABLE, Order, SetOrder, body
from responder.hypertool.problem import Problem, ProblemRoute, bearer
from responder.hypertool.resources import KINDS, LANGFUSE, Kind, OutOfBoundsError, kind_of

PREFIX: Final = "/control/v1"
METHODS: Final = ["GET", "PUT", "POST", "PATCH", "DELETE"]

Handler = Callable[..., Awaitable[Response]]
Caller = Callable[..., Awaitable[str]]


def control_router(
    knobs: Knobs,
    tokens: Mapping[str, str],
    *,
    answers: Answers | None = None,
    terms: Terms | None = None,
) -> APIRouter:
    """The routes of the control API.

    Args:
        knobs: what there is to read and set.
        tokens: bearer tokens, by the names that `changed_by` tells.
        answers: where answers to idempotency keys are kept; `AnswersInFile` keeps them over a restart.
        terms: of leases; those of the contract if None.
    """
    caller = bearer(tokens)
    desk = Desk(knobs, terms or Terms())
    once = Once(answers or AnswersInMemory())
    router = APIRouter(
        prefix=PREFIX, route_class=ProblemRoute, dependencies=[Depends(caller)], tags=["control"]
    )

    @router.get("", summary="What works here", responses=contract.answers(contract.Resources, (401,)))
    async def resources() -> contract.Resources:
        return contract.Resources(resources=list(knobs.resources()))

    for kind in KINDS:
        _add_kind(router, kind, _reader(desk, kind), _setter(desk, once, kind, caller))
    router.add_api_route(
        f"/{LANGFUSE.path}/reconnect",
        _reconnecter(desk, once, caller),
        methods=["POST"],
        summary="Connect to Langfuse anew, with the credentials of now",
        operation_id="reconnect_langfuse",
        responses=contract.answers(contract.LangfuseState, contract.RECONNECTING),
        openapi_extra=contract.takes(None, Order),
    )
    router.add_api_route("/{resource:path}", _nothing, methods=METHODS, include_in_schema=False)
    return router


def etag(setting: Setting) -> str:
    """Changes whenever anything of the answer changes."""
    text = json.dumps(setting.as_json(), sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def _add_kind(router: APIRouter, kind: Kind, read: Handler, put: Handler) -> None:
    shape = contract.shown(kind)
    router.add_api_route(
        f"/{kind.path}",
        read,
        methods=["GET"],
        summary=kind.summary,
        operation_id=f"get_{kind.name}",
        responses=contract.answers(shape, contract.READING),
        openapi_extra=contract.takes(kind),
    )
    if kind.settable:
        router.add_api_route(
            f"/{kind.path}",
            put,
            methods=["PUT"],
            summary=f"Set the {kind.name}, for good or for a time",
            operation_id=f"set_{kind.name}",
            responses=contract.answers(shape, contract.SETTING),
            openapi_extra=contract.takes(kind, SetOrder),
        )


def _reader(desk: Desk, kind: Kind) -> Handler:
    async def read(request: Request) -> JSONResponse:
        setting = _found(desk, kind.resource(**request.path_params))
        return JSONResponse(setting.as_json(), headers={"ETag": etag(setting)})

    return read


def _setter(desk: Desk, once: Once, kind: Kind, caller: Caller) -> Handler:
    async def put(
        request: Request,
        by: Annotated[str, Depends(caller)],
        order: Annotated[SetOrder, Depends(body(SetOrder))],
    ) -> Response:
        resource = kind.resource(**request.path_params)
        wanted = order.model_dump(mode="json")

        async def carry_out() -> Answered:
            _expect(request, _found(desk, resource))
            setting = _set(desk, resource, order, by)
            return _answered(digest(request, wanted), setting)

        return await once.answer(request, by, wanted, carry_out)

    return put


def _reconnecter(desk: Desk, once: Once, caller: Caller) -> Handler:
    async def reconnect(
        request: Request, by: Annotated[str, Depends(caller)], order: Annotated[Order, Depends(body(Order))]
    ) -> Response:
        wanted = order.model_dump(mode="json")

        async def carry_out() -> Answered:
            _found(desk, LANGFUSE.path)
            try:
                setting = await desk.reconnect(LANGFUSE.path, by=by, reason=order.reason)
            except CannotReconnectError as error:
                raise Problem(501, "Not Implemented", str(error)) from None
            return _answered(digest(request, wanted), setting)

        return await once.answer(request, by, wanted, carry_out)

    return reconnect


async def _nothing(resource: str) -> Response:
    """Whatever is not of the contract."""
    if kind := kind_of(resource):
        allowed = "GET, PUT" if kind.settable else "GET"
        raise Problem(405, "Method Not Allowed", f"{resource} takes {allowed}", headers={"Allow": allowed})
    raise Problem(404, "Not Found", f"there is no {resource}")


def _answered(asked: str, setting: Setting) -> Answered:
    return Answered(asked, 200, setting.as_json(), {"ETag": etag(setting)})


def _found(desk: Desk, resource: str) -> Setting:
    try:
        return desk.read(resource)
    except UnknownResourceError as error:
        raise Problem(404, "Not Found", str(error)) from None
    except UnsupportedKnobError as error:
        raise Problem(501, "Not Implemented", str(error)) from None


def _expect(request: Request, setting: Setting) -> None:
    """Let pass what says nothing in `If-Match`, or the ETag of what holds."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return
    now = etag(setting)
    if now not in {one.strip() for one in given.split(",")}:
        raise Problem(
            412,
            "Precondition Failed",
            f"{setting.resource} has changed since it was read: it is {setting.value!r} now",
            members={"current": setting.as_json()},
            headers={"ETag": now},
        )


def _set(desk: Desk, resource: str, order: SetOrder, by: str) -> Setting:
    try:
        return desk.set(resource, order.change(), by=by)
    except OutOfBoundsError as error:
        raise Problem(422, UNPROCESSABLE, str(error), members=_bounds(desk, resource)) from None
    except LeaseTermsError as error:
        raise Problem(422, UNPROCESSABLE, str(error)) from None
    except ReadOnlyError as error:
        raise Problem(405, "Method Not Allowed", str(error), headers={"Allow": "GET"}) from None


def _bounds(desk: Desk, resource: str) -> dict[str, Any]:
    return desk.read(resource).bounds.as_json()
