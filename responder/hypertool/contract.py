"""The contract as OpenAPI tells it: what each route takes and answers."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from responder.hypertool.answers import HEADER, KEY
from responder.hypertool.orders import Order, SetOrder, schema
from responder.hypertool.problem import PROBLEM_JSON
from responder.hypertool.resources import COOLDOWN, LANGFUSE, Choices, Kind


class Resources(BaseModel):
    """The resources that work here."""

    resources: list[str]


class LeaseShown(BaseModel):
    """A value that holds for a time."""

    id: str
    before: int | str
    expires_at: AwareDatetime
    incident: str


class Shown(BaseModel):
    """What every resource says of itself."""

    model_config = ConfigDict(extra="forbid")

    resource: str
    unit: str | None
    changed_at: AwareDatetime | None
    changed_by: str | None
    reason: str | None
    lease: LeaseShown | None


class Number(Shown):
    """A knob that takes whole numbers."""

    value: int
    default: int
    minimum: int
    maximum: int


class Choice(Shown):
    """A knob that takes one of some words."""

    value: str
    default: str
    choices: list[str]


class LangfuseState(Shown):
    """The connection to Langfuse; `reason` is why there is none."""

    value: bool
    default: bool
    choices: list[bool]
    connected: bool
    reason: Literal["missing_credentials", "unauthorized", "unreachable", "sdk_missing", "disabled"] | None


class ProblemShown(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class ChangedShown(ProblemShown):
    """The precondition doesn't hold; `current` is the resource as it is now."""

    current: dict[str, Any]


class UnprocessableShown(ProblemShown):
    """What is wrong; beside it the bounds, where a value was outside them."""

    minimum: int | None = None
    maximum: int | None = None
    choices: list[str] | None = None


ETAG: Final = {
    "ETag": {"description": "Changes whenever the answer does.", "schema": {"type": "string"}},
}
PROBLEMS: Final = {
    400: "The idempotency key can't be one.",
    401: "Not one of the tokens.",
    404: "There is no such persona, workflow or stage.",
    405: "The resource can't be set.",
    409: "The order with this idempotency key is being carried out at this moment.",
    412: "It has changed since it was read: `current` is what holds now, with its ETag in the header.",
    413: "The body is too large.",
    422: "The body is none; or the value is out of bounds, which stand beside `detail` (`minimum` and "
    "`maximum`, or `choices`); or the idempotency key was used for another order.",
    501: "This Hypertool has no such knob.",
}
SHAPES: Final[Mapping[int, type[ProblemShown]]] = {412: ChangedShown, 422: UnprocessableShown}
READING: Final = (401, 404, 501)
SETTING: Final = (400, 401, 404, 409, 412, 413, 422, 501)
RECONNECTING: Final = (400, 401, 409, 413, 422, 501)
ORDERING: Final = (400, 401, 409, 413, 422)


def answers(shape: type[BaseModel], problems: tuple[int, ...], status: int = 200) -> dict[int | str, Any]:
    """What a route may answer."""
    said: dict[int | str, Any] = {
        number: {
            "description": PROBLEMS[number],
            "content": {PROBLEM_JSON: {"schema": schema(SHAPES.get(number, ProblemShown))}},
        }
        for number in problems
    }
    headers = ETAG if issubclass(shape, Shown) else {}
    said[status] = {"description": shape.__doc__ or "", "model": shape, "headers": headers}
    return said


def shown(kind: Kind) -> type[Shown]:
    """What a resource of this kind answers."""
    if kind is LANGFUSE:
        return LangfuseState
    return Choice if isinstance(kind.bounds, Choices) else Number


def takes(kind: Kind | None, order: type[Order] | None = None) -> dict[str, Any]:
    """The parameters and the body of a request, in the words of OpenAPI."""
    parameters = [_in("path", name, required=True) for name in kind.variables] if kind else []
    if order is None:
        return {"parameters": parameters} if parameters else {}
    once = "The same for every try of one order: it is carried out once."
    parameters.append(_in("header", HEADER, once, pattern=KEY))
    if order is SetOrder:
        parameters.append(_in("header", "If-Match", "The ETag that was read: else nothing is set (412)."))
    described = schema(order)
    if kind is not None and order is SetOrder:
        described["properties"]["value"] = _value(kind)
    content = {"application/json": {"schema": described}}
    needed = bool(described.get("required"))
    return {"parameters": parameters, "requestBody": {"required": needed, "content": content}}


def _value(kind: Kind) -> dict[str, Any]:
    """What the kind takes; a Hypertool may have narrower bounds, which its answers tell."""
    if isinstance(kind.bounds, Choices):
        return {"type": "string", "enum": list(kind.bounds.choices)}
    return {
        "type": "integer",
        **kind.bounds.as_json(),
        "description": f"{kind.unit}; {'0 is none' if kind is COOLDOWN else 'an absolute value'}",
    }


def _in(
    place: str, name: str, description: str = "", *, required: bool = False, **schema: str
) -> dict[str, Any]:
    said = {"description": description} if description else {}
    return {"in": place, "name": name, "required": required, "schema": {"type": "string", **schema}, **said}
