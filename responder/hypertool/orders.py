"""What can be ordered: the bodies of requests that change something."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, Self, TypeVar

from fastapi import Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from responder.hypertool.desk import Change
from responder.hypertool.problem import Problem

LONGEST_BODY: Final = 64 * 1024
UNPROCESSABLE: Final = "Unprocessable Content"
NO_REASON: Final = "no reason given"

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"\S"),
    Field(description="Why, for whoever reads it later."),
]
Incident = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[ -~]+$"),  # goes to the log as it is
    Field(description="Whose lease it is."),
]


class Order(BaseModel):
    """An order without a value: a restart, a reconnect. It may come without a body."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = NO_REASON
    incident: Incident | None = None


class SetOrder(Order):
    """A value to be set: for good, or with `expires_at` for a time."""

    reason: Reason
    value: StrictInt | StrictBool | StrictStr
    expires_at: Annotated[
        AwareDatetime | None,
        Field(
            strict=True,  # a bare number would be read as seconds or as milliseconds, by its size
            description="Until when (RFC 3339). Null is for good, and ends a lease that is in force.",
        ),
    ] = None

    @field_validator("expires_at")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("there is no such time") from None

    @model_validator(mode="after")
    def _a_lease_is_somebodys(self) -> Self:
        if self.expires_at is not None and self.incident is None:
            raise ValueError("a value that expires needs an incident")
        return self

    def change(self) -> Change:
        """As the desk takes it."""
        return Change(self.value, self.reason, self.incident or "", self.expires_at)


Asked = TypeVar("Asked", bound=Order)


def body(shape: type[Asked]) -> Callable[[Request], Any]:
    """A dependency that reads the body as this. It is asked after the token was looked at."""

    async def read(request: Request) -> Asked:
        text = bytearray()
        async for chunk in request.stream():
            text += chunk
            if len(text) > LONGEST_BODY:
                raise Problem(413, "Content Too Large", f"a body of more than {LONGEST_BODY} bytes")
        try:
            return shape.model_validate_json(bytes(text) or b"{}")
        except ValidationError as error:
            raise Problem(422, UNPROCESSABLE, mistakes(error)) from None

    return read


def mistakes(error: ValidationError) -> str:
    """All that is wrong with a body, in one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".removeprefix(": ") for one in found]
    return "; ".join(dict.fromkeys(said))


def schema(shape: type[BaseModel]) -> dict[str, Any]:
    """A body as OpenAPI describes it, for the caller to change."""
    plain: dict[str, Any] = json.loads(_described(shape))
    return plain


@cache
def _described(shape: type[BaseModel]) -> str:
    """Made once each: describing the same few bodies for each route took most of the start."""
    return json.dumps(shape.model_json_schema())
